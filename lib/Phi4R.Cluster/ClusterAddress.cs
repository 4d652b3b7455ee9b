using System.Globalization;
using Npgsql;

namespace Phi4R.Cluster;

/// <summary>
/// Where the members of a cluster meet: in Redis, in PostgreSQL, or on this machine without anything else.
/// </summary>
public sealed record ClusterAddress
{
    private const int RedisPort = 6379;
    private const int PostgresPort = 5432;
    private const int LocalPort = 11111;
    private const string Usual = "phi4r";

    private ClusterAddress()
    {
    }

    /// <summary>The address of Redis as its client reads it; null where members meet elsewhere.</summary>
    internal string? Redis { get; private init; }

    /// <summary>The address of PostgreSQL as its client reads it; null where members meet elsewhere.</summary>
    internal string? Postgres { get; private init; }

    /// <summary>The port of the first worker where members meet on this machine.</summary>
    internal int Port { get; private init; }

    /// <summary>The name of the cluster: several may meet in one Redis, or in one database.</summary>
    internal string Name { get; private init; } = Usual;

    /// <summary>Reads an address.</summary>
    /// <param name="text">
    /// localhost or localhost:PORT; or redis://HOST, with a port, a user and a password, and the cluster's name as its
    /// path where they are needed; rediss:// for TLS; or postgresql://HOST/DATABASE, where the cluster's name may
    /// follow the database's: postgresql://HOST/DATABASE/NAME.
    /// </param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
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

        var uri = Uri.TryCreate(text, UriKind.Absolute, out var read) && read.Host.Length > 0 ? read : null;
        return uri?.Scheme switch
        {
            "redis" or "rediss" => OfRedis(uri),
            "postgres" or "postgresql" => OfPostgres(uri),
            _ => throw Unknown(text),
        };
    }

    /// <summary>Without a password, which belongs into no log.</summary>
    public override string ToString() => (Redis, Postgres) switch
    {
        ({ } redis, _) => $"redis://{redis.Split(',')[0]}/{Name}",
        (_, { } postgres) when new NpgsqlConnectionStringBuilder(postgres) is var of =>
            $"postgresql://{of.Host}:{of.Port}/{of.Database}/{Name}",
        _ => $"localhost:{Port}",
    };

    // Neither a login nor what a query says is shown: both may hold a password.
    private static ArgumentException Unknown(string text) => new(
        $"The cluster is '{text.Split('@')[^1].Split('?')[0]}'; expected was localhost, or the address of a Redis such "
            + "as redis://10.0.0.1:6379, or of a database of PostgreSQL such as postgresql://10.0.0.1:5432/phi4r.");

    private static ClusterAddress OfRedis(Uri uri)
    {
        var (user, password) = Login(uri);
        return new()
        {
            Redis = $"{uri.Host}:{(uri.Port > 0 ? uri.Port : RedisPort)}"
                + (user is null ? "" : $",user={user}")
                + (password is null ? "" : $",password={password}")
                + (uri.Scheme == "rediss" ? ",ssl=true" : ""),
            Name = uri.AbsolutePath.Trim('/') is { Length: > 0 } name ? name : Usual,
        };
    }

    // What a query says, such as sslmode=require, is for PostgreSQL's client.
    private static ClusterAddress OfPostgres(Uri uri)
    {
        var path = Uri.UnescapeDataString(uri.AbsolutePath).Trim('/').Split('/', 2);
        if (path[0].Length == 0)
        {
            throw new ArgumentException($"The cluster {uri.Scheme}://{uri.Authority.Split('@')[^1]} names no database; "
                + $"expected was {uri.Scheme}://HOST/DATABASE.");
        }

        var (user, password) = Login(uri);
        NpgsqlConnectionStringBuilder connection = new()
        {
            Host = uri.Host,
            Port = uri.Port > 0 ? uri.Port : PostgresPort,
            Database = path[0],
            Username = user,
            Password = password,
        };
        foreach (var setting in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = setting.Split('=', 2);
            var name = Uri.UnescapeDataString(words[0]);
            try
            {
                connection[name] = words.Length > 1 ? Uri.UnescapeDataString(words[1]) : null;
            }
            catch (ArgumentException problem)
            {
                throw new ArgumentException($"The address of the cluster says '{name}', which PostgreSQL's client does "
                    + "not know, or not with this value.", problem);
            }
        }

        return new() { Postgres = connection.ConnectionString, Name = path.ElementAtOrDefault(1) ?? Usual };
    }

    private static (string? User, string? Password) Login(Uri uri)
    {
        var words = uri.UserInfo.Split(':', 2);
        return (words[0].Length > 0 ? Uri.UnescapeDataString(words[0]) : null,
            words.Length > 1 ? Uri.UnescapeDataString(words[1]) : null);
    }
}
