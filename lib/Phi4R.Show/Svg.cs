using System.Globalization;
using System.Net;
using System.Text;

namespace Phi4R.Show;

/// <summary>
/// A picture that is being drawn, in the units of CSS pixels. It is light or dark as the reader's system is, on paper
/// of its own.
/// </summary>
internal sealed class Svg(int width, int height)
{
    private readonly StringBuilder _body = new();
    private readonly SortedDictionary<string, string> _dark = new(StringComparer.Ordinal);

    /// <summary>A number as SVG writes it, to a tenth of a pixel.</summary>
    public static string Number(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>
    /// About how many pixels text takes; rather too many than too few, since the reader's font is not known.
    /// </summary>
    public static double WidthOf(string text, int size, bool bold = false)
    {
        var ems = 0.0;
        foreach (var character in text)
        {
            ems += character switch
            {
                ' ' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or 'i' or 'l' or 'j' or 'I' => 0.32,
                'f' or 't' or 'r' or '(' or ')' or '[' or ']' or '-' or '/' => 0.42,
                'm' or 'w' or 'M' or 'W' or '%' or '@' => 0.95,
                >= 'A' and <= 'Z' => 0.70,
                > '\u2E7F' => 1.0,
                _ => 0.60,
            };
        }

        return ems * size * (bold ? 1.09 : 1);
    }

    /// <summary>The beginning of a text that fits, with three dots where some was left out.</summary>
    public static string Fitted(string text, double room, int size, bool bold = false)
    {
        if (WidthOf(text, size, bold) <= room)
        {
            return text;
        }

        var length = text.Length;
        while (length > 0 && WidthOf(text[..length] + "…", size, bold) > room)
        {
            length--;
        }

        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)].TrimEnd() + "…";
    }

    public void Line(double x1, double y1, double x2, double y2, Shade color, double thickness = 1, string dash = "") =>
        Add($"<line x1='{Number(x1)}' y1='{Number(y1)}' x2='{Number(x2)}' y2='{Number(y2)}' {Stroke(color)} "
            + $"stroke-width='{Number(thickness)}'" + (dash.Length > 0 ? $" stroke-dasharray='{dash}'" : "") + "/>");

    public void Rectangle(double x, double y, double w, double h, Shade padTokenId, double opacity = 1,
        Shade? stroke = null, double radius = 0) =>
        Add($"<rect x='{Number(x)}' y='{Number(y)}' width='{Number(Math.Max(0, w))}' height='{Number(Math.Max(0, h))}' "
            + (stroke is { } line ? Both(padTokenId, line) : Fill(padTokenId))
            + (opacity < 1 ? FormattableString.Invariant($" fill-opacity='{opacity}'") : "")
            + (radius > 0 ? $" rx='{Number(radius)}'" : "") + "/>");

    public void Path(IEnumerable<(double X, double Y)> points, Shade color, string dash = "", double thickness = 1.8,
        double opacity = 1) =>
        Add($"<polyline points='{Joined(points)}' fill='none' {Stroke(color)} stroke-width='{Number(thickness)}' "
            + "stroke-linejoin='round'" + (dash.Length > 0 ? $" stroke-dasharray='{dash}'" : "")
            + (opacity < 1 ? FormattableString.Invariant($" stroke-opacity='{opacity}'") : "") + "/>");

    public void Area(IEnumerable<(double X, double Y)> points, Shade color, double opacity = 1) =>
        Add($"<polygon points='{Joined(points)}' {Fill(color)}"
            + (opacity < 1 ? FormattableString.Invariant($" fill-opacity='{opacity}'") : "") + "/>");

    public void Dot(double x, double y, Shade color, double radius = 2.6, Shade? stroke = null) =>
        Add($"<circle cx='{Number(x)}' cy='{Number(y)}' r='{Number(radius)}' "
            + $"{(stroke is { } line ? Both(color, line) : Fill(color))}/>");

    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, Shade color, int size = 12, string anchor = "start",
        bool bold = false, double turn = 0) =>
        Add($"<text x='{Number(x)}' y='{Number(y)}' {Fill(color)} font-size='{size}'"
            + (anchor == "start" ? "" : $" text-anchor='{anchor}'") + (bold ? " font-weight='600'" : "")
            + (turn == 0 ? "" : $" transform='rotate({Number(turn)} {Number(x)} {Number(y)})'")
            + $">{WebUtility.HtmlEncode(Printable(text))}</text>");

    /// <summary>Another picture at a place in this one.</summary>
    public void Place(Svg other, double x, double y)
    {
        Add($"<g transform='translate({Number(x)} {Number(y)})'>{other._body}</g>");
        foreach (var (name, rule) in other._dark)
        {
            _dark[name] = rule;
        }
    }

    /// <summary>The picture as a file.</summary>
    public string Whole(string alternative)
    {
        var paper = $"<rect x='0.5' y='0.5' width='{width - 1}' height='{height - 1}' rx='6' "
            + $"{Both(Palette.Paper, Palette.Grid)}/>";
        return $"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} "
            + $"{height}' font-family='system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif' role='img'>"
            + $"<title>{WebUtility.HtmlEncode(Printable(alternative))}</title><style>@media "
            + $"(prefers-color-scheme:dark){{{string.Concat(_dark.Values)}}}</style>{paper}{_body}</svg>";
    }

    /// <summary>The picture as HTML that no notebook strips.</summary>
    public string Image(string alternative) =>
        $"<img alt=\"{WebUtility.HtmlEncode(Printable(alternative))}\" width=\"{width}\" height=\"{height}\" "
            + $"src=\"data:image/svg+xml;base64,"
            + $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(Whole(alternative)))}\">";

    // XML allows neither control characters nor halves of surrogate pairs, escaped or not.
    internal static string Printable(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) && rune.Value is not (0xFFFE or 0xFFFF))
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    private static string Joined(IEnumerable<(double X, double Y)> points) =>
        string.Join(" ", points.Select(point => $"{Number(point.X)},{Number(point.Y)}"));

    private string Fill(Shade shade)
    {
        _dark[$"f-{shade.Name}"] = $".f-{shade.Name}{{fill:{shade.Dark}}}";
        return $"fill='{shade.Light}' class='f-{shade.Name}'";
    }

    private string Stroke(Shade shade)
    {
        _dark[$"s-{shade.Name}"] = $".s-{shade.Name}{{stroke:{shade.Dark}}}";
        return $"stroke='{shade.Light}' class='s-{shade.Name}'";
    }

    private string Both(Shade padTokenId, Shade stroke)
    {
        Fill(padTokenId);
        Stroke(stroke);
        return $"fill='{padTokenId.Light}' stroke='{stroke.Light}' class='f-{padTokenId.Name} s-{stroke.Name}'";
    }

    private void Add(string element) => _body.Append(element);
}
