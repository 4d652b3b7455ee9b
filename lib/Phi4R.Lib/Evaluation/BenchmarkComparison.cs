namespace Phi4R.Evaluation;

/// <summary>How two models differ on one benchmark, problem by problem.</summary>
public sealed record BenchmarkComparison
{
    /// <summary>The benchmark's name.</summary>
    public required string Benchmark { get; init; }

    /// <summary>How many problems are compared.</summary>
    public required int Problems { get; init; }

    /// <summary>How many of them both models have right.</summary>
    public required int BothRight { get; init; }

    /// <summary>The second model's pass@1 less the first's, with its interval over problems.</summary>
    public required Estimate Gain { get; init; }

    /// <summary>Problems that the second has right and the first has not.</summary>
    /// <remarks>A model has a problem right where more than half of its completions are.</remarks>
    public required IReadOnlyList<string> Fixed { get; init; }

    /// <summary>Problems that the first has right and the second has not.</summary>
    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>Of <see cref="PairedTest"/>: McNemar's exact test where each problem was answered once.</summary>
    public required double PValue { get; init; }

    /// <summary>The same, corrected for the number of benchmarks that are compared (Holm).</summary>
    public required double AdjustedPValue { get; init; }

    /// <summary>Problems that are in no number here, since one of the models gave no completion at all.</summary>
    public required int LeftOut { get; init; }
}
