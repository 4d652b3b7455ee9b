using System.CommandLine;
using System.Text.Json.Nodes;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Recipes;
using Phi4R.Show;

namespace Phi4R.Cli;

/// <summary>What evaluations say of each other, and of the paper's tables.</summary>
internal static class ComparisonVerbs
{
    private static readonly string[] TableNames = [.. PaperTables.All.Select(table => table.Name)];

    public static IEnumerable<Command> All() => [Compare(), Tables()];

    private static Command Compare()
    {
        var first = new Argument<string>("first") { Description = "A folder that phi4r eval wrote." };
        var second = new Argument<string>("second") { Description = "The other's; a gain is its gain over the first." };
        var json = new Option<bool>("--json")
        {
            Description = "Prints an object for each benchmark by its name: gain, ci95, fixed, broken, p.",
        };
        var page = new Option<string?>("--page")
        {
            Description = "Also writes a page of every completion to the problems that one model has right and the "
                + "other has not, to be searched for wrong verdicts.",
        };
        var command = new Command("compare", "Compares two evaluations of the same problems, problem by problem: gain, "
            + "95 % interval, problems fixed and broken, and how probable that is by chance.")
        {
            first,
            second,
            json,
            page,
        };
        command.SetAction(words => EvalVerbs.Clearly("compare", () =>
        {
            string[] named = [EvalVerbs.Folder(words.GetValue(first)!), EvalVerbs.Folder(words.GetValue(second)!)];
            var (before, after) = (Read(named[0]), Read(named[1]));
            var comparisons = EvaluationComparison.Of(before, after);
            var table = EvaluationPage.Compared(comparisons, before.Model, after.Model);
            Console.WriteLine(words.GetValue(json)
                ? Json(comparisons).ToJsonString(JsonLinesVerb.Plain)
                : TerminalText.Inert($"{after.Model} less {before.Model}\n\n{table.ToMarkdown()}"));
            if (words.GetValue(page) is { } path)
            {
                EvaluationPage.WriteDisagreements(before, after, path);
                Console.Error.WriteLine(TerminalText.Inert(Path.GetFullPath(path)));
            }

            return 0;
        }));
        return command;
    }

    private static JsonObject Json(IReadOnlyList<BenchmarkComparison> comparisons) =>
        [.. comparisons.Select(one => KeyValuePair.Create(one.Benchmark, (JsonNode?)new JsonObject
        {
            ["benchmark"] = one.Benchmark,
            ["problems"] = one.Problems,
            ["gain"] = one.Gain.Mean,
            ["ci95"] = new JsonArray(one.Gain.Low, one.Gain.High),
            ["fixed"] = one.Fixed.Count,
            ["broken"] = one.Broken.Count,
            ["p"] = one.PValue,
            ["p_holm"] = one.AdjustedPValue,
            ["left_out"] = one.LeftOut,
        }))];

    private static Command Tables()
    {
        var folders = new Argument<string[]>("folders")
        {
            Description = "Folders that phi4r eval wrote; each goes to the row of its model's name.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var rows = new Option<string[]>("--row")
        {
            Description = "NAME=DIR: the row that a folder belongs to, where the model's name does not say it, such as "
                + "--row \"Phi-4-Mini=runs/eval-base\" or --row sft=runs/eval-sft.",
        };
        var paper = new Option<string>("--paper")
        {
            Description = $"Which of the paper's tables: {string.Join(", ", TableNames)}.",
            DefaultValueFactory = _ => TableNames[0],
        };
        var within = new Option<double>("--within")
        {
            Description = "The largest difference that counts as agreement, in points.",
            DefaultValueFactory = _ => 100 * ReproductionTable.DefaultMargin,
        };
        var markdown = new Option<string?>("--markdown") { Description = "A Markdown file to write the table into." };
        var html = new Option<string?>("--html") { Description = "An HTML file to write the table into." };
        var command = new Command("tables", "Sets evaluations beside the paper's tables: of each number the paper's, "
            + "the group's own later one, ours with its interval, and whether they agree, differ, or cannot be told "
            + "apart with so many samples. Rows that were not measured stay empty.")
        {
            folders,
            rows,
            paper,
            within,
            markdown,
            html,
        };
        command.SetAction(words => EvalVerbs.Clearly("tables", () =>
        {
            var name = words.GetValue(paper)!;
            var published = PaperTables.All.FirstOrDefault(table => table.Name == name)
                ?? throw new ArgumentException(
                    $"--paper is '{name}'; it must be one of {string.Join(", ", TableNames)}.");
            var margin = words.GetValue(within) is > 0 and <= 100 and var points ? points / 100
                : throw new ArgumentException(
                    $"--within is {words.GetValue(within)}; it must be points above 0 and at most 100.");
            var table = ReproductionTable.Of(published,
                [.. (words.GetValue(folders) ?? []).Select(folder => ((string?)null, Read(folder))),
                    .. (words.GetValue(rows) ?? []).Select(Row)], margin);
            if (words.GetValue(markdown) is { } text)
            {
                AtomicFile.WriteText(text, table.ToMarkdown());
            }

            if (words.GetValue(html) is { } page)
            {
                AtomicFile.WriteText(page, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>"
                    + $"phi4r tables</title></head><body>{table.ToHtml()}</body></html>\n");
            }

            Console.WriteLine(TerminalText.Inert(table.ToMarkdown()));
            return 0;
        }));
        return command;
    }

    private static (string?, EvaluationFolder) Row(string word) => word.Split('=', 2) is [{ Length: > 0 } name, var dir]
        ? (name, Read(dir))
        : throw new ArgumentException($"--row is '{word}'; it must be NAME=DIR, such as \"Phi-4-Mini=runs/eval\".");

    // What is said of a part is said with the word that it is one.
    private static EvaluationFolder Read(string path)
    {
        var folder = EvaluationFolder.Read(EvalVerbs.Folder(path));
        if (folder.Report is not { Complete: true })
        {
            Console.Error.WriteLine(TerminalText.Inert($"{path}: not every completion that was asked for is there; "
                + "phi4r eval with the same words goes on. What follows is of those that are."));
        }

        return folder;
    }
}
