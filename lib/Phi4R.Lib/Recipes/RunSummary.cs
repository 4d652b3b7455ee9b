using System.Globalization;
using System.Text;
using Phi4R.Evaluation;

namespace Phi4R.Recipes;

/// <summary>What each stage of a run gained, and how sure that is; of one run, or of several seeds together.</summary>
/// <param name="Seeds">The runs' seeds.</param>
/// <param name="Rows">One row a model, from the base on.</param>
public sealed record RunSummary(IReadOnlyList<int> Seeds, IReadOnlyList<RunSummary.Row> Rows)
{
    /// <summary>One model's results.</summary>
    /// <param name="Benchmarks">pass@1 by benchmark, in order.</param>
    /// <param name="Pooled">pass@1 over all problems.</param>
    /// <param name="Gains">Over the row above, by benchmark and last over all problems: paired on the problems; null in the first row.</param>
    /// <param name="CutShare">Share of answers cut by the length limit.</param>
    /// <param name="UnverifiableShare">Share of answers that the verifier could not judge.</param>
    /// <param name="Runs">pass@1 over all problems of each run, in the order of the seeds.</param>
    public sealed record Row(
        string Model,
        IReadOnlyList<(string Benchmark, Estimate Accuracy)> Benchmarks,
        Estimate Pooled,
        IReadOnlyList<Estimate>? Gains,
        double CutShare,
        double UnverifiableShare,
        IReadOnlyList<double> Runs);

    /// <summary>The summary of one or several runs of the same benchmarks.</summary>
    /// <param name="runs">For each seed the results of its models, from the base on.</param>
    /// <exception cref="ArgumentException">The runs do not have the same models and benchmarks.</exception>
    public static RunSummary Of(IReadOnlyList<(int Seed, IReadOnlyList<ModelResults> Models)> runs)
    {
        var first = runs[0].Models;
        foreach (var (seed, models) in runs)
        {
            if (!models.Select(Shape).SequenceEqual(first.Select(Shape)))
            {
                throw new ArgumentException($"The run of seed {seed} has other models or benchmarks than that of seed {runs[0].Seed}; they cannot be put together.");
            }
        }

        List<Row> rows = [];
        IReadOnlyList<IReadOnlyList<double>>? above = null;
        for (var m = 0; m < first.Count; m++)
        {
            var results = runs.Select(run => run.Models[m]).ToList();
            var scores = first[m].Benchmarks.Select((_, b) => Estimate.OverRuns([.. results.Select(result => result.Benchmarks[b].Scores)])).Append(Estimate.OverRuns([.. results.Select(result => result.PooledScores)])).ToList();
            rows.Add(new Row(
                first[m].Model,
                [.. first[m].Benchmarks.Select((benchmark, b) => (benchmark.Benchmark, Estimate.Of(scores[b])))],
                Estimate.Of(scores[^1]),
                above is null ? null : [.. scores.Select((after, b) => Estimate.Paired(after, above[b]))],
                results.Average(result => result.Benchmarks.Average(benchmark => benchmark.CutShare)),
                results.Average(result => result.Benchmarks.Average(benchmark => benchmark.UnverifiableShare)),
                [.. results.Select(result => result.PooledScores.Average())]));
            above = scores;
        }

        return new RunSummary([.. runs.Select(run => run.Seed)], rows);

        static string Shape(ModelResults model) => $"{model.Model}: {string.Join(", ", model.Benchmarks.Select(benchmark => $"{benchmark.Benchmark} {benchmark.Problems.Count}"))}";
    }

    /// <summary>The names of the table's columns.</summary>
    public IReadOnlyList<string> Columns =>
        ["model", .. Rows[0].Benchmarks.Select(benchmark => benchmark.Benchmark), "all problems", "gain over the row above, 95 % interval", "cut", "paper: AIME24 / MATH-500 / GPQA-D"];

    /// <summary>The table's cells as text: pass@1 in percent with its standard error, and the paper's row beside each.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cells => [.. Rows.Select((row, i) => (IReadOnlyList<string>)
    [
        row.Model,
        .. row.Benchmarks.Select((benchmark, b) => Percent(benchmark.Accuracy) + (row.Gains is null ? "" : $" ({Signed(row.Gains[b].Mean)})")),
        Percent(row.Pooled),
        row.Gains is null ? "" : $"{Signed(row.Gains[^1].Mean)} [{Signed(row.Gains[^1].Low)}, {Signed(row.Gains[^1].High)}]" + (row.Gains[^1].Low > 0 ? "" : row.Gains[^1].High < 0 ? " (a loss)" : " (not shown)"),
        Number(100 * row.CutShare) + " %",
        i < Paper.StageTable.Count ? $"{Number(Paper.StageTable[i].Aime24)} / {Number(Paper.StageTable[i].Math500)} / {Number(Paper.StageTable[i].GpqaDiamond)}" : "",
    ])];

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", Columns)} |").AppendLine(string.Concat(Columns.Select(_ => "| --- ")) + "|");
        foreach (var row in Cells)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |");
        }

        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"pass@1 in percent ± one standard error over problems, seed{(Seeds.Count > 1 ? "s" : "")} {string.Join(", ", Seeds)}; gains are paired on the same problems. "
            + $"Answers that the verifier could not judge: {Number(100 * Rows.Average(row => row.UnverifiableShare))} %. The paper's numbers are those of the 3.8B model on its own benchmarks, second-hand.");
        if (Seeds.Count > 1)
        {
            text.AppendLine().Append(BetweenRuns());
        }

        return text.ToString();
    }

    // What one more training would move, which the errors over problems do not hold.
    private string BetweenRuns()
    {
        string[] columns = ["all problems", .. Seeds.Select(seed => $"seed {seed}"), "standard deviation between runs"];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", columns)} |").AppendLine(string.Concat(columns.Select(_ => "| --- ")) + "|");
        foreach (var row in Rows)
        {
            var deviation = Estimate.Of(row.Runs).StandardError * Math.Sqrt(Seeds.Count);
            string[] cells = [row.Model, .. row.Runs.Select(run => Number(100 * run)), Number(100 * deviation)];
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |");
        }

        return text.ToString();
    }

    private static string Percent(Estimate estimate) => $"{Number(100 * estimate.Mean)} ± {Number(100 * estimate.StandardError)}";

    private static string Signed(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
