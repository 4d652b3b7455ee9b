namespace Phi4R.Evaluation;

/// <summary>Whether the differences of two models on the same problems could be by chance.</summary>
public static class PairedTest
{
    // Places of the sum that are kept apart; beyond them differences are rounded to that many.
    private const int MostPlaces = 200_000;
    private const long LargestUnit = 1_000_000;

    /// <summary>
    /// How probable a sum of differences so far from zero is, on either side, where each problem's difference might as
    /// well have the other sign.
    /// </summary>
    /// <remarks>
    /// The sign-flip permutation test (Fisher 1935), over all flips and not a sample of them. With one completion a
    /// problem the differences are -1, 0 and 1, and this is McNemar's exact test: a binomial one of the problems that
    /// one model alone has right.
    /// </remarks>
    /// <param name="differences">Of the two models' shares of right completions, problem by problem.</param>
    /// <param name="unit">
    /// A number that every difference is a whole multiple of the inverse of, such as the least common multiple of both
    /// models' counts of completions.
    /// </param>
    public static double PValue(IReadOnlyList<double> differences, long unit)
    {
        var places = Math.Min(Math.Max(1, unit), Math.Max(1, MostPlaces / Math.Max(1, differences.Count)));
        var steps = differences.Select(difference => (int)Math.Round(Math.Abs(difference) * places))
            .Where(step => step > 0).ToList();
        var sum = Math.Abs(differences.Sum(difference => (int)Math.Round(difference * places)));
        var total = steps.Sum();
        if (total == 0)
        {
            return 1;
        }

        // chances[total + s]: of the sum s of the differences so far.
        var (chances, next) = (new double[(2 * total) + 1], new double[(2 * total) + 1]);
        chances[total] = 1;
        var reach = 0;
        foreach (var step in steps)
        {
            Array.Clear(next);
            for (var at = total - reach; at <= total + reach; at++)
            {
                next[at - step] += chances[at] / 2;
                next[at + step] += chances[at] / 2;
            }

            (chances, next, reach) = (next, chances, reach + step);
        }

        return Math.Min(1, chances.Where((_, at) => Math.Abs(at - total) >= sum).Sum());
    }

    /// <summary>The smallest unit of shares over these counts of completions, for <see cref="PValue"/>.</summary>
    public static long Unit(IEnumerable<int> counts) => counts.Where(count => count > 0).Distinct().Aggregate(1L,
        (unit, count) => unit > LargestUnit ? unit : unit / Divisor(unit, count) * count);

    private static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);
}
