using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Phi4R.Cli;

/// <summary>Who may ask the server: programs of this machine, and web pages of the origins that were named.</summary>
/// <remarks>
/// A browser lets any page send requests to this machine. A page of a foreign origin is known by its Origin header, and
/// one whose own name was pointed at this machine (DNS rebinding) by its Host header; both are refused.
/// </remarks>
internal sealed record ServerAccess
{
    /// <summary>Names the environment variable that holds the key where no option gives one.</summary>
    public const string KeyVariable = "PHI4R_API_KEY";

    private const string Scheme = "Bearer ";

    /// <summary>What a request must bring as "Authorization: Bearer KEY"; null lets everyone in.</summary>
    public string? ApiKey
    {
        get;
        init => field = value is null || (value.Length > 0 && value.All(sign => sign is > ' ' and <= '~'))
            ? value
            : throw new ArgumentException(
                "The API key is empty, or holds spaces or signs that are not ASCII; a header cannot carry it.");
    }

    /// <summary>Origins whose pages may ask and may read the answers, such as http://localhost:3000.</summary>
    public IReadOnlyList<string> Origins { get; init => field = [.. value.Select(Normalized)]; } = [];

    /// <summary>Whether a request came for this machine, and from a program or a page that may ask.</summary>
    /// <returns>Why it is refused, or null.</returns>
    public string? ForeignPlace(HttpRequest request)
    {
        if (!IsThisMachine(request.Host.Host))
        {
            return $"The host \"{request.Host}\" is not this machine's; ask for localhost or 127.0.0.1.";
        }

        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}" || Origins.Contains(origin)
            ? null
            : $"Pages of {origin} may not ask this server; serve --cors {origin} allows them.";
    }

    /// <summary>Whether a request brings the key, where one is wanted.</summary>
    /// <returns>Why it is refused, or null.</returns>
    public string? MissingKey(HttpRequest request)
    {
        if (ApiKey is null)
        {
            return null;
        }

        var header = request.Headers[HeaderNames.Authorization].ToString();
        return !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? "This server wants its API key, as \"Authorization: Bearer KEY\"."
            : Equal(header[Scheme.Length..].Trim(), ApiKey) ? null
            : "The API key is not this server's.";
    }

    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    // Hashes are compared, so that the time says neither how much of a key was right nor how long it is.
    private static bool Equal(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Hash(given), Hash(expected));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    // As browsers write it: scheme, host and port, without the port that the scheme has anyway.
    private static string Normalized(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri is { Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" }
            ? uri.GetLeftPart(UriPartial.Authority)
            : throw new ArgumentException(
                $"\"{origin}\" is no origin; expected was a scheme, a host and a port, such as http://localhost:3000.");
}
