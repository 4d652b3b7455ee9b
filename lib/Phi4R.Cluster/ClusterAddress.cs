using System.Globalization;

namespace Phi4R.Cluster;

/// <summary>Where the members of a cluster meet: in Redis, or on this machine without anything else.</summary>
public sealed record ClusterAddress
{
    private const int RedisPort = 6379;
    private const int LocalPort = 11111;
    private const string Usual = "phi4r";

    private ClusterAddress()
    {
    }

    /// <summary>The address of Redis as its client reads it; null where members meet on this machine.</summary>
    internal string? Redis { get; private init; }

    /// <summary>The port of the first worker where members meet on this machine.</summary>
    internal int Port { get; private init; }

    /// <summary>The name of the cluster: several may meet in one Redis.</summary>
    internal string Name { get; private init; } = Usual;

    /// <summary>Reads an address.</summary>
    /// <param name="text">
    /// localhost or localhost:PORT; or redis://HOST, with a port, a user and a password, and the cluster's name as its
    /// path where they are needed; rediss:// for TLS.
    /// </param>
    /// <exception cref="ArgumentException">It is neither.</exception>
    public static ClusterAddress Parse(string text)
    {
        var words = text.Split(':');
        if (words[0] == "localhost" && words.Length <= 2)
        {
            // The first worker takes two ports, one for workers and the next for whoever hands out parts.
            return words.Length == 1 ? new() { Port = LocalPort }
                : int.TryParse(words[1], CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65535
                    ? new() { Port = port }
                    : throw new ArgumentException($"'{words[1]}' of the cluster {text} is no port.");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("redis" or "rediss")
            || uri.Host.Length == 0)
        {
            throw new ArgumentException($"The cluster is '{text.Split('@')[^1]}'; expected was localhost, or the "
                + "address of a Redis such as redis://10.0.0.1:6379.");
        }

        var name = uri.AbsolutePath.Trim('/');
        var login = Uri.UnescapeDataString(uri.UserInfo).Split(':', 2);
        return new()
        {
            Redis = $"{uri.Host}:{(uri.Port > 0 ? uri.Port : RedisPort)}"
                + (login[0].Length > 0 ? $",user={login[0]}" : "")
                + (login.Length > 1 ? $",password={login[1]}" : "")
                + (uri.Scheme == "rediss" ? ",ssl=true" : ""),
            Name = name.Length > 0 ? name : Usual,
        };
    }

    /// <summary>Without a password, which belongs into no log.</summary>
    public override string ToString() => Redis is null ? $"localhost:{Port}" : $"redis://{Redis.Split(',')[0]}/{Name}";
}
