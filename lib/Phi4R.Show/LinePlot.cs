namespace Phi4R.Show;

/// <summary>Lines over a common axis.</summary>
internal sealed record LinePlot(string Title, string XTitle, string YTitle, IReadOnlyList<Series> Lines,
    bool Logarithmic, int Width, int Height)
    : Plot(Title, XTitle, YTitle, Width, Height)
{
    public override string AltText =>
        $"{Title}. "
            + (Lines.Any(line => line.Y.Any(double.IsFinite))
                ? string.Join(" ", Lines.Where(line => line.Y.Count > 0).Select(InWords))
                : "There is no value to draw.");

    public override Svg Draw()
    {
        var drawn = Lines.SelectMany(line =>
            line.Y.Concat(line.Raw ?? []).Concat(line.Low ?? []).Concat(line.High ?? []));
        var xs = new Axis([.. Lines.SelectMany(line => line.X)], padding: 0.01,
            whole: Lines.All(line => line.X.All(double.IsInteger)));
        var named = Lines.Count > 1 || Lines.Any(line => line.Raw is not null);
        var missing = Lines.Sum(line => line.Y.Count(value => !Thinning.IsDrawn(value, Logarithmic)));
        var frame = new Frame(this, WithMissing(missing), xs, new Axis([.. drawn], Logarithmic),
            named ? [.. Lines.Select((line, i) => (line.Name, Palette.Dash(i)))] : []);
        for (var i = 0; i < Lines.Count; i++)
        {
            var (line, color) = (Lines[i], Palette.Of(i));
            if (line.Raw is not null)
            {
                Strokes(frame, line.X, line.Raw, color, "", thickness: 1, opacity: 0.35);
            }

            if (line.Low is not null && line.High is not null)
            {
                Band(frame, line, color);
            }

            Strokes(frame, line.X, line.Y, color, Palette.Dash(i), thickness: 2, opacity: 1);
        }

        return frame.Picture;
    }

    private static string InWords(Series line)
    {
        var finite = line.Y.Where(double.IsFinite).ToList();
        if (finite.Count == 0)
        {
            return $"{line.Name} has no finite value among {line.Y.Count:N0}.";
        }

        return $"{line.Name} goes from {Numbers.Written(line.Y[0])} to {Numbers.Written(line.Y[^1])} over "
            + $"{line.Y.Count:N0} points, lowest {Numbers.Written(finite.Min())}, highest "
            + $"{Numbers.Written(finite.Max())}"
            + (finite.Count < line.Y.Count ? $"; {Missing(line.Y.Count - finite.Count)}." : ".");
    }

    private void Strokes(Frame frame, IReadOnlyList<double> x, IReadOnlyList<double> y, Shade color, string dash,
        double thickness, double opacity)
    {
        foreach (var piece in Thinning.Pieces(x, y, Logarithmic))
        {
            frame.Picture.Path(piece.Select(point => (frame.X(point.X), frame.Y(point.Y))), color, dash,
                thickness, opacity);
            if (piece.Count == 1)
            {
                frame.Picture.Dot(frame.X(piece[0].X), frame.Y(piece[0].Y), color);
            }
        }
    }

    // The band of each piece in which both ends can be drawn.
    private void Band(Frame frame, Series line, Shade color)
    {
        var both = line.Y
            .Select((_, i) => Thinning.IsDrawn(line.Low![i], Logarithmic)
                && Thinning.IsDrawn(line.High![i], Logarithmic)).ToList();
        var lows = Thinning.Pieces(line.X, [.. line.Low!.Select((low, i) => both[i] ? low : double.NaN)], Logarithmic);
        var highs = Thinning.Pieces(line.X, [.. line.High!.Select((high, i) => both[i] ? high : double.NaN)],
            Logarithmic);
        foreach (var (low, high) in lows.Zip(highs))
        {
            frame.Picture.Area(high.Concat(Enumerable.Reverse(low))
                .Select(point => (frame.X(point.X), frame.Y(point.Y))), color, 0.16);
        }
    }
}
