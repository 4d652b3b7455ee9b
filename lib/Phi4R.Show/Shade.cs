namespace Phi4R.Show;

/// <summary>One color of a picture: as a light page wants it, and as a dark one does.</summary>
/// <param name="Name">Letters and digits; the class of the elements that have this color.</param>
internal readonly record struct Shade(string Name, string Light, string Dark);

/// <summary>All colors of all pictures.</summary>
/// <remarks>
/// Source of the series' hues: Okabe and Ito, "Color Universal Design", jfly.uni-koeln.de/color, 2008. Departs from the
/// source: lightness and saturation were moved until each color has a contrast of at least 3:1 with its paper (WCAG
/// 2.2, 1.4.11) and any two are at least 16 apart in CIELAB, seen with normal eyes and as Machado, Oliveira and
/// Fernandes 2009 simulate protanopia and deuteranopia. <c>PaletteTests</c> measures both.
/// </remarks>
internal static class Palette
{
    public static readonly Shade Ink = new("ink", "#1F2328", "#E6EAEE");
    public static readonly Shade Faint = new("faint", "#59636E", "#A3ADB8");
    public static readonly Shade Grid = new("grid", "#E4E7EB", "#2F363D");
    public static readonly Shade Paper = new("paper", "#FFFFFF", "#15191E");
    public static readonly Shade Panel = new("panel", "#F3F5F7", "#20262C");
    public static readonly Shade OnColor = new("oncolor", "#FFFFFF", "#0B0F13");
    public static readonly Shade Good = new("good", "#116B46", "#5BD3A2");
    public static readonly Shade Bad = new("bad", "#A73600", "#FF9C73");
    public static readonly Shade Tint = new("tint", "#E3EEF7", "#1B2F40");

    /// <summary>The colors of series, in the order in which they are given out.</summary>
    public static readonly Shade[] Series =
    [
        new("c0", "#1C5F97", "#4C9FE0"), new("c1", "#A73600", "#E0662F"), new("c2", "#139D6C", "#12A56E"),
        new("c3", "#C677A6", "#E3A0CA"),
        new("c4", "#CA7F00", "#EFA506"), new("c5", "#159CDC", "#9ADBFF"), new("c6", "#4E4E4E", "#767C83"),
    ];

    /// <summary>Dashes that tell lines apart where colors are not seen.</summary>
    public static readonly string[] Dashes = ["", "7 3", "2 3", "9 3 2 3", "12 4", "1 2", "5 2 1 2"];

    public static Shade Of(int series) => Series[series % Series.Length];

    public static string Dash(int series) => Dashes[series % Dashes.Length];
}
