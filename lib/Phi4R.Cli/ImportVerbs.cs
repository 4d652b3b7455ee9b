using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>Bringing public data sets into the form that recipes learn from.</summary>
internal static class ImportVerbs
{
    public static IEnumerable<Command> All() => [Import()];

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
        var command = new Command("import", "Reads a public data set into rollouts and problems that a recipe can name; "
            + "prints a JSON summary of what there is and what was left out, with the reasons.")
        {
            name,
            files,
            directory,
        };
        command.SetAction((words, cancel) => Task.Run(
            () =>
            {
                try
                {
                    var summary = SetImport.Run(words.GetValue(name)!, words.GetValue(files)!,
                        words.GetValue(directory)!, Meter(), cancel);
                    Tell(summary);
                    Console.WriteLine(Written(summary).ToJsonString(JsonLinesVerb.Plain));
                    return 0;
                }
                catch (Exception exception) when (exception is ArgumentException or InvalidDataException or IOException
                    or UnauthorizedAccessException or OperationCanceledException)
                {
                    Console.Error.WriteLine($"phi4r import: {(exception is OperationCanceledException
                        ? "stopped; nothing was left in the folder."
                        : TerminalText.Inert(exception.Message))}");
                    return 1;
                }
            }, CancellationToken.None));
        return command;
    }

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
        foreach (var left in summary.LeftOut)
        {
            Console.Error.WriteLine(TerminalText.Inert($"left out: {left.Count,9:N0}  {left.Why} (first: {left.First})"));
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
