using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Plotly.NET;

namespace Phi4R.Show;

/// <summary>
/// A chart with zoom and hover. Where its script cannot run, in a saved, untrusted notebook or on the web, its static
/// picture stays.
/// </summary>
/// <remarks>
/// The script that draws, plotly.js, comes with the package Plotly.NET and stands beside the notebook while the kernel
/// runs (3.6 MB); a chart loads it from there, without a network, and none of it is in the notebook's file. Jupyter
/// serves it, VS Code finds it by its relative name, and when the kernel ends nothing is left in the folder.
/// </remarks>
[TypeFormatterSource(typeof(FigureFormatters))]
public sealed class InteractiveChart : IFigure
{
    private readonly Chart _chart;
    private readonly string _folder;

    internal InteractiveChart(Chart chart, string folder) => (_chart, _folder) = (chart, folder);

    public string AltText => _chart.AltText;

    /// <summary>The chart for a notebook; puts the script into the folder where it is missing.</summary>
    public string ToHtml()
    {
        PlotlyScript.PutInto(_folder);
        return Markup("");
    }

    /// <summary>
    /// Writes a page of its own, with the script in it: it opens from a disk, without a network and without other
    /// files.
    /// </summary>
    public void Save(string path)
    {
        var script = PlotlyScript.Text.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
        File.WriteAllText(
            path,
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            + $"<title>{Show.Markup.Escaped(_chart.Panels[0].Title)}</title>"
            + "<style>:root{color-scheme:light dark}</style></head>"
            + $"<body>{Markup($"<script>{script}</script>")}</body></html>\n");
    }

    private string Markup(string before)
    {
        var figures = "["
            + string.Join(",", _chart.Panels.Select(panel => GenericChart.toFigureJson(PlotlyTraces.Of(panel)))) + "]";

        // Nothing in a name may end the script's element.
        figures = figures.Replace("<", "\\u003c", StringComparison.Ordinal)
            .Replace("\u2028", "\\u2028", StringComparison.Ordinal)
            .Replace("\u2029", "\\u2029", StringComparison.Ordinal);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(figures)))[..16];
        return string.Create(CultureInfo.InvariantCulture, $"<div data-phi4r-chart=\"{id}\" "
            + $"style=\"display:grid;grid-template-columns:repeat("
            + $"{Math.Min(_chart.Columns, _chart.Panels.Count)},max-content)\">{_chart.ToHtml()}</div>")
            + $"{before}<script>{PlotlyScript.Loader(id, figures)}</script>";
    }
}
