namespace Phi4R.Evaluation;

/// <summary>A measurement beside a published number of the same model on the same benchmark.</summary>
/// <remarks>
/// Both are means over completions of the same problems, so what sets them apart by chance is the error over answers
/// of each, and not that over problems; only where a part of the benchmark was measured does the error over problems
/// count. The two halves of the interval are put together as of Zou and Donner 2008 (MOVER).
/// </remarks>
public sealed record Reproduction
{
    private const double Normal95 = 1.959964;

    /// <summary>The measured share.</summary>
    public required double Measured { get; init; }

    /// <summary>The measured share less the published one.</summary>
    public required double Difference { get; init; }

    /// <summary>Half of the 95 % interval of the difference, rounding of the published number included.</summary>
    public required double HalfInterval { get; init; }

    /// <summary>What the two say of each other.</summary>
    public required Agreement Verdict { get; init; }

    /// <summary>
    /// Completions of each problem of the whole benchmark with which the interval would be within the margin; null
    /// where none would do, as the published number is itself too unsure.
    /// </summary>
    public required int? SamplesNeeded { get; init; }

    /// <summary>What of <see cref="HalfInterval"/> the published number alone brings.</summary>
    public required double PublishedHalf { get; init; }

    /// <summary>Sets a measurement beside a published number.</summary>
    /// <param name="problems">Of the whole benchmark; where fewer were measured they stand for the rest.</param>
    /// <param name="margin">The largest difference that does not matter, as a share.</param>
    public static Reproduction Of(PublishedShare published, BenchmarkResult measured, int problems, double margin)
    {
        var estimate = measured.Accuracy;
        var samples = measured.Problems.Average(problem => (double)problem.Answers);
        var difference = estimate.Mean - published.Share;
        var whole = measured.Problems.Count >= problems;

        // The variance of one completion of a problem. Of single completions it is at most that of their share; where
        // all completions of each problem are alike, as if one of them were otherwise.
        var answers = estimate.Count * samples;
        var spread = estimate.WithinError is { } error
            ? Math.Max(error * error * answers, 1 / (answers + 1))
            : Math.Max(estimate.Mean * (1 - estimate.Mean), published.Share * (1 - published.Share));
        var (low, high) = !whole ? (estimate.Low, estimate.High)
            : estimate.OverAnswers ?? Spread.Wilson(estimate.Mean, answers, Normal95);
        var own = difference > 0 ? estimate.Mean - low : high - estimate.Mean;
        var other = (Normal95 * Math.Sqrt(spread / ((double)problems * published.FewestSamples(problems))))
            + published.Rounding;
        var half = Math.Sqrt((own * own) + (other * other));
        return new Reproduction
        {
            Measured = estimate.Mean,
            Difference = difference,
            HalfInterval = half,
            PublishedHalf = other,
            Verdict = Math.Abs(difference) > half ? Agreement.Differs
                : half <= margin ? Agreement.Agrees
                : Agreement.Undecided,
            SamplesNeeded = other < margin
                ? Math.Max(1, (int)Math.Ceiling(
                    Normal95 * Normal95 * spread / (problems * ((margin * margin) - (other * other)))))
                : null,
        };
    }
}
