using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>Where models are downloaded from and kept.</summary>
public sealed record HubSettings
{
    private const string Official = "https://huggingface.co";

    /// <summary>The hub's address.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>What proves that the caller may download; null for none. Sent to the hub alone, never to where it forwards to.</summary>
    public string? Token { get; init; }

    /// <summary>The folder that the hub's own programs keep models in.</summary>
    public required string Cache { get; init; }

    /// <summary>How long to wait before a failed request is tried again; twice as long each further time.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection may bring nothing, or less than 64 KB of a file, before it is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Failures in a row, none of which brought a 64th of the file or 1 MB more than was ever here, after which a file is given up.</summary>
    public int Tries { get; init; } = 6;

    /// <summary>As HF_ENDPOINT, HF_TOKEN and the variables of <see cref="HubFolder"/> say.</summary>
    /// <exception cref="ArgumentException">HF_ENDPOINT is no address, or HF_TOKEN no token.</exception>
    public static HubSettings FromEnvironment() => new()
    {
        Endpoint = Uri.TryCreate(Variable("HF_ENDPOINT") ?? Official, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? endpoint
            : throw new ArgumentException($"HF_ENDPOINT is '{Variable("HF_ENDPOINT")}'; it must be an address such as {Official}."),
        Token = Variable("HF_TOKEN") is not { } token || token.All(character => character is > ' ' and < '\u007f') ? Variable("HF_TOKEN")
            : throw new ArgumentException("HF_TOKEN holds white space or signs that no token has; copy it again."),
        Cache = HubFolder.Cache(),
    };

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } set ? set : null;
}
