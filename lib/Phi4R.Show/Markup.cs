using System.Globalization;
using System.Net;

namespace Phi4R.Show;

/// <summary>Pieces of HTML that say the same with styles and, where a notebook strips them, without.</summary>
internal static class Markup
{
    /// <summary>Text as HTML, without what neither HTML nor XML can hold.</summary>
    public static string Escaped(string text) =>
        WebUtility.HtmlEncode(Svg.Printable(text.Replace('\n', ' ').Replace('\t', ' ')));

    /// <summary>Text as HTML whose lines stay lines.</summary>
    public static string Lines(string text) =>
        string.Join("<br/>", text.ReplaceLineEndings("\n").Split('\n').Select(Escaped));

    /// <summary>
    /// A background that leaves any theme's text readable: one of the series' colors, mostly transparent.
    /// </summary>
    public static string Tint(int series, double opacity)
    {
        var color = Convert.ToInt32(Palette.Of(series).Light[1..], 16);
        return string.Create(CultureInfo.InvariantCulture,
            $"background:rgba({color >> 16},{(color >> 8) & 255},{color & 255},{opacity})");
    }

    /// <summary>A span of time as a person says it.</summary>
    public static string Time(double seconds) => seconds switch
    {
        < 0.0995 => string.Create(CultureInfo.InvariantCulture, $"{1000 * seconds:0} ms"),
        < 9.95 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 89.5 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s"),
        < 3570 => string.Create(CultureInfo.InvariantCulture,
            $"{Math.Floor(Math.Round(seconds) / 60):0} min {Math.Round(seconds) % 60:00} s"),
        < 86400 * 2 => string.Create(CultureInfo.InvariantCulture,
            $"{Math.Floor(Math.Round(seconds / 60) / 60):0} h {Math.Round(seconds / 60) % 60:00} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.0} days"),
    };

    /// <summary>An amount of memory as a person says it.</summary>
    public static string Memory(double bytes) => Math.Abs(bytes) >= 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");
}
