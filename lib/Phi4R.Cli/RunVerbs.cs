using System.CommandLine;
using Phi4R.Evaluation;
using Phi4R.Runs;
using Phi4R.Show;

namespace Phi4R.Cli;

/// <summary>What a run is asked when it is over, or while it goes on: reports, steps, differences, ledgers.</summary>
internal static class RunVerbs
{
    public static IEnumerable<Command> All(IReadOnlyList<StageDefinition>? stages = null) =>
        [Report(), Steps(), Variants(), Diff(stages), ExportTensorBoard(), Ledger()];

    private static Command Report()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "A run's folder, a folder of run records, such as data/runs, or one that phi4r eval wrote.",
            DefaultValueFactory = _ => Path.Combine("data", "runs"),
        };
        var profile = new Option<string>("--profile")
        {
            Description = "Which records.",
            DefaultValueFactory = _ => "pocket",
        };
        var figure = new Option<string?>("--figure") { Description = "Also draws the table into this SVG file." };
        var output = new Option<string?>("--out")
        {
            Description = "Of a run's report, where report.md and index.html are written: the folder of the run's "
                + "pages, unless told otherwise.",
        };
        var command = new Command("report", "Writes the report of a run (index.html) or of an evaluation "
            + "(report.html), a page to send to a colleague; or puts the records of several seeds together: what each "
            + "stage gained, and how sure that is.")
        {
            folder,
            profile,
            figure,
            output,
        };
        command.SetAction(words => EvalVerbs.Clearly("report", () =>
        {
            var place = EvalVerbs.Folder(words.GetValue(folder)!);
            if (EvaluationFolder.Is(place))
            {
                Console.WriteLine(EvaluationPage.Write(place));
                return 0;
            }

            if (File.Exists(Path.Combine(place, "run.json")))
            {
                Console.WriteLine(RunPage.Write(place, words.GetValue(output)));
                return 0;
            }

            var summary = RunRecord.Together(place, words.GetValue(profile)!);
            Console.WriteLine(summary.ToMarkdown());
            if (words.GetValue(figure) is { } path)
            {
                File.WriteAllText(path, RunPage.Bars(summary).ToSvg());
            }

            return 0;
        }));
        return command;
    }

    private static Command Steps()
    {
        var run = new Argument<string>("run") { Description = "A run's folder; it may still run." };
        var value = new Option<string>("--value")
        {
            Description = "What is shown: a number of the steps, such as loss, gradientNorm, meanReward, "
                + "update/entropy.",
            DefaultValueFactory = _ => "loss",
        };
        var figure = new Option<string?>("--figure")
        {
            Description = "Also draws the curve of each stage into this SVG file.",
        };
        var command = new Command("steps", "Shows how far each stage's steps are and how a number of theirs went, "
            + "from the run's files alone.")
        {
            run,
            value,
            figure,
        };
        command.SetAction(words => RecipeVerbs.Clearly("steps", () =>
        {
            var name = words.GetValue(value)!;
            var stages = StageSteps.OfRun(words.GetValue(run)!);
            var curves =
                stages.Select(
                    stage => (stage.Stage, Steps: stage.Steps.Where(step => step.Values.ContainsKey(name)).ToList()))
                        .Where(stage => stage.Steps.Count > 0).ToList();
            if (curves.Count == 0)
            {
                throw new ArgumentException(stages.Count == 0 ? $"{words.GetValue(run)} holds no steps; name the "
                    + "folder of a run." : $"No step there tells of '{name}'; there are "
                    + $"{string.Join(", ", stages.SelectMany(stage =>
                        stage.Steps[^1].Values.Keys).Distinct(StringComparer.Ordinal))}.");
            }

            Console.WriteLine(Table.Of(
                $"Steps, and {name} of the first and the last",
                ["stage", "steps", "of", "seconds", "first", "last", "is"],
                stages.Select(stage => new object?[]
                {
                    stage.Stage, stage.Steps.Count, stage.Steps[^1].Count, Math.Round(
                        stage.Steps.Sum(step => step.Seconds), 1),
                    Of(stage.Steps[0]), Of(stage.Steps[^1]), stage.Finished ? "finished" : "under way, or stopped",
                })).ToMarkdown());
            if (words.GetValue(figure) is { } path)
            {
                File.WriteAllText(path, Chart.Grid(Math.Min(3, curves.Count), [.. curves.Select(curve => Chart.Lines(
                    curve.Stage, "step", name,
                    [new Series
                    {
                        Name = name,
                        X = [.. curve.Steps.Select(step => (double)step.Number)],
                        Y = [.. curve.Steps.Select(step => step.Values[name])],
                    }], width: 320, height: 220))]).ToSvg());
            }

            object? Of(StageSteps.Step step) =>
                step.Values.TryGetValue(name, out var number) ? double.Round(number, 4) : null;
        }));
        return command;
    }

    private static Command Variants()
    {
        var runs = new Argument<string[]>("runs")
        {
            Description = "Folders of runs; earlier tries of a stage stand in one.",
            Arity = ArgumentArity.OneOrMore,
        };
        var stage = new Option<string>("--stage") { Description = "The stage, such as dpo.", Required = true };
        var value = new Option<string>("--value")
        {
            Description = "What is compared: a number of the steps, such as loss, margin, meanReward.",
            DefaultValueFactory = _ => "loss",
        };
        var figure = new Option<string?>("--figure") { Description = "Also draws the curves into this SVG file." };
        var command = new Command("compare-runs", "Shows all tries of a stage side by side: the settings that differ, "
            + "how the steps went, and what each model was worth.")
        {
            runs,
            stage,
            value,
            figure,
        };
        command.SetAction(words => RecipeVerbs.Clearly("compare-runs", () =>
        {
            var variants = StageVariant.Of(words.GetRequiredValue(runs), words.GetRequiredValue(stage));
            Console.WriteLine(Show.Variants.Table(variants, words.GetRequiredValue(value)).ToMarkdown());
            if (words.GetValue(figure) is { } path)
            {
                File.WriteAllText(path, Show.Variants.Curves(variants, words.GetRequiredValue(value)).ToSvg());
            }
        }));
        return command;
    }

    private static Command Diff(IReadOnlyList<StageDefinition>? stages)
    {
        var first = new Argument<string>("run")
        {
            Description = "A run's folder, or the folder of a record (run.json).",
        };
        var second = new Argument<string>("other") { Description = "The other's." };
        const string Help = "Says why two runs differ: processor, versions, code, settings, data, "
            + "and the first stage and step that are not the same.";
        var command = new Command("diff", Help) { first, second };
        command.SetAction(words => RecipeVerbs.Clearly("diff", () =>
        {
            var diff = RunDiff.Of(words.GetValue(first)!, words.GetValue(second)!, stages);
            Console.WriteLine(diff.Verdict);
            foreach (var line in diff.Lines)
            {
                Console.WriteLine($"  {line}");
            }
        }));
        return command;
    }

    private static Command ExportTensorBoard()
    {
        var run = new Argument<string>("run") { Description = "A run's folder." };
        var output = new Option<string?>("--out")
        {
            Description = "Where the event files go; tensorboard/ in the run's folder unless told otherwise.",
        };
        var command = new Command("export-tensorboard", "Writes the steps of every stage, the one that still runs "
            + "too, as event files, a folder for each stage: tensorboard --logdir FOLDER shows them.")
        {
            run,
            output,
        };
        command.SetAction(words => RecipeVerbs.Clearly("export-tensorboard", () =>
        {
            var folder = words.GetValue(output) ?? Path.Combine(words.GetValue(run)!, "tensorboard");
            foreach (var (stage, steps, curves) in TensorBoard.Export(words.GetValue(run)!, folder))
            {
                Console.WriteLine($"{stage}: {steps} steps, {curves} curves");
            }

            Console.WriteLine(folder);
        }));
        return command;
    }

    private static Command Ledger()
    {
        var run = new Argument<string>("run") { Description = "A run's folder." };
        var command = new Command("ledger",
            "Lists all that the stages of a run left out, truncated or skipped, and why.")
        {
            run,
        };
        command.SetAction(words => RecipeVerbs.Clearly("ledger", () =>
        {
            foreach (var line in RunRecord.LedgerOf(words.GetValue(run)!))
            {
                Console.WriteLine($"{line.Stage}: {line.Count} {line.What}: {line.Why}");
            }
        }));
        return command;
    }
}
