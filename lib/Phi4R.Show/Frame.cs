namespace Phi4R.Show;

/// <summary>Title, axes, grid and legend of one panel, and where values lie within them.</summary>
internal sealed class Frame
{
    private const int Edge = 14;
    private const int Small = 11;
    private const double Slant = 32;

    private readonly Axis _xs;
    private readonly Axis _ys;
    private readonly double _left;
    private readonly double _right;
    private readonly double _top;
    private readonly double _bottom;

    /// <param name="legend">
    /// Names with the number of their color; none for a single series that the title names.
    /// </param>
    /// <param name="categories">Names under the places 0, 1, 2 and so on; null where the x axis has numbers.</param>
    public Frame(Plot plot, string yTitle, Axis xs, Axis ys, IReadOnlyList<(string Name, string Dash)> legend,
        IReadOnlyList<string>? categories = null)
    {
        (_xs, _ys) = (xs, ys);
        Picture = new Svg(plot.Width, plot.Height);
        Picture.Text(Edge, 23, Svg.Fitted(plot.Title, plot.Width - (2 * Edge), 14, bold: true), Palette.Ink, 14,
            bold: true);
        var y = 41;
        if (yTitle.Length > 0)
        {
            Picture.Text(Edge, y, Svg.Fitted(yTitle, plot.Width - (2 * Edge), Small), Palette.Faint, Small);
            y += 17;
        }

        _top = Legend(legend, plot.Width, y) - 2;
        var ticks = ys.IsEmpty
            ? []
            : ys.Ticks(plot.Height > 240 ? 5 : 4).Where(tick => ys.At(tick.Value) is >= -1e-9 and <= 1 + 1e-9).ToList();
        _left = Math.Max(34, Edge + 6 + ticks.Select(tick => Svg.WidthOf(tick.Label, Small)).DefaultIfEmpty(0).Max());
        _right = plot.Width - 18;
        var slanted = categories is { Count: > 0 } && !FitsFlat(categories);
        var room = slanted
            ? Math.Min(84, 12 + (categories!.Max(name => Svg.WidthOf(name, Small)) * Math.Sin(Slant * Math.PI / 180)))
            : categories is null ? 20
            : categories.Any(name => Lines(name).Length > 1) ? 33
            : 20;
        _bottom = plot.Height - room - (plot.XTitle.Length > 0 ? 24 : 8);
        foreach (var (value, label) in ticks)
        {
            Picture.Line(_left, Y(value), _right, Y(value), Palette.Grid);
            Picture.Text(_left - 6, Y(value) + 4, label, Palette.Faint, Small, "end");
        }

        if (categories is not null)
        {
            Names(categories, slanted);
        }
        else if (!xs.IsEmpty)
        {
            Places(plot.Width > 400 ? 7 : 4);
        }

        Picture.Line(_left, _bottom, _right, _bottom, Palette.Faint);
        if (plot.XTitle.Length > 0)
        {
            Picture.Text((_left + _right) / 2, plot.Height - 10, Svg.Fitted(plot.XTitle, _right - _left, Small),
                Palette.Faint, Small, "middle");
        }

        if (ys.IsEmpty)
        {
            Picture.Text((_left + _right) / 2, (_top + _bottom) / 2, "nothing to draw yet", Palette.Faint,
                13, "middle");
        }
    }

    public Svg Picture { get; }

    /// <summary>Pixels of one category.</summary>
    public double Unit => X(1) - X(0);

    public double X(double value) => _left + (_xs.At(value) * (_right - _left));

    public double Y(double value) => _bottom - (_ys.At(value) * (_bottom - _top));

    private static string[] Lines(string name)
    {
        var middle = name.Length > 9 ? Enumerable.Range(0, name.Length).Where(i => name[i] == ' ')
            .OrderBy(i => Math.Abs(i - (name.Length / 2))).FirstOrDefault(-1) : -1;
        return middle < 0 ? [name] : [name[..middle], name[(middle + 1)..]];
    }

    private bool FitsFlat(IReadOnlyList<string> categories)
    {
        var unit = (_right - _left) / categories.Count;
        return categories.All(name => Lines(name).All(line => Svg.WidthOf(line, Small) <= unit - 4));
    }

    // Returns where the drawing may begin.
    private int Legend(IReadOnlyList<(string Name, string Dash)> legend, int width, int y)
    {
        var at = (double)Edge;
        for (var i = 0; i < legend.Count; i++)
        {
            var name = Svg.Fitted(legend[i].Name, width - (2 * Edge) - 28, Small);
            var needed = 28 + Svg.WidthOf(name, Small);
            if (at > Edge && at + needed > width - Edge)
            {
                (at, y) = (Edge, y + 17);
            }

            Picture.Path([(at, y - 4), (at + 20, y - 4)], Palette.Of(i), legend[i].Dash, 3);
            Picture.Text(at + 25, y, name, Palette.Ink, Small);
            at += needed + 12;
        }

        return legend.Count > 0 ? y + 17 : y;
    }

    private void Places(int count)
    {
        foreach (var (value, label) in _xs.Ticks(count))
        {
            if (_xs.At(value) is >= -1e-9 and <= 1 + 1e-9)
            {
                Picture.Line(X(value), _bottom, X(value), _bottom + 4, Palette.Faint);
                Picture.Text(X(value), _bottom + 17, label, Palette.Faint, Small, "middle");
            }
        }
    }

    private void Names(IReadOnlyList<string> categories, bool slanted)
    {
        // Where even slanted names would lie over each other, every second or third is left out.
        var stride = slanted ? Math.Max(1, (int)Math.Ceiling(categories.Count * 15 / (_right - _left))) : 1;
        for (var i = 0; i < categories.Count; i += stride)
        {
            if (slanted)
            {
                var room = Math.Min((_bottom - _top) * 1.2,
                    Math.Min(84 / Math.Sin(Slant * Math.PI / 180), (X(i) - 4) / Math.Cos(Slant * Math.PI / 180)));
                Picture.Text(X(i) + 5, _bottom + 15, Svg.Fitted(categories[i], room, Small), Palette.Ink, Small, "end",
                    turn: -Slant);
                continue;
            }

            foreach (var (k, line) in Lines(categories[i]).Index())
            {
                Picture.Text(X(i), _bottom + 17 + (13 * k), line, Palette.Ink, Small, "middle");
            }
        }
    }
}
