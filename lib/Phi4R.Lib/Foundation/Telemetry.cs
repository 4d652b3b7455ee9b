using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Phi4R.Foundation;

/// <summary>
/// What the library measures of itself while it runs, for whoever listens to its meter and its activities: tokens,
/// completions, failures, requests in flight and waiting, parts.
/// </summary>
/// <remarks>
/// The framework's own <see cref="Meter"/> and <see cref="ActivitySource"/>, so that the library needs no exporter; the
/// command line has one. Nothing is measured where nobody listens.
/// </remarks>
public static class Telemetry
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "Phi4R";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Measures = new(Name);

    private static readonly Counter<long> Completions = Measures.CreateCounter<long>(
        "phi4r.completions", "{completion}", "Completions that servers wrote, or that could not be had.");

    private static readonly Counter<long> Tokens = Measures.CreateCounter<long>(
        "phi4r.tokens", "{token}", "Tokens of the completions that servers wrote.");

    private static readonly Counter<long> Failures = Measures.CreateCounter<long>(
        "phi4r.failures", "{try}", "Tries that failed; a completion may have several.");

    private static readonly Histogram<double> Durations = Measures.CreateHistogram<double>(
        "phi4r.request.duration", "s", "How long a server took for an answer.");

    private static readonly UpDownCounter<long> Flying = Measures.CreateUpDownCounter<long>(
        "phi4r.requests.in_flight", "{request}", "Requests that a server is at.");

    private static readonly UpDownCounter<long> Waiting = Measures.CreateUpDownCounter<long>(
        "phi4r.requests.queued", "{request}", "Requests that wait for a place at a server.");

    private static readonly UpDownCounter<long> Parts = Measures.CreateUpDownCounter<long>(
        "phi4r.parts.in_flight", "{part}", "Parts that are being made.");

    /// <summary>An activity for a completion, from its first try to its outcome; null where nobody listens.</summary>
    internal static Activity? Completion(string key) => Source.StartActivity("completion")?.SetTag("phi4r.key", key);

    /// <summary>Counts an outcome.</summary>
    internal static void Came(Activity? activity, string server, int tokens, string? failure)
    {
        var tags = Server(server);
        Completions.Add(1, tags, new("phi4r.outcome", failure is null ? "received" : "failed"));
        if (failure is null)
        {
            Tokens.Add(tokens, tags);
        }

        activity?.SetTag("phi4r.server", server).SetTag("phi4r.tokens", tokens)
            .SetStatus(failure is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, failure);
    }

    /// <summary>Counts a try that failed.</summary>
    internal static void Failed(string server, string fault) =>
        Failures.Add(1, Server(server), new("phi4r.fault", fault));

    /// <summary>Counts an answer's time.</summary>
    internal static void Took(string server, TimeSpan time) => Durations.Record(time.TotalSeconds, Server(server));

    /// <summary>One request more or less is at a server.</summary>
    internal static void InFlight(string server, int change) => Flying.Add(change, Server(server));

    /// <summary>One request more or less waits.</summary>
    internal static void Queued(int change) => Waiting.Add(change);

    /// <summary>A part is being made, until this is disposed.</summary>
    /// <param name="kind">What is made.</param>
    /// <param name="id">Which part it is.</param>
    /// <param name="worker">Who makes it; null for this process.</param>
    public static IDisposable Part(string kind, string id, string? worker = null)
    {
        Parts.Add(1, new KeyValuePair<string, object?>("phi4r.kind", kind));
        return new PartSpan(kind, Source.StartActivity("part")?.SetTag("phi4r.kind", kind).SetTag("phi4r.part", id)
            .SetTag("phi4r.worker", worker));
    }

    private static KeyValuePair<string, object?> Server(string name) => new("phi4r.server", name);

    private sealed class PartSpan(string kind, Activity? activity) : IDisposable
    {
        public void Dispose()
        {
            Parts.Add(-1, new KeyValuePair<string, object?>("phi4r.kind", kind));
            activity?.Dispose();
        }
    }
}
