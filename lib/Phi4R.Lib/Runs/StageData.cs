using Phi4R.Data;
using Phi4R.Stages;

namespace Phi4R.Runs;

/// <summary>The preference pairs of a run.</summary>
/// <param name="Pairs">What Rollout-DPO learns from.</param>
/// <param name="Report">What became of the problems that the pairs were looked for in.</param>
public sealed record PairData(IReadOnlyList<PreferencePair> Pairs, PairingReport Report)
{
    internal static PairData In(StageRecord record) =>
        new(record.ReadLines<PreferencePair>("pairs.jsonl"), record.Read<PairingReport>("report.json"));
}

/// <summary>The problems of reinforcement.</summary>
/// <param name="Problems">What is asked.</param>
/// <param name="Report">What choosing the problems left out.</param>
public sealed record PromptData(IReadOnlyList<Problem> Problems, PromptSelectionReport Report)
{
    internal static PromptData In(StageRecord record) => new(
        [.. ProblemFile.Read(Path.Combine(record.Folder, "problems.jsonl"))],
        record.Read<PromptSelectionReport>("report.json"));
}
