using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>How far a running stage is.</summary>
/// <param name="Stage">The stage's name.</param>
/// <param name="Step">The step that was done last, from 0.</param>
/// <param name="Steps">How many there are in all; 0 where that is not known.</param>
/// <param name="Values">What is watched, by name.</param>
public sealed record StageProgress(string Stage, int Step, int Steps, IReadOnlyList<(string Name, double Value)> Values)
{
    /// <summary>What is counted: steps, or problems or answers.</summary>
    public string Unit { get; init; } = "step";

    /// <summary>What a person should look at, or null.</summary>
    public string? Warning { get; init; }

    /// <summary>
    /// Seconds that the step took, which a run that goes on may have done before; null where only the clock says it.
    /// </summary>
    public double? Seconds { get; init; }

    internal static IProgress<int>? Counted(IProgress<StageProgress>? progress, string stage, int all, string what) =>
        progress is null ? null : new InlineProgress<int>(
            count => progress.Report(new(stage, count - 1, all, []) { Unit = what }));
}
