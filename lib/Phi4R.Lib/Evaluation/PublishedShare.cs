namespace Phi4R.Evaluation;

/// <summary>A published number, and what is known of how it came about.</summary>
/// <param name="Share">pass@1, from 0 to 1.</param>
/// <param name="Samples">
/// Completions of each problem that it is the mean of; null where nobody said.
/// </param>
/// <param name="Decimals">Decimals of the percentage that was printed.</param>
public sealed record PublishedShare(double Share, int? Samples, int Decimals)
{
    // A mean over more completions can give any printed number.
    private const int MostRuns = 64;

    /// <summary>
    /// Completions of each problem that it may be taken to be the mean of: what was said, or else the fewest that can
    /// give the printed digits.
    /// </summary>
    /// <param name="problems">Of the whole benchmark.</param>
    public int FewestSamples(int problems) => Samples ?? Enumerable.Range(1, MostRuns).FirstOrDefault(runs =>
    {
        var whole = (double)problems * runs;
        return Math.Abs((Math.Round(Share * whole) / whole) - Share) <= Rounding + 1e-9;
    }, MostRuns);

    /// <summary>How far the number may be from the one that was rounded to it.</summary>
    public double Rounding => 0.005 * Math.Pow(10, -Decimals);
}
