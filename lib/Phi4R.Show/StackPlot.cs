namespace Phi4R.Show;

/// <summary>Parts of a whole at each step, on top of each other.</summary>
internal sealed record StackPlot(
    string Title, string XTitle, string YTitle, IReadOnlyList<Series> Parts, int Width, int Height)
    : Plot(Title, XTitle, YTitle, Width, Height)
{
    public override string AltText => Parts.All(part => part.Y.Count == 0)
        ? $"{Title}. There is no step to draw."
        : $"{Title}. Over {Parts[0].Y.Count:N0} steps, on average "
            + string.Join(", ",
                Parts.Select(
                    part =>
                        $"{part.Name} {Numbers.Written(part.Y.Where(double.IsFinite).DefaultIfEmpty(0).Average())}"))
                            + ".";

    public override Svg Draw()
    {
        var steps = Parts.Count == 0 ? 0 : Parts[0].Y.Count;
        var tops = new double[Parts.Count + 1][];
        tops[0] = new double[steps];
        for (var p = 0; p < Parts.Count; p++)
        {
            tops[p + 1] = [.. Enumerable.Range(0, steps)
                .Select(i => tops[p][i] + (double.IsFinite(Parts[p].Y[i]) ? Parts[p].Y[i] : 0))];
        }

        var places = Parts.Count == 0 ? [] : Parts[0].X;
        var xs = new Axis([.. places], padding: 0.01, whole: places.All(double.IsInteger));
        var missing = Parts.Sum(part => part.Y.Count(value => !double.IsFinite(value)));
        var frame = new Frame(this, WithMissing(missing), xs,
            new Axis(steps == 0 ? [] : [0, .. tops[^1]], fromZero: true), [.. Parts.Select(part => (part.Name, ""))]);
        for (var p = 0; p < Parts.Count && steps > 0; p++)
        {
            var (upper, lower) = (Edge(frame, tops[p + 1]), Edge(frame, tops[p]));
            frame.Picture.Area(upper.Concat(Enumerable.Reverse(lower)), Palette.Of(p));
            if (p < Parts.Count - 1)
            {
                frame.Picture.Path(upper, Palette.Paper, thickness: 1.2);
            }
        }

        return frame.Picture;

        // One step is drawn as a bar: an area needs two.
        List<(double X, double Y)> Edge(Frame frame, double[] heights) => steps == 1
            ? [(frame.X(places[0]) - 40, frame.Y(heights[0])), (frame.X(places[0]) + 40, frame.Y(heights[0]))]
            : [.. heights.Select((height, i) => (frame.X(places[i]), frame.Y(height)))];
    }
}
