using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Runs;

/// <summary>What a worker is told of a part: what is asked for, and where.</summary>
internal sealed record EvaluationContent(IReadOnlyList<AskedSample> Asked, ModelAddress? Address = null);

/// <summary>A part of an evaluation in the hands of whoever began it.</summary>
/// <param name="take">Takes in a completion, or that it could not be had; several parts may call it at once.</param>
internal sealed class EvaluationPart(
    EvaluationWork work, ModelAddress? address, IReadOnlyList<AskedSample> asked,
    Func<EvaluatedCompletion, PartTally> take) : IPart
{
    // Each is handed out until something was said of it; what failed is for the next start.
    private readonly HashSet<(string, string, int)> _lacking =
        [.. asked.Select(one => (one.Benchmark, one.Problem.Id, one.Sample))];

    public string Id => field ??= PartJson.Id(Kind, new EvaluationContent(asked, address));

    public string Kind => EvaluationWork.Kind;

    public Task RunAsync(Action begun, CancellationToken cancel) => work.RunAsync(asked, Take, begun, cancel);

    public byte[]? Lacking() => _lacking.Count == 0 ? null : PartJson.Write(new EvaluationContent(
        [.. asked.Where(one => _lacking.Contains((one.Benchmark, one.Problem.Id, one.Sample)))], address));

    public PartTally Take(ReadOnlySpan<byte> news) => Take(PartJson.Read<EvaluatedCompletion>(news));

    private PartTally Take(EvaluatedCompletion completion) =>
        _lacking.Remove((completion.Benchmark, completion.Problem, completion.Sample)) ? take(completion) : default;
}
