using System.Collections.Concurrent;
using System.Text.Json;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;
using Phi4R.Stages;

namespace Phi4R.Runs;

/// <summary>Makes the parts that another process hands out, of every kind that there is; it keeps nothing.</summary>
/// <param name="servers">Asks servers; stays the caller's.</param>
public sealed class PartWorker(ServerPools servers) : IDisposable
{
    // Parts of one distillation share its places and its patience.
    private readonly ConcurrentDictionary<string, Lazy<DistillWork>> _distillations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<EvaluationWork>> _evaluations = new(StringComparer.Ordinal);

    /// <summary>
    /// Names the code that gives verdicts and writes parts: whoever hands out parts and whoever makes them have the
    /// same, or verdicts would depend on where they were given.
    /// </summary>
    public static string Version { get; } =
        $"{typeof(PartWorker).Assembly.GetName().Version} {RoomCode.Verifier[..16]}";

    /// <summary>Makes a part.</summary>
    /// <param name="kind">The part's.</param>
    /// <param name="content">What <see cref="IPart.Lacking"/> gave.</param>
    /// <param name="tell">Is called with what <see cref="IPart.Take"/> reads, in order.</param>
    /// <param name="begun">Is called when nothing of it is left to begin.</param>
    /// <exception cref="PartFaultException">This worker cannot make parts now, or none of this kind.</exception>
    public Task RunAsync(
        string kind, ReadOnlyMemory<byte> content, Action<byte[]> tell, Action begun, CancellationToken cancel)
    {
        try
        {
            return kind switch
            {
                DistillWork.Kind => DistillAsync(PartJson.Read<DistillContent>(content.Span), tell, begun, cancel),
                EvaluationWork.Kind =>
                    EvaluateAsync(PartJson.Read<EvaluationContent>(content.Span), tell, begun, cancel),
                _ => throw new PartFaultException($"This worker makes no parts of the kind '{kind}'."),
            };
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            throw new PartFaultException($"What was handed out is no part of the kind '{kind}': {problem.Message}");
        }
    }

    public void Dispose()
    {
        foreach (var work in _distillations.Values.Where(work => work.IsValueCreated))
        {
            work.Value.Dispose();
        }

        foreach (var work in _evaluations.Values.Where(work => work.IsValueCreated))
        {
            work.Value.Dispose();
        }
    }

    private Task DistillAsync(DistillContent part, Action<byte[]> tell, Action begun, CancellationToken cancel)
    {
        var work = _distillations.GetOrAdd(PartJson.Id(DistillWork.Kind, part.Asked),
            _ => new(() => new DistillWork(part.Asked.Open(servers)))).Value;
        return work.RunAsync(part.Problems.Select(one => (one.Place, one.Problem)),
            key => part.Known.GetValueOrDefault(key), news => tell(PartJson.Write(news)), begun, cancel);
    }

    private Task EvaluateAsync(EvaluationContent part, Action<byte[]> tell, Action begun, CancellationToken cancel)
    {
        var address = part.Address
            ?? throw new PartFaultException("Nothing says where a worker reaches the model that is evaluated.");
        var work = _evaluations.GetOrAdd(PartJson.Id(EvaluationWork.Kind, address),
            _ => new(() => new EvaluationWork(servers.Pool(address)))).Value;
        return work.RunAsync(part.Asked, Told, begun, cancel);

        PartTally Told(EvaluatedCompletion completion)
        {
            tell(PartJson.Write(completion));
            return default;
        }
    }
}
