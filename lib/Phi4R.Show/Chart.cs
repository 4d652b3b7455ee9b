namespace Phi4R.Show;

/// <summary>A static chart: lines, bars, histograms, stacked areas, or several of them side by side.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Chart : IFigure
{
    private const int Left = 62;
    private const int Top = 40;
    private const int Bottom = 46;
    private const int Right = 18;
    private const int MostPoints = 400;

    private readonly Svg _picture;

    private Chart(Svg picture, int width, int height, string alternative) => (_picture, Width, Height, AltText) = (picture, width, height, alternative);

    public string AltText { get; }

    internal int Width { get; }

    internal int Height { get; }

    /// <summary>Lines over a common axis.</summary>
    /// <param name="logarithmic">Whether the y axis counts powers of ten.</param>
    /// <exception cref="ArgumentException">A series has another number of places than values.</exception>
    public static Chart Lines(string title, string xTitle, string yTitle, IReadOnlyList<Series> series, bool logarithmic = false, string? altText = null, int width = 620, int height = 300)
    {
        foreach (var line in series)
        {
            if (line.X.Count != line.Y.Count)
            {
                throw new ArgumentException($"Series '{line.Name}' has {line.X.Count} places and {line.Y.Count} values; it needs as many of the one as of the other.");
            }
        }

        var missing = series.Sum(line => line.Y.Count(value => !double.IsFinite(value) || (logarithmic && value <= 0)));
        var xs = new Axis([.. series.SelectMany(line => line.X)], padding: 0.01);
        var ys = new Axis([.. series.SelectMany(line => line.Y.Concat(line.Low ?? []).Concat(line.High ?? []))], logarithmic);
        var frame = new Frame(title, xTitle, missing == 0 ? yTitle : $"{yTitle} ({missing} not finite)", xs, ys, width, height, series.Count > 1 || series.Any(line => line.Name.Contains('(', StringComparison.Ordinal)) ? series.Select(line => line.Name).ToList() : []);
        for (var i = 0; i < series.Count; i++)
        {
            var (line, color) = (series[i], Svg.Colors[i % Svg.Colors.Length]);
            if (line.Low is not null && line.High is not null)
            {
                frame.Picture.Area(
                    [.. line.X.Select((x, k) => (frame.X(x), frame.Y(line.High[k]))), .. line.X.Select((x, k) => (frame.X(x), frame.Y(line.Low[k]))).Reverse()], color, 0.15);
            }

            foreach (var run in Runs(line, logarithmic))
            {
                frame.Picture.Path(Thinned(run).Select(point => (frame.X(point.X), frame.Y(point.Y))), color, Svg.Dashes[i % Svg.Dashes.Length]);
                if (run.Count == 1)
                {
                    frame.Picture.Dot(frame.X(run[0].X), frame.Y(run[0].Y), color);
                }
            }
        }

        return frame.Chart(altText ?? $"{title}. " + string.Join(" ", series.Where(line => line.Y.Count > 0).Select(line =>
            $"{line.Name} goes from {Axis.Written(line.Y[0], 0.01)} to {Axis.Written(line.Y[^1], 0.01)} over {line.Y.Count} points.")));
    }

    /// <summary>Curves of a run's steps.</summary>
    /// <param name="window">Each value is drawn as the mean over so many steps; the legend says so. 1 draws it as it is.</param>
    public static Chart Steps<T>(string title, string yTitle, IReadOnlyList<T> steps, IReadOnlyList<(string Name, Func<T, double> Value)> curves, int window = 1, bool logarithmic = false, int width = 520)
    {
        var lines = curves.Select(curve => Series.Of(curve.Name, steps.Select(curve.Value))).Select(line => window > 1 ? line.Smoothed(window) : line);
        return Lines(title, "step", yTitle, [.. lines], logarithmic, width: width);
    }

    /// <summary>One bar for each value.</summary>
    public static Chart Bars(string title, string yTitle, IEnumerable<(string Category, double Value)> bars, int width = 520)
    {
        var all = bars.ToList();
        return Bars(title, yTitle, [.. all.Select(bar => bar.Category)], [("share", all.Select(bar => bar.Value), null)], width: width);
    }

    /// <summary>Bars in groups, with the ends of an interval where they are known.</summary>
    /// <param name="categories">Names under the groups.</param>
    /// <param name="groups">For each series its name, a value for each category, and half the length of its interval or null.</param>
    public static Chart Bars(
        string title, string yTitle, IReadOnlyList<string> categories, IEnumerable<(string Name, IEnumerable<double> Values, IEnumerable<double>? Errors)> groups,
        string? altText = null, int width = 620, int height = 300)
    {
        var series = groups.Select(group => (group.Name, Values: group.Values.ToList(), Errors: group.Errors?.ToList())).ToList();
        var ys = new Axis([0, .. series.SelectMany(bar => bar.Values.Select((value, i) => value + (bar.Errors?[i] ?? 0))), .. series.SelectMany(bar => bar.Values.Select((value, i) => value - (bar.Errors?[i] ?? 0)))], fromZero: true);
        var frame = new Frame(title, "", yTitle, new Axis([-0.5, categories.Count - 0.5], padding: 0), ys, width, height, series.Count > 1 ? series.Select(bar => bar.Name).ToList() : [], categories);
        var thickness = frame.Unit * 0.8 / series.Count;
        for (var s = 0; s < series.Count; s++)
        {
            for (var i = 0; i < categories.Count; i++)
            {
                var value = series[s].Values[i];
                if (!double.IsFinite(value))
                {
                    continue;
                }

                var x = frame.X(i) - (frame.Unit * 0.4) + (s * thickness);
                var (top, zero) = (frame.Y(Math.Max(0, value)), frame.Y(Math.Min(0, value)));
                frame.Picture.Rectangle(x + 1, top, thickness - 2, zero - top, Svg.Colors[s % Svg.Colors.Length], 0.85);
                if (series[s].Errors?[i] is { } error)
                {
                    var middle = x + (thickness / 2);
                    frame.Picture.Line(middle, frame.Y(value - error), middle, frame.Y(value + error), Svg.Ink, 1.2);
                }
                else if (thickness > 24)
                {
                    frame.Picture.Text(x + (thickness / 2), top - 4, Axis.Written(value, 0.1), Svg.Faint, 10, "middle");
                }
            }
        }

        return frame.Chart(altText ?? $"{title}. " + string.Join(" ", series.Select(bar =>
            $"{bar.Name}: {string.Join(", ", categories.Select((category, i) => $"{category} {Axis.Written(bar.Values[i], 0.01)}"))}.")));
    }

    /// <summary>How often values fall into bins; several groups as outlines over each other, each as a share of its own count.</summary>
    public static Chart Histogram(string title, string xTitle, IEnumerable<(string Name, IEnumerable<double> Values)> distributions, int bins = 40, string? altText = null, int width = 520, int height = 300)
    {
        var groups = distributions.Select(group => (group.Name, Values: group.Values.ToList())).ToList();
        var all = groups.SelectMany(group => group.Values).Where(double.IsFinite).ToList();
        var (low, high) = all.Count == 0 ? (0, 1) : (all.Min(), all.Max());
        var size = high > low ? (high - low) / bins : 1;

        // Whole numbers get whole bins, so that no bin holds more of them than its neighbor.
        if (all.All(value => value == Math.Floor(value)))
        {
            size = Math.Max(1, Math.Ceiling(size));
        }

        var count = Math.Max(1, (int)Math.Floor((high - low) / size) + 1);
        var shares = groups.Select(group =>
        {
            var heights = new double[count];
            foreach (var value in group.Values.Where(double.IsFinite))
            {
                heights[Math.Min(count - 1, (int)((value - low) / size))] += 100.0 / group.Values.Count;
            }

            return heights;
        }).ToList();
        var frame = new Frame(title, xTitle, "share, %", new Axis([low, low + (count * size)], padding: 0.01), new Axis([0, .. shares.SelectMany(heights => heights)], fromZero: true), width, height, groups.Select(group => $"{group.Name} ({group.Values.Count:N0})").ToList());
        for (var g = 0; g < groups.Count; g++)
        {
            List<(double, double)> outline = [(frame.X(low), frame.Y(0))];
            for (var i = 0; i < count; i++)
            {
                outline.Add((frame.X(low + (i * size)), frame.Y(shares[g][i])));
                outline.Add((frame.X(low + ((i + 1) * size)), frame.Y(shares[g][i])));
            }

            outline.Add((frame.X(low + (count * size)), frame.Y(0)));
            frame.Picture.Area(outline, Svg.Colors[g % Svg.Colors.Length], 0.18);
            frame.Picture.Path(outline, Svg.Colors[g % Svg.Colors.Length], Svg.Dashes[g % Svg.Dashes.Length], 1.4);
        }

        return frame.Chart(altText ?? $"{title}. " + string.Join(" ", groups.Where(group => group.Values.Count > 0).Select(group =>
            $"{group.Name}: {group.Values.Count} values, mean {Axis.Written(group.Values.Average(), 0.1)}, from {Axis.Written(group.Values.Min(), 0.1)} to {Axis.Written(group.Values.Max(), 0.1)}.")));
    }

    /// <summary>Parts of a whole at each of a run's steps, on top of each other.</summary>
    public static Chart Stacked<T>(string title, string yTitle, IReadOnlyList<T> steps, IReadOnlyList<(string Name, Func<T, double> Value)> parts, int width = 520) =>
        Stacked(title, "step", yTitle, [.. parts.Select(part => Series.Of(part.Name, steps.Select(part.Value)))], width: width);

    /// <summary>Parts of a whole at each step, on top of each other.</summary>
    public static Chart Stacked(string title, string xTitle, string yTitle, IReadOnlyList<Series> parts, string? altText = null, int width = 620, int height = 300)
    {
        var steps = parts[0].Y.Count;
        var tops = new double[parts.Count + 1][];
        tops[0] = new double[steps];
        for (var p = 0; p < parts.Count; p++)
        {
            tops[p + 1] = [.. Enumerable.Range(0, steps).Select(i => tops[p][i] + parts[p].Y[i])];
        }

        var frame = new Frame(title, xTitle, yTitle, new Axis(parts[0].X, padding: 0.01), new Axis([0, .. tops[^1]], fromZero: true), width, height, parts.Select(part => part.Name).ToList());
        for (var p = 0; p < parts.Count; p++)
        {
            frame.Picture.Area(
                [.. Enumerable.Range(0, steps).Select(i => (frame.X(parts[p].X[i]), frame.Y(tops[p + 1][i]))), .. Enumerable.Range(0, steps).Reverse().Select(i => (frame.X(parts[p].X[i]), frame.Y(tops[p][i])))],
                Svg.Colors[p % Svg.Colors.Length], 0.75);
        }

        return frame.Chart(altText ?? $"{title}. On average " + string.Join(", ", parts.Select(part => $"{part.Name} {Axis.Written(part.Y.DefaultIfEmpty(0).Average(), 0.1)}")) + ".");
    }

    /// <summary>Charts side by side in one picture.</summary>
    public static Chart Grid(int columns, params IReadOnlyList<Chart> charts)
    {
        var (width, height) = (charts.Max(chart => chart.Width), charts.Max(chart => chart.Height));
        var rows = (charts.Count + columns - 1) / columns;
        var picture = new Svg(width * columns, height * rows);
        for (var i = 0; i < charts.Count; i++)
        {
            picture.Place(charts[i]._picture, i % columns * width, i / columns * height);
        }

        return new Chart(picture, width * columns, height * rows, string.Join(" ", charts.Select(chart => chart.AltText)));
    }

    /// <summary>The picture as an SVG file.</summary>
    public string ToSvg() => _picture.Whole(AltText);

    public string ToHtml() => _picture.Image(AltText);

    // Finite values that follow each other.
    private static IEnumerable<List<(double X, double Y)>> Runs(Series line, bool logarithmic)
    {
        List<(double, double)> run = [];
        for (var i = 0; i < line.Y.Count; i++)
        {
            if (double.IsFinite(line.Y[i]) && (!logarithmic || line.Y[i] > 0))
            {
                run.Add((line.X[i], line.Y[i]));
            }
            else if (run.Count > 0)
            {
                yield return run;
                run = [];
            }
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    // A long line keeps the smallest and the largest value of each of 200 stretches, in order: its envelope is exact.
    private static List<(double X, double Y)> Thinned(List<(double X, double Y)> points)
    {
        if (points.Count <= MostPoints)
        {
            return points;
        }

        List<(double X, double Y)> kept = [points[0]];
        foreach (var stretch in points.Chunk((points.Count + (MostPoints / 2) - 1) / (MostPoints / 2)))
        {
            var (least, most) = (Array.IndexOf(stretch, stretch.MinBy(point => point.Y)), Array.IndexOf(stretch, stretch.MaxBy(point => point.Y)));
            kept.AddRange(least == most ? [stretch[least]] : least < most ? [stretch[least], stretch[most]] : [stretch[most], stretch[least]]);
        }

        kept.Add(points[^1]);
        return kept;
    }

    /// <summary>Title, axes, grid and legend, and where values lie within them.</summary>
    private sealed class Frame
    {
        private readonly Axis _xs;
        private readonly Axis _ys;
        private readonly int _width;
        private readonly int _height;
        private readonly int _top;

        public Frame(string title, string xTitle, string yTitle, Axis xs, Axis ys, int width, int height, IReadOnlyList<string> legend, IReadOnlyList<string>? categories = null)
        {
            (_xs, _ys, _width, _height) = (xs, ys, width, height);
            Picture = new Svg(width, height);
            Picture.Text(14, 22, title, size: 14, bold: true);
            _top = legend.Count > 0 ? Top + 18 : Top;
            var at = (double)Left;
            for (var i = 0; i < legend.Count; i++)
            {
                Picture.Path([(at, 40), (at + 18, 40)], Svg.Colors[i % Svg.Colors.Length], Svg.Dashes[i % Svg.Dashes.Length], 2.4);
                Picture.Text(at + 23, 44, legend[i], Svg.Ink, 11);
                at += 40 + (legend[i].Length * 6.1);
            }

            foreach (var (value, label) in ys.Ticks(height > 240 ? 5 : 4))
            {
                if (ys.At(value) is >= -1e-9 and <= 1 + 1e-9)
                {
                    Picture.Line(Left, Y(value), width - Right, Y(value), Svg.Grid);
                    Picture.Text(Left - 7, Y(value) + 4, label, Svg.Faint, 11, "end");
                }
            }

            if (categories is null)
            {
                foreach (var (value, label) in xs.Ticks(width > 400 ? 7 : 4))
                {
                    if (xs.At(value) is >= -1e-9 and <= 1 + 1e-9)
                    {
                        Picture.Text(X(value), height - Bottom + 17, label, Svg.Faint, 11, "middle");
                    }
                }
            }
            else
            {
                for (var i = 0; i < categories.Count; i++)
                {
                    Picture.Text(X(i), height - Bottom + 17, categories[i], Svg.Ink, 11, "middle");
                }
            }

            Picture.Line(Left, height - Bottom, width - Right, height - Bottom, Svg.Faint);
            Picture.Text((Left + width - Right) / 2.0, height - 10, xTitle, Svg.Ink, 12, "middle");
            Picture.Text(15, (_top + height - Bottom) / 2.0, yTitle, Svg.Ink, 12, "middle", turn: -90);
        }

        public Svg Picture { get; }

        /// <summary>Pixels of one category.</summary>
        public double Unit => X(1) - X(0);

        public double X(double value) => Left + (_xs.At(value) * (_width - Left - Right));

        public double Y(double value) => _height - Bottom - (_ys.At(value) * (_height - Bottom - _top));

        public Chart Chart(string alternative) => new(Picture, _width, _height, alternative);
    }
}
