using System.Globalization;
using System.Text;
using Phi4R.Evaluation;
using Phi4R.Recipes;

namespace Phi4R.Runs;

/// <summary>What each stage of a run gained, and how sure that is; of one run, or of several seeds together.</summary>
/// <param name="Seeds">The runs' seeds.</param>
/// <param name="Rows">One row a model, from the base on.</param>
public sealed record RunSummary(IReadOnlyList<int> Seeds, IReadOnlyList<RunSummary.Row> Rows)
{
    private const double Shown = 0.05;

    /// <summary>One model's results.</summary>
    public sealed record Row
    {
        /// <summary>What the model is called.</summary>
        public required string Model { get; init; }

        /// <summary>pass@1 by benchmark, in order.</summary>
        public required IReadOnlyList<(string Benchmark, Estimate Accuracy)> Benchmarks { get; init; }

        /// <summary>pass@1 over all problems.</summary>
        public required Estimate Pooled { get; init; }

        /// <summary>
        /// Over the row above, by benchmark and last over all problems: paired on the problems; null in the first row.
        /// </summary>
        public required IReadOnlyList<Estimate>? Gains { get; init; }

        /// <summary>Share of answers truncated by the length limit.</summary>
        public required double TruncatedShare { get; init; }

        /// <summary>Share of answers that the verifier could not judge.</summary>
        public required double UnverifiableShare { get; init; }

        /// <summary>pass@1 over all problems of each run, in the order of the seeds.</summary>
        public required IReadOnlyList<double> Runs { get; init; }

        /// <summary>pass@1 of each run on each benchmark: by benchmark, then in the order of the seeds.</summary>
        public required IReadOnlyList<IReadOnlyList<double>> BenchmarkRuns { get; init; }

        /// <summary>The paper's numbers of the same stage, in words; empty where it has none.</summary>
        public string InPaper { get; init; } = "";
    }

    /// <summary>The summary of one or several runs of the same benchmarks.</summary>
    /// <param name="runs">For each seed the results of its models, from the base on.</param>
    /// <param name="stages">The runs' stages; <see cref="Pipeline.Stages"/> by default.</param>
    /// <exception cref="ArgumentException">The runs do not have the same models and benchmarks.</exception>
    public static RunSummary Of(
        IReadOnlyList<(int Seed, IReadOnlyList<ModelResults> Models)> runs,
        IReadOnlyList<StageDefinition>? stages = null) =>
        OfScores([.. runs.Select(run => (run.Seed, Scores(run.Models)))], stages);

    private static IReadOnlyList<RunRecord.ModelScores> Scores(IReadOnlyList<ModelResults> models) =>
        [.. models.Select(RunRecord.ModelScores.Of)];

    /// <summary>The same of recorded scores.</summary>
    /// <exception cref="ArgumentException">The runs do not have the same models and benchmarks.</exception>
    internal static RunSummary OfScores(
        IReadOnlyList<(int Seed, IReadOnlyList<RunRecord.ModelScores> Models)> runs,
        IReadOnlyList<StageDefinition>? stages = null)
    {
        var first = runs[0].Models;
        foreach (var (seed, models) in runs)
        {
            if (!models.Select(Shape).SequenceEqual(first.Select(Shape)))
            {
                throw new ArgumentException(
                    $"The run of seed {seed} has other models or benchmarks than that of seed {runs[0].Seed}; "
                        + "they cannot be put together.");
            }
        }

        List<Row> rows = [];
        IReadOnlyList<RunRecord.ModelScores>? above = null;
        for (var m = 0; m < first.Count; m++)
        {
            IReadOnlyList<RunRecord.ModelScores> models = [.. runs.Select(run => run.Models[m])];
            var accuracies = first[m].Benchmarks.Select((_, b) => OverRuns.Accuracy(On(models, b))).ToList();
            var gains = above is null
                ? null
                : first[m].Benchmarks.Select((_, b) => OverRuns.Gain(On(models, b), On(above, b))).ToList();
            var pooled = OverRuns.Pooled(accuracies);
            rows.Add(new Row
            {
                Model = first[m].Model,
                Benchmarks = [.. first[m].Benchmarks.Zip(accuracies,
                    (scores, accuracy) => (scores.Benchmark, accuracy.Together))],
                Pooled = pooled.Together,
                Gains = gains is null ? null : [.. gains.Append(OverRuns.Pooled(gains)).Select(gain => gain.Together)],
                TruncatedShare = models.Average(
                    model => model.Benchmarks.Average(benchmark => benchmark.TruncatedShare)),
                UnverifiableShare = models.Average(
                    model => model.Benchmarks.Average(benchmark => benchmark.UnverifiableShare)),
                Runs = [.. pooled.Each.Select(run => run.Mean)],
                BenchmarkRuns = [.. accuracies.Select(accuracy =>
                    (IReadOnlyList<double>)[.. accuracy.Each.Select(run => run.Mean)])],
                InPaper = InPaper(first[m].Model, stages ?? Pipeline.Stages),
            });
            above = models;
        }

        return new RunSummary([.. runs.Select(run => run.Seed)], rows);

        static string Shape(RunRecord.ModelScores model) =>
            $"{model.Model}: "
                + $"{string.Join(", ", model.Benchmarks.Select(one => $"{one.Benchmark} {one.Scores.Count}"))}";

        static IReadOnlyList<RunRecord.BenchmarkScores> On(IReadOnlyList<RunRecord.ModelScores> models, int b) =>
            [.. models.Select(model => model.Benchmarks[b])];
    }

