using System.CommandLine;
using System.Diagnostics;
using Phi4R.Checkpoints;
using Phi4R.Foundation;

namespace Phi4R.Cli;

/// <summary>Getting models and data sets; each verb is one call into the library.</summary>
internal static class HubVerbs
{
    private static readonly Lock Gate = new();

    public static IEnumerable<Command> All() => [Download()];

    private static Command Download()
    {
        var model = new Argument<string?>("model")
        {
            Description = "owner/name, such as microsoft/Phi-4-mini-instruct.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var set = new Option<string?>("--dataset")
        {
            Description = "A data set instead of a model: owner/name, such as open-r1/OpenR1-Math-220k.",
        };
        var revision = new Option<string>("--revision")
        {
            Description = "A branch, tag or commit.",
            DefaultValueFactory = _ => "main",
        };
        var command = new Command("download", "Downloads a model or a data set to where other programs look for "
            + "it, or goes on where it stopped; prints its folder.")
        {
            model,
            set,
            revision,
        };
        command.Validators.Add(words =>
        {
            // A value that was forgotten is an error of its own already.
            if (!words.Errors.Any() && words.GetValue(model) is null == words.GetValue(set) is null)
            {
                words.AddError("Name a model, or a data set with --dataset.");
            }
        });
        command.SetAction(async (words, cancel) =>
        {
            try
            {
                var revised = words.GetValue(revision)!;
                Console.WriteLine(await (words.GetValue(set) is { } data
                    ? HubDownload.RunDataSet(data, revised, HubSettings.Current(), Meter(), cancel)
                    : HubDownload.Run(words.GetValue(model)!, revised, HubSettings.Current(), Meter(), cancel))
                    .ConfigureAwait(false));
                return 0;
            }
            catch (Exception exception) when (exception is ArgumentException or HttpRequestException
                or InvalidDataException or IOException or UnauthorizedAccessException or OperationCanceledException)
            {
                Console.Error.WriteLine(
                    $"phi4r download: "
                        + $"{(exception is OperationCanceledException
                            ? "stopped; what came so far is kept, and the same command goes on."
                            : TerminalText.Inert(exception.Message))}");
                return 1;
            }
        });
        return command;
    }

    // A line on a terminal that is written over twice a second; else a line for each tenth.
    private static InlineProgress<HubProgress> Meter()
    {
        var (clock, last, tenth, first) = (Stopwatch.StartNew(), TimeSpan.Zero, -1L, -1L);
        return new(report =>
        {
            lock (Gate)
            {
                first = first < 0 ? report.Done : first;
                var isWhole = report.Done == report.Total;
                var current = report.Total > 0 ? 10 * report.Done / report.Total : 10;
                var due = Console.IsErrorRedirected
                    ? current > tenth
                    : isWhole || clock.Elapsed - last > TimeSpan.FromSeconds(0.5);
                if (report.Message is { } message)
                {
                    Console.Error.WriteLine($"{(Console.IsErrorRedirected ? "" : "\r")}{message}");
                }

                if (due)
                {
                    (last, tenth) = (clock.Elapsed, current);
                    var rate = (report.Done - first) / 1e6 / Math.Max(clock.Elapsed.TotalSeconds, 0.001);
                    var line = $"{report.Done / 1e6,9:N1} of {report.Total / 1e6:N1} MB, {rate:N1} MB/s";
                    Console.Error.Write(Console.IsErrorRedirected
                        ? line + "\n"
                        : "\r" + line + "   " + (isWhole ? "\n" : ""));
                }
            }
        });
    }
}
