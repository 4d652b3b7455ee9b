namespace Phi4R.Show;

/// <summary>Long lines with fewer points, and lines with gaps in pieces.</summary>
internal static class Thinning
{
    /// <summary>The most points that a line is drawn with: two a stretch.</summary>
    public const int MostPoints = 400;

    /// <summary>
    /// The points between two gaps, piece by piece; a gap is where a place or a value cannot be drawn.
    /// </summary>
    /// <param name="limit">
    /// Of a longer line only the smallest and the largest value of each of half as many stretches are kept, in order:
    /// the envelope is exact. A stretch with a gap ends a piece.
    /// </param>
    public static IEnumerable<List<(double X, double Y)>> Pieces(
        IReadOnlyList<double> x, IReadOnlyList<double> y, bool logarithmic, int limit = MostPoints)
    {
        var length = y.Count <= limit ? 1 : (y.Count + (limit / 2) - 1) / (limit / 2);
        List<(double X, double Y)> piece = [];
        foreach (var stretch in Enumerable.Range(0, y.Count).Chunk(length))
        {
            var drawn = stretch.Where(i => double.IsFinite(x[i]) && IsDrawn(y[i], logarithmic)).ToList();
            if (drawn.Count > 0)
            {
                var (least, most) = (drawn.MinBy(i => y[i]), drawn.MaxBy(i => y[i]));
                piece.AddRange(((int[])[Math.Min(least, most), Math.Max(least, most)]).Distinct()
                    .Select(i => (x[i], y[i])));
            }

            if (drawn.Count < stretch.Length && piece.Count > 0)
            {
                yield return piece;
                piece = [];
            }
        }

        if (piece.Count > 0)
        {
            yield return piece;
        }
    }

    public static bool IsDrawn(double value, bool logarithmic) => double.IsFinite(value) && (!logarithmic || value > 0);
}
