using System.Globalization;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Running;

/// <summary>The process that runs one notebook for a <see cref="NotebookBatch"/>.</summary>
public static class NotebookChild
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "run-one";

    /// <summary>The words of the child's command line, as <see cref="Run"/> takes them.</summary>
    internal static IEnumerable<string> Words(string path, RunSettings settings) =>
    [
        Verb, Path.GetFullPath(path), Path.GetFullPath(settings.OutputFolder),
        settings.CellTimeout?.TotalSeconds.ToString(CultureInfo.InvariantCulture) ?? "0",
        settings.StripOutputs.ToString(), settings.InPlace.ToString(), settings.Engine.ToString(),
        .. settings.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}"),
    ];

    /// <summary>Runs one notebook and reports to the parent.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> words)
    {
        var terminal = PlainOutput.Open();
        var path = words[0];
        var settings = new RunSettings
        {
            OutputFolder = words[1],
            CellTimeout = double.Parse(words[2], CultureInfo.InvariantCulture) is var seconds and > 0
                ? TimeSpan.FromSeconds(seconds)
                : null,
            StripOutputs = bool.Parse(words[3]),
            InPlace = bool.Parse(words[4]),
            Engine = Enum.Parse<CellEngine>(words[5]),
            Parameters = [.. words.Skip(6).Select(word => word.Split('=', 2))
                .Select(pair => KeyValuePair.Create(pair[0], pair[1]))],
        };

        EndWithParent();
        BackgroundFailures.Watch();
        Directory.SetCurrentDirectory(Path.GetDirectoryName(path)!);
        RunFailure? failure;
        try
        {
            failure = new NotebookRun(settings, terminal)
            {
                Starting = cell => terminal.WriteLine(Report.OfCell(cell)),
            }.Run(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException
            or ArgumentException)
        {
            failure = new RunFailure($"{Path.GetFileName(path)}: {e.Message}", GaveUp: true);
        }

        if (failure is null)
        {
            return 0;
        }

        terminal.WriteLine(Report.OfFailure(failure.Message));
        if (failure.GaveUp)
        {
            Environment.Exit(1);
        }

        return 1;
    }

    /// <summary>
    /// The parent holds the other end of standard input, and the system closes it however the parent ends.
    /// </summary>
    private static void EndWithParent() => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }

        Environment.Exit(1);
    })
    { IsBackground = true, Name = "parent watch" }.Start();

    /// <summary>A line to the parent among the lines to the terminal.</summary>
    internal sealed record Report(int? Cell, string? Failure)
    {
        private const char Mark = '\u001e';

        public static string OfCell(int cell) => string.Create(CultureInfo.InvariantCulture, $"{Mark}cell {cell}");

        public static string OfFailure(string message) => $"{Mark}failed {message.ReplaceLineEndings(" ")}";

        public static Report? TryRead(string line) => line switch
        {
            [Mark, 'c', 'e', 'l', 'l', ' ', .. var cell] =>
                new Report(int.Parse(cell, CultureInfo.InvariantCulture), null),
            [Mark, 'f', 'a', 'i', 'l', 'e', 'd', ' ', .. var failure] => new Report(null, failure),
            _ => null,
        };
    }
}