    /// <summary>The names of the table's columns.</summary>
    public IReadOnlyList<string> Columns =>
    [
        "model", .. Rows[0].Benchmarks.Select(benchmark => benchmark.Benchmark), "all problems",
        "gain over the row above, 95 % interval over problems",
        .. Seeds.Count > 1 ? ["over problems and trainings"] : Array.Empty<string>(),
        "truncated", "paper: AIME24 / MATH-500 / GPQA-D",
    ];

    /// <summary>
    /// The table's cells as text: pass@1 in percent with its errors, and the paper's row beside each.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Cells
    {
        get
        {
            var gains = Rows.Skip(1).Select(row => row.Gains![^1]).ToList();
            var (these, any) = (Told(gains.ConvertAll(gain => gain.OfTheseRuns())), Told(gains));
            return [.. Rows.Select((row, i) => (IReadOnlyList<string>)
            [
                row.Model,
                .. row.Benchmarks.Select((benchmark, b) =>
                    Percent(benchmark.Accuracy) + (row.Gains is null ? "" : $" ({Signed(row.Gains[b].Mean)})")),
                Percent(row.Pooled),
                i == 0 ? "" : $"{Signed(row.Gains![^1].Mean)} {these[i - 1]}",
                .. Seeds.Count > 1 ? [i == 0 ? "" : any[i - 1]] : Array.Empty<string>(),
                Number(100 * row.TruncatedShare) + " %",
                row.InPaper,
            ])];
        }
    }

    /// <summary>The table in Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendTable(text, Columns, Cells);
        text.AppendLine().AppendLine(
            CultureInfo.InvariantCulture,
            $"pass@1 in percent ± one standard error over problems, then that over answers to the same problems; "
                + $"seed{(Seeds.Count > 1 ? "s" : "")} {string.Join(", ", Seeds)}. "
                + $"Gains are paired on the same problems; one is shown where its p-value, "
                + $"after Holm's correction for the {Rows.Count - 1} of a column, is below 0.05. "
                + $"Answers that the verifier could not judge: "
                + $"{Number(100 * Rows.Average(row => row.UnverifiableShare))} %. "
                + $"The paper's numbers are those of the 3.8B model on its own benchmarks, second-hand.");
        if (Seeds.Count > 1)
        {
            AppendTable(
                text.AppendLine(),
                ["all problems", .. Seeds.Select(seed => $"seed {seed}"), "standard deviation between runs"],
                Rows.Select(Runs));
        }

        return text.ToString();

        static IReadOnlyList<string> Runs(Row row) =>
            [row.Model, .. row.Runs.Select(run => Number(100 * run)), Number(100 * Estimate.Deviation(row.Runs))];
    }

    private static void AppendTable(
        StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        foreach (var row in rows.Prepend([.. columns.Select(_ => "---")]).Prepend(columns))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row)} |");
        }
    }

    private static string InPaper(string model, IReadOnlyList<StageDefinition> stages)
    {
        var name = stages.FirstOrDefault(stage => stage.Model == model)?.PaperRow;
        return string.Join("", Paper.StageTable.Where(row => row.Stage == name).Select(row =>
            $"{Number(row.Aime24)} / {Number(row.Math500)} / {Number(row.GpqaDiamond)}"));
    }

    // Each gain's interval, and whether the family of them leaves it standing.
    private static List<string> Told(IReadOnlyList<Estimate> gains)
    {
        var corrected = Estimate.Holm([.. gains.Select(gain => gain.PValue)]);
        return [.. gains.Zip(corrected, (gain, p) => $"[{Signed(gain.Low)}, {Signed(gain.High)}]"
            + (p >= Shown ? " (not shown)" : gain.Mean < 0 ? " (a loss)" : ""))];
    }

    private static string Percent(Estimate estimate) =>
        $"{Number(100 * estimate.Mean)} ± {Number(100 * estimate.ProblemError)}"
            + (estimate.WithinError is { } within ? $", {Number(100 * within)}" : "");

    private static string Signed(double share) => (100 * share).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>What each run says alone, and what problems' means over the runs say.</summary>
    private sealed record OverRuns(Estimate Means, IReadOnlyList<Estimate> Each)
    {
        public Estimate Together => Each.Count == 1 ? Each[0] : Means.Over(Each);

        public static OverRuns Accuracy(IReadOnlyList<RunRecord.BenchmarkScores> runs) => new(
            Estimate.Of(ByProblem(runs)),
            [.. runs.Select(run => run.Accuracy)]);

        public static OverRuns Gain(
            IReadOnlyList<RunRecord.BenchmarkScores> after, IReadOnlyList<RunRecord.BenchmarkScores> before) => new(
            Estimate.Paired(ByProblem(after), ByProblem(before)),
            [.. after.Zip(before, (run, first) => run.GainOver(first))]);

        public static OverRuns Pooled(IReadOnlyList<OverRuns> parts) => new(
            Estimate.Pooled([.. parts.Select(part => part.Means)]),
            [.. parts[0].Each.Select((_, run) => Estimate.Pooled([.. parts.Select(part => part.Each[run])]))]);

        private static IReadOnlyList<double> ByProblem(IReadOnlyList<RunRecord.BenchmarkScores> runs) =>
            Estimate.OverRuns([.. runs.Select(run => run.Scores)]);
    }
}
