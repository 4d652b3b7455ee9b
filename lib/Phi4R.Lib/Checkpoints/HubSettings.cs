using Phi4R.Foundation;

namespace Phi4R.Checkpoints;

/// <summary>Where models are downloaded from and kept.</summary>
public sealed record HubSettings
{
    private const string Official = "https://huggingface.co";

    /// <summary>The hub's address.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>
    /// What proves that the caller may download; null for none. Sent to the hub alone, never to where it forwards to.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>The folder that the hub's own programs keep models in.</summary>
    public required string Cache { get; init; }

    /// <summary>How long to wait before a failed request is tried again; twice as long each further time.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection may bring nothing, or less than 64 KB of a file, before it is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Failures in a row, none of which brought a 64th of the file or 1 MB more than was ever here, after which a file
    /// is given up.
    /// </summary>
    public int Tries { get; init; } = 6;

    /// <summary>What the program's <see cref="HostOptions"/> say.</summary>
    /// <exception cref="ArgumentException">The endpoint is no address, or the token no token.</exception>
    public static HubSettings Current()
    {
        var (endpoint, token) = (HostOptions.Current.HubEndpoint ?? Official, HostOptions.Current.HubToken);
        return new()
        {
            Endpoint = Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                ? address
                : throw new ArgumentException(
                    $"HF_ENDPOINT is '{endpoint}'; it must be an address such as {Official}."),
            Token = token is null || token.All(character => character is > ' ' and < '\u007f')
                ? token
                : throw new ArgumentException("HF_TOKEN holds white space or signs that no token has; copy it again."),
            Cache = HostOptions.Current.HubCache,
        };
    }
}
