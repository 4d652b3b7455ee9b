namespace Phi4R.Show;

/// <summary>
/// How often values fall into bins; several groups as outlines over each other, each as a share of its own count.
/// </summary>
internal sealed record HistogramPlot(string Title, string XTitle,
    IReadOnlyList<(string Name, IReadOnlyList<double> Values)> Groups, int Bins, int Width, int Height)
    : Plot(Title, XTitle, "share of the group, %", Width, Height)
{
    public override string AltText =>
        $"{Title}. "
            + string.Join(" ",
                Groups.Select(group => $"{group.Name}: {Spread((IReadOnlyCollection<double>)group.Values)}."));

    /// <summary>
    /// The lower end of the first bin, the width of a bin, and for each group the height of each bin in percent of its
    /// finite values.
    /// </summary>
    public (double Low, double Size, IReadOnlyList<double[]> Shares) Binned()
    {
        var all = Groups.SelectMany(group => group.Values).Where(double.IsFinite).ToList();
        var (low, high) = all.Count == 0 ? (0, 1) : (all.Min(), all.Max());
        var size = high > low ? (high / Bins) - (low / Bins) : 1;

        // Whole numbers get whole bins, so that no bin holds more of them than its neighbor.
        if (all.All(double.IsInteger))
        {
            size = Math.Max(1, Math.Ceiling(size));
        }

        var count = Math.Clamp((int)Math.Floor((high / size) - (low / size)) + 1, 1, Bins + 1);
        return (low, size, [.. Groups.Select(group =>
        {
            var finite = group.Values.Where(double.IsFinite).ToList();
            var heights = new double[count];
            foreach (var value in finite)
            {
                heights[Math.Clamp((int)((value / size) - (low / size)), 0, count - 1)] += 100.0 / finite.Count;
            }

            return heights;
        })]);
    }

    public override Svg Draw()
    {
        var (low, size, shares) = Binned();
        var count = shares.Count == 0 ? 1 : shares[0].Length;
        var missing = Groups.Sum(group => group.Values.Count(value => !double.IsFinite(value)));
        var isEmpty = Groups.All(group => !group.Values.Any(double.IsFinite));
        var xs = new Axis(isEmpty ? [] : [low, low + (count * size)], padding: 0.01);
        var ys = new Axis(isEmpty ? [] : [0, .. shares.SelectMany(heights => heights)], fromZero: true);
        var frame = new Frame(this, WithMissing(missing), xs, ys,
            [.. Groups.Select(group => ($"{group.Name} ({group.Values.Count:N0})", ""))]);
        for (var g = 0; g < Groups.Count && !isEmpty; g++)
        {
            List<(double, double)> outline = [(frame.X(low), frame.Y(0))];
            for (var i = 0; i < count; i++)
            {
                outline.Add((frame.X(low + (i * size)), frame.Y(shares[g][i])));
                outline.Add((frame.X(low + ((i + 1) * size)), frame.Y(shares[g][i])));
            }

            outline.Add((frame.X(low + (count * size)), frame.Y(0)));
            frame.Picture.Area(outline, Palette.Of(g), 0.2);
            frame.Picture.Path(outline, Palette.Of(g), thickness: 1.6);
        }

        return frame.Picture;
    }
}
