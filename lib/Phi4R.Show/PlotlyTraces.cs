using System.Globalization;
using Plotly.NET;

namespace Phi4R.Show;

/// <summary>A panel's description as Plotly wants it.</summary>
internal static class PlotlyTraces
{
    /// <summary>Points of a line; more than in the static picture, since a reader may look closer.</summary>
    private const int MostPoints = 4_000;

    public static GenericChart Of(Plot plot)
    {
        var traces = plot switch
        {
            LinePlot lines => lines.Lines.SelectMany((line, i) => Line(line, i, lines.Logarithmic)),
            BarPlot bars => bars.Groups.Select((group, i) => Bars(bars, group, i)),
            HistogramPlot histogram => Histogram(histogram),
            StackPlot stack => stack.Parts.Select(Part),
            _ => throw new ArgumentException($"There is no interactive form of a {plot.GetType().Name}."),
        };
        var logarithmic = plot is LinePlot { Logarithmic: true };
        return GenericChart.NewMultiChart(Microsoft.FSharp.Collections.ListModule.OfSeq(traces.ToList()),
            Layout(plot, logarithmic), new Config(), new DisplayOptions());
    }

    private static Layout Layout(Plot plot, bool logarithmic) => With(new Layout(),
        ("title", With(new DynamicObj.DynamicObj(), ("text", Text(plot.Title)), ("x", 0.03),
            ("font", With(new DynamicObj.DynamicObj(), ("size", 15))))),
        ("width", plot.Width), ("height", plot.Height + 20), ("autosize", false),
        ("paper_bgcolor", Palette.Paper.Light), ("plot_bgcolor", Palette.Paper.Light),
        ("font", With(new DynamicObj.DynamicObj(), ("color", Palette.Ink.Light), ("size", 12))),
        ("margin", With(new DynamicObj.DynamicObj(), ("l", 62), ("r", 18), ("t", 56), ("b", 46))),
        ("xaxis", AxisOf(plot.XTitle, "linear", plot is BarPlot)),
        ("yaxis", AxisOf(plot.YTitle, logarithmic ? "log" : "linear", false)),
        ("legend",
            With(new DynamicObj.DynamicObj(), ("orientation", "h"), ("x", 0), ("y", 1.02), ("yanchor", "bottom"))),
        ("showlegend", plot is HistogramPlot or StackPlot or LinePlot { Lines.Count: > 1 }
            or BarPlot { Groups.Count: > 1 }),
        ("hovermode", plot is BarPlot ? "closest" : "x unified"),
        ("barmode", plot is HistogramPlot ? "overlay" : "group"));

    private static DynamicObj.DynamicObj AxisOf(string title, string type, bool categories) =>
        With(new DynamicObj.DynamicObj(),
        ("title", With(new DynamicObj.DynamicObj(), ("text", Text(title)))), ("type", categories ? "category" : type),
        ("gridcolor", Palette.Grid.Light), ("zerolinecolor", Palette.Grid.Light), ("automargin", true));

    private static IEnumerable<Trace> Line(Series line, int number, bool logarithmic)
    {
        var color = Palette.Of(number).Light;
        if (line.Low is not null && line.High is not null)
        {
            yield return With(Stroke(line.X, line.Low, color, 0, logarithmic), ("showlegend", false),
                ("hoverinfo", "skip"));
            yield return With(Stroke(line.X, line.High, color, 0, logarithmic), ("fill", "tonexty"),
                ("fillcolor", color + "29"), ("showlegend", false), ("hoverinfo", "skip"));
        }

        if (line.Raw is not null)
        {
            yield return With(Stroke(line.X, line.Raw, color, 1, logarithmic), ("opacity", 0.35), ("showlegend", false),
                ("hoverinfo", "skip"));
        }

        var dash = string.Join(",", Palette.Dash(number).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(length => length + "px"));
        yield return With(Stroke(line.X, line.Y, color, 2, logarithmic, dash), ("name", Text(line.Name)));
    }

    // Null where nothing can be drawn, so that Plotly leaves the gap that the static picture has.
    private static Trace Stroke(IReadOnlyList<double> x, IReadOnlyList<double> y, string color, double width,
        bool logarithmic, string dash = "")
    {
        List<object?> xs = [], ys = [];
        foreach (var piece in Thinning.Pieces(x, y, logarithmic, MostPoints))
        {
            foreach (var (placeX, placeY) in piece)
            {
                xs.Add(Short(placeX));
                ys.Add(Short(placeY));
            }

            xs.Add(null);
            ys.Add(null);
        }

        var line = With(new DynamicObj.DynamicObj(), ("color", color), ("width", width));
        return With(new Trace("scatter"), ("mode", xs.Count <= 2 ? "markers" : "lines"), ("x", xs), ("y", ys),
            ("line", dash.Length > 0 ? With(line, ("dash", dash)) : line),
            ("marker", With(new DynamicObj.DynamicObj(), ("color", color))));
    }

    private static Trace Bars(BarPlot plot,
        (string Name, IReadOnlyList<double> Values, IReadOnlyList<double>? Errors) group, int number)
    {
        var (name, values, errors) = group;
        var trace = With(new Trace("bar"), ("name", Text(name)), ("x", plot.Categories.Select(Text).ToList()),
            ("y", Values(values)), ("marker", With(new DynamicObj.DynamicObj(), ("color", Palette.Of(number).Light))));
        if (errors is null)
        {
            return trace;
        }

        var intervals = values.Select((_, i) => plot.Interval(values, errors, i)).ToList();
        return With(trace,
            ("error_y",
                With(new DynamicObj.DynamicObj(), ("type", "data"), ("symmetric", false), ("color", Palette.Ink.Light),
            ("array", Values([.. values.Zip(intervals, (value, interval) => interval.High - value)])),
            ("arrayminus", Values([.. values.Zip(intervals, (value, interval) => value - interval.Low)])))));
    }

    private static IEnumerable<Trace> Histogram(HistogramPlot plot)
    {
        var (low, size, shares) = plot.Binned();
        return shares.Select((heights, i) => With(new Trace("bar"), ("name", Text($"{plot.Groups[i].Name} "
            + $"({plot.Groups[i].Values.Count.ToString("N0", CultureInfo.InvariantCulture)})")),
            ("x", heights.Select((_, bin) => Short(low + ((bin + 0.5) * size))).ToList()), ("y", Values(heights)),
            ("width", size), ("opacity", 0.5),
            ("marker", With(new DynamicObj.DynamicObj(), ("color", Palette.Of(i).Light)))));
    }

    private static Trace Part(Series part, int number) =>
        With(new Trace("scatter"), ("name", Text(part.Name)), ("mode", "lines"), ("stackgroup", "all"),
            ("x", Values(part.X)), ("y", Values(part.Y)),
        ("fillcolor", Palette.Of(number).Light),
        ("line", With(new DynamicObj.DynamicObj(), ("color", Palette.Of(number).Light), ("width", 0.5))));

    private static List<object?> Values(IEnumerable<double> values) =>
        [.. values.Select(value => double.IsFinite(value) ? Short(value) : null)];

    // Six digits are more than a pixel shows and a third of what a double takes.
    private static object? Short(double value) =>
        double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // Plotly reads a little HTML in its texts; ours are plain.
    private static string Text(string text) =>
        Svg.Printable(text).Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    private static T With<T>(T target, params ReadOnlySpan<(string Name, object? Value)> properties)
        where T : DynamicObj.DynamicObj
    {
        foreach (var (name, value) in properties)
        {
            target.SetProperty(name, value);
        }

        return target;
    }
}
