namespace Phi4R.Evaluation;

/// <summary>How unsure the mean of problems' scores is: the arithmetic below <see cref="Estimate"/>.</summary>
internal static class Spread
{
    /// <summary>Of 95 % intervals, what lies outside.</summary>
    public const double Outside95 = 0.05;

    /// <summary>Equal values whose mean was rounded have errors of this kind.</summary>
    public const double NoError = 1e-12;

    // With fewer the quantile says nothing any more.
    private const double LeastFreedom = 3;

    /// <summary>
    /// The error over answers: a problem of share p that is answered k times has the variance p (1 - p) / (k - 1),
    /// without bias. Null where a problem was answered once, or the counts are not known.
    /// </summary>
    public static double? Within(IReadOnlyList<double> scores, IReadOnlyList<int>? answers) =>
        answers is not null && answers.All(count => count > 1)
            ? Math.Sqrt(scores.Zip(answers, (share, count) => share * (1 - share) / (count - 1)).Sum()) / scores.Count
            : null;

    /// <summary>The sum of each problem's squared variance over its degrees of freedom.</summary>
    public static double Squares(IReadOnlyList<double> scores, IReadOnlyList<int>? answers) =>
        answers is not null && answers.All(count => count > 1)
            ? scores.Zip(answers, (share, count) => Math.Pow(share * (1 - share), 2) / Math.Pow(count - 1, 3)).Sum()
                / Math.Pow(scores.Count, 4)
            : 0;

    /// <summary>The same count for every problem; null where it is not known.</summary>
    public static IReadOnlyList<int>? Equal(IReadOnlyList<double> scores, int? answers) =>
        answers is { } count ? [.. Enumerable.Repeat(count, scores.Count)] : null;

    /// <summary>Degrees of freedom of the spread of differences, which is known by the problems that differ.</summary>
    /// <remarks>
    /// Where most problems are at a ceiling the few others tell how far apart two models can be, all that do not differ
    /// count as one more, and with all problems counted too many intervals miss (CoverageTests). Single answers differ
    /// by one or not at all, so nothing of their spread is unseen.
    /// </remarks>
    public static double Freedom(IReadOnlyList<double> differences) =>
        differences.All(difference => Math.Abs(difference) is < NoError or > 1 - NoError)
            ? differences.Count - 1
            : Math.Min(differences.Count - 1,
                Math.Max(LeastFreedom, differences.Count(difference => Math.Abs(difference) >= NoError)));

    /// <summary>Wilson's interval of a share of so many independent answers.</summary>
    public static (double Low, double High) Wilson(double share, double independent, double t)
    {
        var shrink = 1 + (t * t / independent);
        var center = (share + (t * t / (2 * independent))) / shrink;
        var half = t / shrink
            * Math.Sqrt((share * (1 - share) / independent) + (t * t / (4 * independent * independent)));
        return (Math.Max(0, center - half), Math.Min(1, center + half));
    }

    /// <summary>
    /// The 95 % interval over answers to the same problems; where every problem's answers are all alike, as of one more
    /// answer that is not.
    /// </summary>
    /// <remarks>
    /// Degrees of freedom: Satterthwaite 1946, of a sum of variances that are estimated apart.
    /// </remarks>
    /// <param name="squares">As of <see cref="Squares"/>.</param>
    /// <param name="answers">How many there are to all problems together.</param>
    public static (double Low, double High) OverAnswers(
        double mean, double error, double squares, double answers, bool isShare)
    {
        var none = error < NoError;
        var t = StudentT.Quantile(none ? answers : Math.Pow(error, 4) / squares, Outside95);
        var margin = t * (none ? 1 / answers : error);
        return isShare
            ? Wilson(mean, none ? answers : mean * (1 - mean) / (error * error), t)
            : (mean - margin, mean + margin);
    }
}
