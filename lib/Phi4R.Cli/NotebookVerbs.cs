using System.CommandLine;
using Phi4R.Notebooks.Running;

namespace Phi4R.Cli;

/// <summary>Running notebooks and serving the Jupyter kernel; each verb is one call into the library.</summary>
internal static class NotebookVerbs
{
    public static IEnumerable<Command> All() => [Run(), RunOne()];

    private static Command Run()
    {
        var notebooks = new Argument<string[]>("notebooks") { Description = "Notebooks to run; without any, notebooks/*.ipynb in the order of their names.", Arity = ArgumentArity.ZeroOrMore };
        var parameters = new Option<string[]>("-p", "--parameter") { Description = "name=value of a parameter that every notebook given declares.", AllowMultipleArgumentsPerToken = false };
        var profile = new Option<string?>("--profile") { Description = "Short for -p profile=NAME." };
        var output = new Option<string>("--out") { Description = "Folder of the executed notebooks and pages.", DefaultValueFactory = _ => Path.Combine("runs", "notebooks") };
        var timeout = new Option<double?>("--timeout") { Description = "Longest time of one cell, in seconds." };
        var strip = new Option<bool>("--strip-outputs") { Description = "Write the executed notebooks without outputs; the pages keep them." };
        var inPlace = new Option<bool>("--in-place") { Description = "Write each executed notebook over its source." };
        var keepGoing = new Option<bool>("--keep-going") { Description = "Run the notebooks after one that failed." };
        var command = new Command("run", "Runs notebooks and writes executed copies and pages.") { notebooks, parameters, profile, output, timeout, strip, inPlace, keepGoing };
        command.SetAction(words => Clearly(() =>
        {
            var paths = words.GetValue(notebooks) is { Length: > 0 } given ? given : NotebookFiles.Default();
            var failures = new NotebookBatch(new RunSettings
            {
                OutputFolder = words.GetValue(output)!,
                Parameters = [.. NotebookFiles.Values([.. words.GetValue(parameters) ?? [], .. words.GetValue(profile) is { } name ? [$"profile={name}"] : Array.Empty<string>()])],
                CellTimeout = words.GetValue(timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
                StripOutputs = words.GetValue(strip),
                InPlace = words.GetValue(inPlace),
                KeepGoing = words.GetValue(keepGoing),
            }, ProgramCommand.Current(), Console.Out).Run(paths);
            foreach (var failure in failures)
            {
                Console.Error.WriteLine(failure);
            }

            return failures.Count == 0 ? 0 : 1;
        }));
        return command;
    }

    private static Command RunOne()
    {
        var rest = new Argument<string[]>("words") { Arity = ArgumentArity.OneOrMore };
        var command = new Command(NotebookChild.Verb, "Runs one notebook for the verb run.") { rest };
        command.Hidden = true;
        command.SetAction(words => Clearly(() => NotebookChild.Run(words.GetValue(rest)!)));
        return command;
    }

    /// <summary>What the person can mend is one line, not a trace.</summary>
    private static int Clearly(Func<int> verb)
    {
        try
        {
            return verb();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }
}
