using System.CommandLine;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;
using Phi4R.Runs;
using Phi4R.Show;

namespace Phi4R.Cli;

/// <summary>Asking any model benchmarks, and judging what was kept again.</summary>
internal static class EvalVerbs
{
    /// <summary>The exit code where the words of a command are wrong.</summary>
    public const int WrongWords = 2;

    private const int SomeFailed = 3;

    private const int MostChangesTold = 20;

    /// <summary>The verbs that have an exit code of their own for wrong words.</summary>
    public static IReadOnlyList<string> Names { get; } = ["eval", "judge", "compare", "tables", "report"];

    public static IEnumerable<Command> All() => [Eval(), Judge()];

    private static Command Eval()
    {
        var words = new EvalWords();
        var command = new Command("eval", "Asks a model benchmarks and says how many it solves: pass@1 with its "
            + "errors. Every completion is kept in the folder; started again, none that was received is asked for "
            + "again. Ends with 0 where all is there, with 3 where some completions failed, with 2 where the words are "
            + "wrong.");
        foreach (var option in words.All)
        {
            command.Add(option);
        }

        command.SetAction(given => Clearly("eval", () => Run(words, given)));
        return command;
    }

    private static Command Judge()
    {
        var folder = new Argument<string>("folder") { Description = "What eval was given as --out." };
        var command = new Command("judge", "Judges the kept completions of an evaluation again, without asking any "
            + "model, and shows which verdicts changed.")
        {
            folder,
        };
        command.SetAction(given => Clearly("judge", () =>
        {
            var again = Rejudging.Run(Folder(given.GetRequiredValue(folder)));
            Console.Error.WriteLine($"{again.Judged} completions were judged again; {again.Changed.Count} verdicts are "
                + $"others now{(again.Dropped > 0 ? $"; {again.Dropped} damaged lines were dropped" : "")}");
            foreach (var changed in again.Changed.Take(MostChangesTold))
            {
                Console.Error.WriteLine(TerminalText.Inert($"  {changed.Now.Benchmark}, problem "
                    + $"'{changed.Now.Problem}', sample {changed.Now.Sample}: {changed.Before} -> "
                    + $"{changed.Now.Verdict}. {Listing.Shortened(changed.Now.Reason)}"));
            }

            if (again.Changed.Count > MostChangesTold)
            {
                Console.Error.WriteLine($"  and {again.Changed.Count - MostChangesTold} more");
            }

            return Show(again.Report, given.GetRequiredValue(folder));
        }));
        return command;
    }

    private static int Run(EvalWords words, ParseResult given)
    {
        var (settings, folder) = (words.Settings(given), words.Folder(given));
        using var evaluation = new ModelEvaluation(folder, settings, Say) { Address = words.Address(given) };
        var plan = evaluation.Plan;
        foreach (var (name, value) in settings.Described()
            .Where(word => !word.Key.StartsWith("contents", StringComparison.Ordinal)))
        {
            Say($"  {name}: {Listing.Shortened(value)}");
        }

        Say($"{settings.Engine}: {plan.Total:N0} completions, of which {plan.Kept:N0} are there; the others are about "
            + $"{plan.ExpectedTokens:N0} tokens ({(plan.Kept > 0 ? "as long as those" : "a rough guess")}), at most "
            + $"{plan.MostTokens:N0}. They are kept in {folder}.");
        if (plan.Kept == plan.Total)
        {
            return Show(evaluation.Conclude(), folder);
        }

        using var signal = new ShutdownSignal(Say);
        using var model = words.Answering(given, Say, signal.Asked);
        var progress = new EvalMeter(Console.Error, Console.IsErrorRedirected);
        try
        {
            var options = new ChatPoolOptions { MaxInFlight = words.Concurrency(given), Log = Say };
            return Show(ClusterWords.With(given, words.Cluster, new WorkersMeter(Console.Error), Say, host =>
            {
                evaluation.Host = host;
                return evaluation.RunAsync(model.Clients, options, model.Room, progress, signal.Asked)
                    .GetAwaiter().GetResult();
            }, signal.Asked), folder);
        }
        catch (OperationCanceledException)
        {
            Say($"stopped; what came is kept in {folder}, and the same command goes on from there");
            Show(evaluation.Conclude(), folder);
            return 1;
        }
    }

    private static int Show(EvaluationReport report, string folder)
    {
        Console.WriteLine(EvalTable.Of(report));
        if (report.Benchmarks.Any(score => score.Failed < 1))
        {
            Say($"the page with every completion: {EvaluationPage.Write(folder)}");
        }

        if (report.Complete)
        {
            return 0;
        }

        var first = EvaluationFolder.Completions(folder)
            .FirstOrDefault(completion => completion.Verdict == EvaluatedCompletion.Failed);
        Say("some completions could not be had: they are in no share, and the same command asks for them again"
            + (first is null ? "" : $". The first of them: {Listing.Shortened(first.Reason)}"));
        return SomeFailed;
    }

    private static void Say(string line) => Console.Error.WriteLine(TerminalText.Inert(line));

    /// <summary>A folder's name; an option that nobody knows would be taken for one.</summary>
    /// <exception cref="ArgumentException">It is such an option.</exception>
    internal static string Folder(string word) =>
        !word.StartsWith('-') || Directory.Exists(word) ? word : throw new ArgumentException(
            $"'{word}' is neither a folder nor an option; --help shows the options.");

    /// <summary>What the person can mend is one line, and wrong words have an exit code of their own.</summary>
    internal static int Clearly(string verb, Func<int> action) => ModelOptions.Clearly(verb, () =>
    {
        try
        {
            return action();
        }
        catch (ArgumentException problem)
        {
            Console.Error.WriteLine(TerminalText.Inert($"phi4r {verb}: {problem.Message}"));
            return WrongWords;
        }
    });
}
