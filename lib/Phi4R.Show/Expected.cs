using Phi4R.Recipes;
using Phi4R.Runs;

namespace Phi4R.Show;

/// <summary>A number with the range in which it should lie.</summary>
/// <param name="Measured">What this run gave; not a number where it was not measured.</param>
/// <param name="Low">The lower end of what is expected; minus infinity where there is none.</param>
/// <param name="High">The upper end; infinity where there is none.</param>
/// <param name="Unit">Such as %, nats or tokens; empty for a bare number.</param>
public sealed record Expectation(string Name, double Measured, double Low, double High, string Unit = "")
{
    /// <summary>Whether anything is expected.</summary>
    public bool HasRange => double.IsFinite(Low) || double.IsFinite(High);

    /// <summary>What the comparison says, in a word or two.</summary>
    public string Verdict => double.IsNaN(Measured) ? "not measured" : !HasRange ? "no range"
        : Measured < Low ? "below" : Measured > High ? "above" : "as expected";

    /// <summary>The range in words.</summary>
    public string Range => (double.IsFinite(Low), double.IsFinite(High)) switch
    {
        (true, true) => $"{Numbers.Written(Low)} to {Numbers.Written(High)}",
        (true, false) => $"at least {Numbers.Written(Low)}",
        (false, true) => $"at most {Numbers.Written(High)}",
        _ => "–",
    };
}

/// <summary>Measured values beside what was expected, so that a reader knows that a step worked.</summary>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class Expected : IFigure
{
    private const int Width = 860;
    private const int RowHeight = 32;
    private const int ScaleLeft = 480;
    private const int ScaleWidth = 220;

    private readonly string _title;
    private readonly IReadOnlyList<Expectation> _rows;

    private Expected(string title, IReadOnlyList<Expectation> rows) => (_title, _rows) = (title, rows);

    public string AltText => $"{_title}. " + string.Join(" ", _rows.Select(row => double.IsNaN(row.Measured)
        ? $"{row.Name}: not measured, expected {row.Range}{Unit(row)}."
        : !row.HasRange ? $"{row.Name}: {Numbers.Written(row.Measured)}{Unit(row)}."
        : $"{row.Name}: {Numbers.Written(row.Measured)}{Unit(row)}, expected {row.Range}, {row.Verdict}."));

    /// <summary>One row for each value.</summary>
    /// <exception cref="ArgumentException">A range is empty; the message names it.</exception>
    public static Expected Beside(string title, params IReadOnlyList<Expectation> rows) =>
        rows.FirstOrDefault(row => !(row.Low <= row.High)) is { } empty
            ? throw new ArgumentException($"'{empty.Name}' is expected from {empty.Low} to {empty.High}; the first "
                + "must not be above the second.")
            : new Expected(title, rows);

    /// <summary>
    /// One row for each value, with the range that is kept for it where the recipe is the pocket's and nothing is
    /// changed.
    /// </summary>
    /// <param name="part">What the values are of; ranges are kept under it.</param>
    /// <exception cref="ArgumentException">
    /// No range is kept under such a name; the message lists those there are.
    /// </exception>
    public static Expected Of(string part, Recipe recipe,
        params IReadOnlyList<(string Name, double Measured, string Unit)> values)
    {
        var ranges = values.Select(value => ExpectedRanges.Of(recipe, part, value.Name)).ToList();
        var title = ranges.All(range => range is null)
            ? $"{part} (ranges are known for the pocket recipe as it is, and for no other)"
            : part;
        return Beside(title, [.. values.Zip(ranges, (value, range) => new Expectation(
            value.Name, value.Measured, range?.Low ?? double.NegativeInfinity, range?.High ?? double.PositiveInfinity,
            value.Unit))]);
    }

    public string ToHtml()
    {
        var height = 62 + (_rows.Count * RowHeight);
        var picture = new Svg(Width, height);
        picture.Text(14, 24, Svg.Fitted(_title, Width - 28, 14, bold: true), Palette.Ink, 14, bold: true);
        picture.Text(340, 46, "measured", Palette.Faint, 11, "end");
        picture.Text(356, 46, "expected", Palette.Faint, 11);
        for (var i = 0; i < _rows.Count; i++)
        {
            Row(picture, _rows[i], 52 + (i * RowHeight));
        }

        return picture.Image(AltText);
    }

    private static string Unit(Expectation row) => row.Unit.Length > 0 ? $" {row.Unit}" : "";

    private static void Row(Svg picture, Expectation row, double top)
    {
        var line = top + 21;
        picture.Line(14, top, Width - 14, top, Palette.Grid);
        picture.Text(14, line, Svg.Fitted(row.Name, 220, 12), Palette.Ink, 12);
        picture.Text(340, line, double.IsNaN(row.Measured)
            ? "–"
            : Svg.Fitted($"{Numbers.Written(row.Measured)}{Unit(row)}", 110, 13, bold: true), Palette.Ink, 13, "end",
                bold: true);
        picture.Text(356, line, Svg.Fitted(row.Range, 116, 12), Palette.Faint, 12);
        var good = row.Verdict == "as expected";
        var judged = row.HasRange && !double.IsNaN(row.Measured);
        var color = !judged ? Palette.Faint : good ? Palette.Good : Palette.Bad;
        if (row.HasRange)
        {
            Scale(picture, row, top + 16, color);
        }

        var sign = !judged ? "–" : good ? "✓" : row.Verdict == "below" ? "▼" : "▲";
        picture.Text(ScaleLeft + ScaleWidth + 22, line, $"{sign} {row.Verdict}", color, 12, bold: judged && !good);
    }

    // The range is the band in the middle of the scale; a value far outside stands at its end.
    private static void Scale(Svg picture, Expectation row, double middle, Shade color)
    {
        picture.Line(ScaleLeft, middle, ScaleLeft + ScaleWidth, middle, Palette.Grid, 2);
        var measured = double.IsFinite(row.Measured) ? row.Measured : 0;
        var (low, high) = (double.IsFinite(row.Low)
            ? row.Low
            : Math.Min(measured, row.High) - 1, double.IsFinite(row.High) ? row.High : Math.Max(measured, row.Low) + 1);
        var spread = high > low ? high - low : Math.Max(1e-9, Math.Abs(low) * 0.1);
        double At(double value) =>
            ScaleLeft + (ScaleWidth * Math.Clamp(0.3 + (0.4 * (value - low) / spread), 0.02, 0.98));
        var (from, to) = (double.IsFinite(row.Low) ? At(low) : ScaleLeft, double.IsFinite(row.High)
            ? At(high)
            : ScaleLeft + ScaleWidth);
        picture.Rectangle(from - (from == to ? 2 : 0), middle - 7, Math.Max(4, to - from), 14, Palette.Tint,
            stroke: Palette.Faint, radius: 3);
        if (!double.IsNaN(row.Measured))
        {
            var at = double.IsPositiveInfinity(row.Measured)
                ? ScaleLeft + ScaleWidth
                : double.IsNegativeInfinity(row.Measured) ? ScaleLeft
                : At(row.Measured);
            picture.Dot(at, middle, color, 5.5, Palette.Paper);
        }
    }
}
