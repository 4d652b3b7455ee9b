using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Notebooks.Pages;
using Phi4R.Runs;
using Phi4R.Show;

namespace Phi4R.Cli;

/// <summary>A run's report as a page, with its pictures inside, and as Markdown beside it.</summary>
internal static class RunPage
{
    private const string Pages = "notebooks";

    /// <summary>Writes report.md and index.html.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="output">Where to; null: where the run's pages are, or else into its folder.</param>
    /// <returns>The page's path.</returns>
    public static string Write(string run, string? output)
    {
        var pages = Path.Combine(run, Pages);
        var folder = output ?? (Directory.Exists(pages) ? pages : run);
        Directory.CreateDirectory(folder);
        var report = RunReport.Of(run);
        List<(string File, string AltText)> pictures = [Draw("report-gains.svg", Bars(report.Summary))];
        var curves = report.Steps
            .Select(stage => (stage.Stage, Steps: stage.Steps.Where(step => step.Values.ContainsKey("loss")).ToList()))
            .Where(stage => stage.Steps.Count > 1).ToList();
        if (curves.Count > 0)
        {
            pictures.Add(Draw("report-losses.svg", Chart.Grid(Math.Min(3, curves.Count), [.. curves.Select(curve =>
                Chart.Lines(curve.Stage, "step", "loss", [new Series
                {
                    Name = "loss",
                    X = [.. curve.Steps.Select(step => (double)step.Number)],
                    Y = [.. curve.Steps.Select(step => step.Values["loss"])],
                }], width: 320, height: 220))])));
        }

        var text = report.ToMarkdown(pictures);
        AtomicFile.WriteText(Path.Combine(folder, "report.md"), text);
        MarkdownPage.Write(text, folder, NotebookPage.IndexName, NotebookPage.In(folder));
        return Path.Combine(folder, NotebookPage.IndexName);

        (string File, string AltText) Draw(string file, Chart chart)
        {
            AtomicFile.WriteText(Path.Combine(folder, file), chart.ToSvg());
            return (file, chart.AltText.ReplaceLineEndings(" "));
        }
    }

    /// <summary>pass@1 by model and benchmark, with intervals over problems.</summary>
    public static Chart Bars(RunSummary summary) => Chart.Bars(
        $"pass@1 by stage, seed{(summary.Seeds.Count > 1 ? "s" : "")} {string.Join(", ", summary.Seeds)}, with 95 % "
            + $"intervals over problems{(summary.Seeds.Count > 1 ? "; a point is a seed" : "")}",
        "%", summary.Rows.Select(row => row.Model).ToList(),
        summary.Rows[0].Benchmarks.Select((benchmark, b) => (benchmark.Benchmark,
            summary.Rows.Select(row => 100 * row.Benchmarks[b].Accuracy.Mean),
            (IEnumerable<double>?)summary.Rows.Select(row => HalfInterval(row.Benchmarks[b].Accuracy.OfTheseRuns())))),
        width: 860, height: 340,
        points: summary.Seeds.Count < 2 ? null
            : [.. summary.Rows[0].Benchmarks.Select((_, b) => (IReadOnlyList<IReadOnlyList<double>>)[.. summary.Rows
                .Select(row => (IReadOnlyList<double>)[.. row.BenchmarkRuns[b].Select(run => 100 * run)])])]);

    private static double HalfInterval(Estimate estimate) => 50 * (estimate.High - estimate.Low);
}
