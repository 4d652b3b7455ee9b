namespace Phi4R.Show;

/// <summary>Bars in groups.</summary>
/// <param name="Groups">
/// For each series its name, a value for each category, and half the length of its interval or null.
/// </param>
internal sealed record BarPlot(
    string Title, string YTitle, IReadOnlyList<string> Categories,
    IReadOnlyList<(string Name, IReadOnlyList<double> Values, IReadOnlyList<double>? Errors)> Groups,
    int Width, int Height)
    : Plot(Title, "", YTitle, Width, Height)
{
    /// <summary>
    /// For each series and category the values that the bar is the mean of, drawn as points; empty where there are
    /// none.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> Points { get; init; } = [];

    public override string AltText => Categories.Count == 0
        ? $"{Title}. There is no bar to draw."
        : $"{Title}. " + string.Join(" ", Groups.Select(group =>
        $"{(Groups.Count > 1 || group.Errors is not null ? $"{group.Name}: " : "")}"
            + $"{string.Join(", ", Categories.Select((category, i) => $"{category} {Numbers.Written(group.Values[i])}"
            + $"{(Error(group.Errors, i) is > 0 and var error ? $" ± {Numbers.Written(error)}" : "")}"))}."))
        + (Points.Count == 0 ? "" : " Points are the runs, of which the bars are the means.");

    // Shares of a whole, in percent: the ends of an interval are cut at 0 and 100, beyond which no share can lie.
    private bool IsShare =>
        YTitle == "%" && Groups.All(group => group.Values.All(value => value is not (< 0 or > 100)));

    public override Svg Draw()
    {
        var ends = Groups.SelectMany(group => group.Values.SelectMany((_, i) =>
        {
            var (low, high) = Interval(group.Values, group.Errors, i);
            return (double[])[low, high];
        })).Concat(Points.SelectMany(series => series.SelectMany(points => points))).ToList();
        var ys = new Axis(ends, fromZero: true, padding: 0.07);
        var missing = Groups.Sum(group => group.Values.Count(value => !double.IsFinite(value)));
        var frame = new Frame(this, WithMissing(missing),
            new Axis([-0.5, Math.Max(1, Categories.Count) - 0.5], padding: 0), ys,
            Groups.Count > 1 ? [.. Groups.Select(group => (group.Name, ""))] : [], Categories);
        var thickness = frame.Unit * 0.8 / Math.Max(1, Groups.Count);
        for (var g = 0; g < Groups.Count; g++)
        {
            for (var i = 0; i < Categories.Count; i++)
            {
                var (left, points) = (frame.X(i) - (frame.Unit * 0.4) + (g * thickness),
                    Points.Count > 0 ? Points[g][i] : []);
                Bar(frame, left, thickness, Groups[g].Values[i], Interval(Groups[g].Values, Groups[g].Errors, i),
                    points, Palette.Of(g));
                Dots(frame, left, thickness, points);
            }
        }

        return frame.Picture;
    }

    /// <summary>The ends of a value's interval; both are the value where it has none.</summary>
    public (double Low, double High) Interval(IReadOnlyList<double> values, IReadOnlyList<double>? errors, int at)
    {
        var (low, high) = (values[at] - Error(errors, at), values[at] + Error(errors, at));
        return IsShare ? (Math.Max(0, low), Math.Min(100, high)) : (low, high);
    }

    // Side by side in the order of the runs, so that the same run stands at the same place of every bar.
    private static void Dots(Frame frame, double x, double thickness, IReadOnlyList<double> values)
    {
        for (var run = 0; run < values.Count; run++)
        {
            frame.Picture.Dot(x + (thickness * (run + 1) / (values.Count + 1)), frame.Y(values[run]), Palette.Ink, 2,
                Palette.Paper);
        }
    }

    private static double Error(IReadOnlyList<double>? errors, int at) =>
        errors is not null && double.IsFinite(errors[at]) ? Math.Abs(errors[at]) : 0;

    private static void Bar(Frame frame, double x, double thickness, double value, (double Low, double High) interval,
        IReadOnlyList<double> points, Shade color)
    {
        var middle = x + (thickness / 2);
        if (!double.IsFinite(value))
        {
            frame.Picture.Text(middle, frame.Y(0) - 5, "n/a", Palette.Faint, 10, "middle");
            return;
        }

        var (top, zero) = (frame.Y(Math.Max(0, value)), frame.Y(Math.Min(0, value)));
        frame.Picture.Rectangle(x + 1, top, thickness - 2, zero - top, color);
        var (low, high) = (frame.Y(interval.Low), frame.Y(interval.High));
        if (interval.Low < interval.High)
        {
            // On paper of its own, so that it is seen on the bar too.
            var cap = Math.Min(5, thickness / 4);
            foreach (var (shade, wide) in ((Shade, double)[])[(Palette.Paper, 4.5), (Palette.Ink, 1.5)])
            {
                frame.Picture.Line(middle, low, middle, high, shade, wide);
                frame.Picture.Line(middle - cap, high, middle + cap, high, shade, wide);
                frame.Picture.Line(middle - cap, low, middle + cap, low, shade, wide);
            }
        }

        var label = Numbers.Written(value);
        if (Math.Abs(value) is < 1e6 and >= 0.05 && Svg.WidthOf(label, 10) <= thickness + 2)
        {
            // Above all that is drawn at the bar's end, its runs too.
            var room = points.Count > 0 ? 3 : 0;
            var (highest, lowest) = (points.Append(value).Max(), points.Append(value).Min());
            frame.Picture.Text(middle, value >= 0 ? Math.Min(Math.Min(top, high), frame.Y(highest) - room) - 4
                : Math.Max(Math.Max(zero, low), frame.Y(lowest) + room) + 12, label, Palette.Faint, 10, "middle");
        }
    }
}
