using System.Globalization;
using Phi4R.Show;

namespace Phi4R.Tests.Show;

/// <summary>
/// Colors measured by formulas of their own: WCAG 2.2's contrast, CIELAB 1976, and the matrices of Machado, Oliveira
/// and Fernandes 2009 at full severity.
/// </summary>
public sealed class PaletteTests
{
    private static readonly double[][,] Eyes =
    [
        new double[,] { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
        new double[,]
        {
            { 0.152286, 1.052583, -0.204868 },
            { 0.114503, 0.786281, 0.099216 },
            { -0.003882, -0.048116, 1.051998 },
        },
        new double[,]
        {
            { 0.367322, 0.860646, -0.227968 },
            { 0.280085, 0.672501, 0.047413 },
            { -0.011820, 0.042940, 0.968881 },
        },
    ];

    // WCAG's own example: black on white is 21:1; and #777777 on white, known to fail 4.5:1 narrowly, is 4.48:1.
    [Fact]
    public void The_contrast_is_that_of_the_standard()
    {
        Assert.Equal(21, Contrast("#000000", "#FFFFFF"), 6);
        Assert.Equal(4.48, Contrast("#777777", "#FFFFFF"), 2);
    }

    [Fact]
    public void Words_have_a_contrast_of_4_5_and_series_of_3_with_their_paper_light_and_dark()
    {
        foreach (var (shade, paper) in new[]
        {
            Palette.Ink,
            Palette.Faint,
            Palette.Good,
            Palette.Bad,
        }.SelectMany(shade => new[] { Palette.Paper, Palette.Panel, Palette.Tint }.Select(paper => (shade, paper)))
            .Append((Palette.OnColor, Palette.Series[0])))
        {
            Assert.True(Contrast(shade.Light, paper.Light) >= 4.5,
                $"{shade.Name} on {paper.Name}, light: {Contrast(shade.Light, paper.Light):F2}");
            Assert.True(Contrast(shade.Dark, paper.Dark) >= 4.5,
                $"{shade.Name} on {paper.Name}, dark: {Contrast(shade.Dark, paper.Dark):F2}");
        }

        foreach (var shade in Palette.Series)
        {
            Assert.True(Contrast(shade.Light, Palette.Paper.Light) >= 3,
                $"{shade.Light}: {Contrast(shade.Light, Palette.Paper.Light):F2}");
            Assert.True(Contrast(shade.Dark, Palette.Paper.Dark) >= 3,
                $"{shade.Dark}: {Contrast(shade.Dark, Palette.Paper.Dark):F2}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_two_series_are_told_apart_with_and_without_red_and_green(bool dark)
    {
        var colors = Palette.Series.Select(shade => dark ? shade.Dark : shade.Light).ToList();
        foreach (var eye in Eyes)
        {
            var seen = colors.Select(color => Lab(Linear(color), eye)).ToList();
            for (var i = 0; i < seen.Count; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    var distance = Math.Sqrt(seen[i].Zip(seen[j], (a, b) => (a - b) * (a - b)).Sum());
                    Assert.True(distance >= 16, $"{colors[i]} and {colors[j]} are {distance:F1} apart.");
                }
            }
        }
    }

    private static double[] Linear(string color) =>
        [.. Enumerable.Range(0, 3).Select(i => int.Parse(color.AsSpan(1 + (2 * i), 2), NumberStyles.HexNumber) / 255.0)
            .Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4))];

    private static double Luminance(string color) =>
        Linear(color) switch { var c => (0.2126 * c[0]) + (0.7152 * c[1]) + (0.0722 * c[2]) };

    private static double Contrast(string one, string other) =>
        (Math.Max(Luminance(one), Luminance(other)) + 0.05) / (Math.Min(Luminance(one), Luminance(other)) + 0.05);

    private static double[] Lab(double[] color, double[,] eye)
    {
        var c = Enumerable.Range(0, 3)
            .Select(r => Math.Clamp(Enumerable.Range(0, 3).Sum(k => eye[r, k] * color[k]), 0, 1)).ToArray();
        static double F(double t) => t > 0.008856 ? Math.Cbrt(t) : (7.787 * t) + (16.0 / 116);
        var (x, y, z) = (F(((0.4124 * c[0]) + (0.3576 * c[1]) + (0.1805 * c[2])) / 0.9505),
            F((0.2126 * c[0]) + (0.7152 * c[1]) + (0.0722 * c[2])),
            F(((0.0193 * c[0]) + (0.1192 * c[1]) + (0.9505 * c[2])) / 1.089));
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];
    }
}
