using System.CommandLine;
using Phi4R.Cluster;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>The words that verbs have in common which use a cluster.</summary>
internal static class ClusterWords
{
    private const string Local = "localhost";

    /// <summary>The option that names a cluster.</summary>
    /// <param name="does">What it does, in words; a colon and what it may be follow.</param>
    /// <param name="otherwise">What is done where it is not named.</param>
    public static Option<string?> Cluster(string does, string otherwise) => new("--cluster")
    {
        Description = $"{does}: redis://HOST:PORT (with user:password@ in front of the host and the cluster's name as "
            + "its path where they are needed), postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or localhost for "
            + "workers of this machine alone. Without a value what PHI4R_CLUSTER says, or else localhost. "
            + otherwise,
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>Whether a cluster is asked for.</summary>
    public static bool IsAsked(ParseResult words, Option<string?> cluster) =>
        words.GetResult(cluster) is { Implicit: false };

    /// <summary>Keys stay with whom they were given to: a worker has its own.</summary>
    /// <exception cref="ArgumentException">A key was named beside a cluster.</exception>
    public static void CheckKeys(ParseResult words, Option<string?> cluster, params Option<string?>[] variables)
    {
        if (IsAsked(words, cluster) && variables.FirstOrDefault(one => words.GetValue(one) is not null) is { } named)
        {
            throw new ArgumentException($"{named.Name} names a key, which is handed to no worker; with --cluster name "
                + "it where the worker is started: phi4r worker --endpoint URL --model NAME --api-key-variable NAME.");
        }
    }

    /// <summary>The cluster that is meant.</summary>
    /// <exception cref="ArgumentException">It is no address.</exception>
    public static ClusterAddress Address(ParseResult words, Option<string?> cluster) =>
        ClusterAddress.Parse(words.GetValue(cluster) ?? HostOptions.Current.Cluster ?? Local);

    /// <summary>The addresses of servers.</summary>
    /// <param name="option">That named them.</param>
    /// <exception cref="ArgumentException">One is no address.</exception>
    public static IReadOnlyList<Uri> Servers(string option, IEnumerable<string> addresses) =>
        [.. addresses.Select(address =>
            Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri
                : throw new ArgumentException($"{option} is '{address}'; expected was an address such as "
                    + "http://127.0.0.1:8000/v1."))];

    /// <summary>Who makes parts: a cluster where one is asked for, or else this process.</summary>
    /// <param name="progress">Is called now and then with what each worker does.</param>
    public static T With<T>(ParseResult words, Option<string?> cluster,
        IProgress<IReadOnlyList<WorkerProgress>> progress, Action<string> log, Func<IPartHost, T> run,
        CancellationToken cancel)
    {
        return IsAsked(words, cluster) ? AskAsync().GetAwaiter().GetResult() : run(LocalParts.Instance);

        async Task<T> AskAsync()
        {
            await using var workers = await ClusterParts.ConnectAsync(
                Address(words, cluster), progress, log, cancel).ConfigureAwait(false);
            return run(workers);
        }
    }
}
