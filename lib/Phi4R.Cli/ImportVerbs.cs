using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>Bringing public data sets into the form that recipes learn from.</summary>
internal static class ImportVerbs
{
    public static IEnumerable<Command> All() => [Import(), Decontaminate()];

    private static Command Import()
    {
        var name = new Argument<string>("name")
        {
            Description = $"The set: {string.Join(", ", SetImport.Names)}.",
        };
        var files = new Argument<string[]>("files")
        {
            Description = "Its files (parquet, JSON lines, a JSON array, CSV), folders of them, or a downloaded data "
                + "set: owner/name, owner/name:FILE or owner/name:FOLDER.",
            Arity = ArgumentArity.OneOrMore,
        };
        var directory = new Option<string>("--out")
        {
            Description = "The folder that gets rollouts/*.parquet and problems.jsonl.",
            Required = true,
        };
        var command = new Command("import", "Reads a public data set into rollouts and problems that a recipe can "
            + "name; prints a JSON summary of what there is and what was left out, with the reasons. One that was "
            + "killed goes on when it is started again.")
        {
            name,
            files,
            directory,
        };
        command.SetAction((words, cancel) => Run("import", () => SetImport.Run(words.GetValue(name)!,
            words.GetValue(files)!, words.GetValue(directory)!, Meter(), cancel)));
        return command;
    }

    private static Command Decontaminate()
    {
        var imports = new Argument<string[]>("imports")
        {
            Description = "Folders that phi4r import left.",
            Arity = ArgumentArity.OneOrMore,
        };
        var benchmarks = new Option<string[]>("--benchmark")
        {
            Description = "A file of problems that none may be learned from; may be said several times.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var directory = new Option<string>("--out")
        {
            Description = "The folder that gets rollouts/*.parquet, problems.jsonl, report.md and removed.jsonl.",
            Required = true,
        };
        var words = new Option<int>("--words")
        {
            Description = "Words in a row that no question may share with a benchmark's.",
            DefaultValueFactory = _ => new CleaningConfig().SharedWords,
        };
        var similarity = new Option<double>("--similar")
        {
            Description = "The share of common runs of words from which on two questions are one.",
            DefaultValueFactory = _ => new CleaningConfig().Similarity,
        };
        var command = new Command("decontaminate", "Puts imports together without what a benchmark asks, and each "
            + "problem once; report.md shows what was removed side by side with why. One that was killed goes on when "
            + "it is started again.")
        {
            imports,
            benchmarks,
            directory,
            words,
            similarity,
        };
        command.SetAction((said, cancel) => Run("decontaminate", () => SetCleaning.Run(said.GetValue(imports)!,
            said.GetValue(benchmarks)!, said.GetValue(directory)!,
            new CleaningConfig { SharedWords = said.GetValue(words), Similarity = said.GetValue(similarity) },
            new InlineProgress<long>(looked => Console.Error.Write(Console.IsErrorRedirected
                ? ""
                : $"\r{looked:N0} problems and rollouts   ")), cancel)));
        return command;
    }

    private static Task<int> Run(string verb, Func<ImportSummary> make) => Task.Run(() =>
    {
        try
        {
            var summary = make();
            Tell(summary);
            Console.WriteLine(Written(summary).ToJsonString(JsonLinesVerb.Plain));
            return 0;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidDataException or IOException
            or UnauthorizedAccessException or OperationCanceledException)
        {
            Console.Error.WriteLine($"phi4r {verb}: {exception switch
            {
                OperationCanceledException => "stopped; the same command goes on where it was.",
                _ => TerminalText.Inert(exception.Message),
            }}");
            return 1;
        }
    });

    private static JsonObject Written(ImportSummary summary) => new()
    {
        ["problems"] = summary.Problems,
        ["rollouts"] = summary.Rollouts,
        ["without_reference"] = summary.WithoutReference,
        ["left_out"] = new JsonObject(summary.LeftOut.Select(left =>
            KeyValuePair.Create(left.Why, (JsonNode?)JsonValue.Create(left.Count)))),
        ["first_left_out"] = new JsonObject(summary.LeftOut.Select(left =>
            KeyValuePair.Create(left.Why, (JsonNode?)JsonValue.Create(left.First)))),
    };

    private static void Tell(ImportSummary summary)
    {
        if (summary.Kept > 0)
        {
            Console.Error.WriteLine($"{summary.Kept:N0} completions of an earlier start were kept");
        }

        foreach (var left in summary.LeftOut)
        {
            Console.Error.WriteLine(TerminalText.Inert(
                $"left out: {left.Count,9:N0}  {left.Why} (first: {left.First})"));
        }
    }

    // A line on a terminal that is written over twice a second; else a line every ten seconds.
    private static InlineProgress<ImportProgress> Meter()
    {
        var (clock, last) = (Stopwatch.StartNew(), TimeSpan.Zero);
        return new(report =>
        {
            if (clock.Elapsed - last > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 0.5))
            {
                last = clock.Elapsed;
                Console.Error.Write($"{(Console.IsErrorRedirected ? "" : "\r")}file {report.File} of {report.Files}, "
                    + $"{report.Records:N0} records, {report.Records / clock.Elapsed.TotalSeconds:N0} a second"
                    + (Console.IsErrorRedirected ? "\n" : "   "));
            }
        });
    }
}
