namespace Phi4R.Show;

/// <summary>
/// A chart: lines, bars, histograms, stacked areas, or several of them side by side. A description; pictures are made
/// from it.
/// </summary>
/// <remarks>
/// Shown as it is, it is a static picture. <see cref="Interactive"/> is the same chart with zoom and hover.
/// </remarks>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Chart : IFigure
{
    private readonly string? _altText;

    private Chart(IReadOnlyList<Plot> panels, int columns, string? altText) =>
        (Panels, Columns, _altText) = (panels, columns, altText);

    public string AltText => _altText ?? string.Join(" ", Panels.Select(panel => panel.AltText));

    internal IReadOnlyList<Plot> Panels { get; }

    internal int Columns { get; }

    /// <summary>Lines over a common axis.</summary>
    /// <param name="logarithmic">Whether the y axis counts powers of ten.</param>
    /// <exception cref="ArgumentException">A series has another number of places than values.</exception>
    public static Chart Lines(string title, string xTitle, string yTitle, IReadOnlyList<Series> series,
        bool logarithmic = false, string? altText = null, int width = 620, int height = 300) =>
        Of(new LinePlot(title, xTitle, yTitle, [.. series.Select(line => line.Checked())], logarithmic, width, height),
            altText);

    /// <summary>Curves of a run's steps.</summary>
    /// <param name="window">
    /// Each value is drawn as the mean over so many steps; the legend says so. 1 draws it as it is.
    /// </param>
    public static Chart Steps<T>(string title, string yTitle, IReadOnlyList<T> steps,
        IReadOnlyList<(string Name, Func<T, double> Value)> curves, int window = 1, bool logarithmic = false,
        int width = 520)
    {
        var lines = curves.Select(curve => Series.Of(curve.Name, steps.Select(curve.Value)))
            .Select(line => window > 1 ? line.Smoothed(window) : line);
        return Lines(title, "step", yTitle, [.. lines], logarithmic, width: width);
    }

    /// <summary>One bar for each value.</summary>
    public static Chart Bars(
        string title, string yTitle, IEnumerable<(string Category, double Value)> bars, int width = 520)
    {
        var all = bars.ToList();
        return Bars(title, yTitle, [.. all.Select(bar => bar.Category)], [(title, all.Select(bar => bar.Value), null)],
            width: width);
    }

    /// <summary>Bars in groups, with the ends of an interval where they are known.</summary>
    /// <param name="categories">Names under the groups.</param>
    /// <param name="groups">
    /// For each series its name, a value for each category, and half the length of its interval or null.
    /// </param>
    /// <param name="points">
    /// For each series and category the values that its bar is the mean of, such as those of several seeds, to be drawn
    /// over it; null for none.
    /// </param>
    /// <exception cref="ArgumentException">A series has another number of values than there are categories.</exception>
    public static Chart Bars(
        string title, string yTitle, IReadOnlyList<string> categories,
        IEnumerable<(string Name, IEnumerable<double> Values, IEnumerable<double>? Errors)> groups,
        string? altText = null, int width = 620, int height = 300,
        IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>>? points = null)
    {
        List<(string Name, IReadOnlyList<double> Values, IReadOnlyList<double>? Errors)> series =
            [.. groups.Select(
                group =>
                    (group.Name, (IReadOnlyList<double>)[.. group.Values],
                        (IReadOnlyList<double>?)group.Errors?.ToList()))];
        foreach (var (name, values, errors) in series)
        {
            if (values.Count != categories.Count || (errors ?? values).Count != values.Count)
            {
                throw new ArgumentException($"Series '{name}' has {values.Count} "
                    + $"values{(errors is null ? "" : $" and {errors.Count} intervals")}; there are "
                    + $"{categories.Count} categories.");
            }
        }

        if (points is not null
            && (points.Count != series.Count || points.Any(parts => parts.Count != categories.Count)))
        {
            throw new ArgumentException($"Points are given for {points.Count} series of "
                + $"{string.Join(", ", points.Select(parts => parts.Count))} categories; there are {series.Count} of "
                + $"{categories.Count}.");
        }

        return Of(new BarPlot(title, yTitle, categories, series, width, height) { Points = points ?? [] }, altText);
    }

    /// <summary>
    /// How often values fall into bins; several groups as outlines over each other, each as a share of its own count.
    /// </summary>
    public static Chart Histogram(string title, string xTitle,
        IEnumerable<(string Name, IEnumerable<double> Values)> distributions, int bins = 40, string? altText = null,
        int width = 520, int height = 300) =>
        Of(new HistogramPlot(title, xTitle,
            [.. distributions.Select(group => (group.Name, (IReadOnlyList<double>)[.. group.Values]))], bins, width,
            height), altText);

    /// <summary>Parts of a whole at each of a run's steps, on top of each other.</summary>
    public static Chart Stacked<T>(string title, string yTitle, IReadOnlyList<T> steps,
        IReadOnlyList<(string Name, Func<T, double> Value)> parts, int width = 520) =>
        Stacked(title, "step", yTitle, [.. parts.Select(part => Series.Of(part.Name, steps.Select(part.Value)))],
            width: width);

    /// <summary>Parts of a whole at each step, on top of each other.</summary>
    /// <exception cref="ArgumentException">The parts have different numbers of steps.</exception>
    public static Chart Stacked(string title, string xTitle, string yTitle, IReadOnlyList<Series> parts,
        string? altText = null, int width = 620, int height = 300) =>
        parts.Select(part => part.Checked().Y.Count).Distinct().Count() > 1
            ? throw new ArgumentException($"The parts of '{title}' have "
                + $"{string.Join(", ", parts.Select(part => part.Y.Count))} steps; they need equally many.")
            : Of(new StackPlot(title, xTitle, yTitle, parts, width, height), altText);

    /// <summary>Charts side by side in one picture.</summary>
    public static Chart Grid(int columns, params IReadOnlyList<Chart> charts) =>
        new([.. charts.SelectMany(chart => chart.Panels)], columns, charts.All(chart => chart._altText is null)
            ? null
            : string.Join(" ", charts.Select(chart => chart.AltText)));

    /// <summary>
    /// The same chart with zoom and hover, while the notebook runs; a saved or untrusted notebook shows the static
    /// picture.
    /// </summary>
    /// <param name="folder">
    /// Where the script that draws it is put, once; null means the current folder, which is the notebook's.
    /// </param>
    public InteractiveChart Interactive(string? folder = null) => new(this, folder ?? Environment.CurrentDirectory);

    /// <summary>The picture as an SVG file.</summary>
    public string ToSvg() => Draw().Whole(AltText);

    public string ToHtml() => Draw().Image(AltText);

    private static Chart Of(Plot panel, string? altText) => new([panel], 1, altText);

    private Svg Draw()
    {
        if (Panels.Count == 1)
        {
            return Panels[0].Draw();
        }

        var (width, height) = (Panels.Select(panel => panel.Width).DefaultIfEmpty(1).Max(),
            Panels.Select(panel => panel.Height).DefaultIfEmpty(1).Max());
        var picture = new Svg(width * Math.Min(Columns, Math.Max(1, Panels.Count)),
            height * Math.Max(1, (Panels.Count + Columns - 1) / Columns));
        foreach (var (i, panel) in Panels.Index())
        {
            picture.Place(panel.Draw(), i % Columns * width, i / Columns * height);
        }

        return picture;
    }
}
