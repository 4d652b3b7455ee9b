namespace Phi4R.Evaluation;

/// <summary>A mean over problems, and how sure it is.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">Of the mean, over problems: answers to one problem are averaged first.</param>
/// <param name="Count">Problems.</param>
public sealed record Estimate(double Mean, double StandardError, int Count)
{
    /// <summary>Two-sided 95 % point of the normal distribution.</summary>
    private const double Normal95 = 1.959963984540054;

    /// <summary>Lower end of the 95 % interval.</summary>
    public double Low => Mean - (Normal95 * StandardError);

    /// <summary>Upper end of the 95 % interval.</summary>
    public double High => Mean + (Normal95 * StandardError);

    /// <summary>The estimate of a share as points: "+2.4 [+0.8, +4.0]".</summary>
    public string InPoints => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * Mean:+0.0;-0.0} [{100 * Low:+0.0;-0.0}, {100 * High:+0.0;-0.0}]");

    /// <summary>Mean and standard error of values that are independent of each other.</summary>
    /// <exception cref="ArgumentException">There are fewer than two values.</exception>
    public static Estimate Of(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
        {
            throw new ArgumentException($"{values.Count} values give no error; two or more do.");
        }

        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        return new Estimate(mean, Math.Sqrt(variance / values.Count), values.Count);
    }

    /// <summary>The gain of one model over another on the same problems: the mean of the differences, problem by problem.</summary>
    /// <remarks>Hard problems are hard for both, so the difference is far surer than the two means. Source: Miller 2024, arXiv 2411.00640, section 4.</remarks>
    /// <exception cref="ArgumentException">The models answered different numbers of problems.</exception>
    public static Estimate Paired(IReadOnlyList<double> scores, IReadOnlyList<double> before) => scores.Count == before.Count
        ? Of([.. scores.Zip(before, (after, first) => after - first)])
        : throw new ArgumentException($"Pairs need the same problems; the one model has {scores.Count} scores, the other {before.Count}.");

    /// <summary>Each problem's mean over several runs, so that an error over problems covers all runs.</summary>
    /// <param name="runs">For each run the scores of the same problems.</param>
    public static IReadOnlyList<double> OverRuns(IReadOnlyList<IReadOnlyList<double>> runs) =>
        [.. Enumerable.Range(0, runs[0].Count).Select(i => runs.Average(run => run[i]))];
}
