using System.Globalization;
using System.Net;
using System.Text;

namespace Phi4R.Show;

/// <summary>A picture that is being drawn, in the units of CSS pixels.</summary>
internal sealed class Svg(int width, int height)
{
    /// <summary>Okabe and Ito's colors, told apart by those who cannot see red or green. Source: jfly.uni-koeln.de/color, 2008.</summary>
    public static readonly string[] Colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D"];

    /// <summary>Dashes that tell lines apart where colors are not seen.</summary>
    public static readonly string[] Dashes = ["", "7 3", "2 3", "9 3 2 3", "12 4", "1 2", "5 2 1 2"];

    public const string Ink = "#24292f";
    public const string Faint = "#6e7781";
    public const string Grid = "#e3e6ea";
    public const string Paper = "#fcfcfd";

    private readonly StringBuilder _body = new();

    /// <summary>A number as SVG writes it, to a tenth of a pixel.</summary>
    public static string Number(double value) => Math.Round(value, 1).ToString("0.#", CultureInfo.InvariantCulture);

    public void Line(double x1, double y1, double x2, double y2, string color, double thickness = 1) =>
        Add($"<line x1='{Number(x1)}' y1='{Number(y1)}' x2='{Number(x2)}' y2='{Number(y2)}' stroke='{color}' stroke-width='{Number(thickness)}'/>");

    public void Rectangle(double x, double y, double w, double h, string fill, double opacity = 1, string? stroke = null, double radius = 0) =>
        Add($"<rect x='{Number(x)}' y='{Number(y)}' width='{Number(Math.Max(0, w))}' height='{Number(Math.Max(0, h))}' fill='{fill}'"
            + (opacity < 1 ? FormattableString.Invariant($" fill-opacity='{opacity}'") : "")
            + (stroke is null ? "" : $" stroke='{stroke}'") + (radius > 0 ? $" rx='{Number(radius)}'" : "") + "/>");

    public void Path(IEnumerable<(double X, double Y)> points, string color, string dash = "", double thickness = 1.8)
    {
        var text = string.Join(" ", points.Select(point => $"{Number(point.X)},{Number(point.Y)}"));
        Add($"<polyline points='{text}' fill='none' stroke='{color}' stroke-width='{Number(thickness)}' stroke-linejoin='round'" + (dash.Length > 0 ? $" stroke-dasharray='{dash}'" : "") + "/>");
    }

    public void Area(IEnumerable<(double X, double Y)> points, string color, double opacity) =>
        Add(FormattableString.Invariant($"<polygon points='{string.Join(" ", points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))}' fill='{color}' fill-opacity='{opacity}'/>"));

    public void Dot(double x, double y, string color, double radius = 2.6) =>
        Add($"<circle cx='{Number(x)}' cy='{Number(y)}' r='{Number(radius)}' fill='{color}'/>");

    /// <param name="anchor">start, middle or end.</param>
    public void Text(double x, double y, string text, string color = Ink, int size = 12, string anchor = "start", bool bold = false, double turn = 0) =>
        Add($"<text x='{Number(x)}' y='{Number(y)}' fill='{color}' font-size='{size}'" + (anchor == "start" ? "" : $" text-anchor='{anchor}'") + (bold ? " font-weight='600'" : "")
            + (turn == 0 ? "" : $" transform='rotate({Number(turn)} {Number(x)} {Number(y)})'") + $">{WebUtility.HtmlEncode(Printable(text))}</text>");

    /// <summary>Another picture at a place in this one.</summary>
    public void Place(Svg other, double x, double y) => Add($"<g transform='translate({Number(x)} {Number(y)})'>{other._body}</g>");

    /// <summary>The picture as a file.</summary>
    public string Whole(string alternative) =>
        $"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' font-family='system-ui,-apple-system,Segoe UI,Helvetica,Arial,sans-serif' role='img'>"
        + $"<title>{WebUtility.HtmlEncode(Printable(alternative))}</title><rect width='{width}' height='{height}' rx='6' fill='{Paper}' stroke='{Grid}'/>{_body}</svg>";

    /// <summary>The picture as HTML that no notebook strips.</summary>
    public string Image(string alternative) =>
        $"<img alt=\"{WebUtility.HtmlEncode(Printable(alternative))}\" width=\"{width}\" height=\"{height}\" src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(Whole(alternative)))}\">";

    // Control characters are not allowed in XML, escaped or not.
    private static string Printable(string text) => new([.. text.Where(character => !char.IsControl(character))]);

    private void Add(string element) => _body.Append(element);
}
