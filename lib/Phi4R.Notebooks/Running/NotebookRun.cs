using System.Globalization;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Pages;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Running;

/// <summary>Runs one notebook in this process, from its first cell to its last or to the first that fails.</summary>
/// <param name="terminal">Gets a line for each cell and what cells print.</param>
public sealed class NotebookRun(RunSettings settings, TextWriter terminal)
{
    private const int LongestTitle = 70;
    private const string TimeoutName = "Timeout";

    /// <summary>How long an interrupted cell may take to end before the process is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How often a long cell's outputs are saved.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(5);

    private readonly StoredOutputs _stored = new();

    /// <summary>Called with the cell's number as it starts.</summary>
    public Action<int> Starting { get; init; } = _ => { };

    /// <summary>Runs the notebook and writes the executed copy and its page, also when a cell fails.</summary>
    /// <returns>Null when all cells ran; else what failed: "a.ipynb: cell 7 line 3: message".</returns>
    /// <exception cref="InvalidDataException">It is no C# notebook.</exception>
    /// <exception cref="ArgumentException">A parameter is not declared, or its value not of its type.</exception>
    public RunFailure? Run(string path)
    {
        var notebook = Notebook.Read(path).ForCSharp();
        NotebookParameters.Inject(notebook, settings.Parameters);
        notebook.MakeCurrent();
        notebook.ClearOutputs();

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        using ICellEngine session = settings.Engine == CellEngine.Interactive
            ? new InteractiveSession()
            : new NotebookSession(folder, path);
        using var saver = new Timer(_ => SaveIfChanged(notebook));
        saver.Change(SaveEvery, SaveEvery);
        Save(notebook);

        var count = 0;
        foreach (var cell in notebook.Cells.Where(cell => cell.IsCode && !string.IsNullOrWhiteSpace(cell.Source)))
        {
            count++;
            Starting(count);
            var (error, gaveUp) = RunCell(session, cell, count);
            Save(notebook);
            if (error is not null && !(cell.MayRaise && !gaveUp && error.Name != TimeoutName))
            {
                NotebookPage.Write(notebook, settings.PagePath(path));
                return new RunFailure(Message(path, count, error), gaveUp);
            }
        }

        NotebookPage.Write(notebook, settings.PagePath(path));
        if (settings.StripOutputs)
        {
            notebook.ClearOutputs();
            notebook.Write(settings.ExecutedPath(path));
        }

        return null;
    }

    /// <summary>The words for a cell that failed.</summary>
    internal static string Message(string path, int cell, ErrorOutput error)
    {
        var place = (error.Place ?? $"cell {cell}").Replace(":line", " line", StringComparison.Ordinal);
        return $"{Path.GetFileName(path)}: {place}: {error.Message.Split('\n')[0]}";
    }

    private (ErrorOutput? Error, bool GaveUp) RunCell(ICellEngine session, NotebookCell cell, int count)
    {
        var live = new LiveText(terminal);
        var sink = new Sink(_stored, cell, live);
        _stored.Begin(cell, count);
        var running = session.RunAsync(cell.Runnable, $"cell {count}", sink);
        var inTime = settings.CellTimeout is not { } limit || running.Wait(limit);
        if (!inTime)
        {
            sink.IsTimedOut = true;
            session.Stop();
        }

        if (!inTime && !running.Wait(Patience))
        {
            var stuck = Timeout(count, $"and did not stop within {Patience.TotalSeconds:F0} s of the interrupt");
            _stored.Add(cell, stuck);
            Tell(cell, count, settings.CellTimeout!.Value + Patience, "timed out");
            return (stuck, true);
        }

        var result = running.Result;
        live.Complete();
        var error = result.Error;
        if (!inTime && error is not null)
        {
            error = error.Name == "Interrupted" ? Timeout(count, "and was interrupted") : error;
            _stored.Add(cell, error);
        }

        if (error is null && BackgroundFailures.Take() is [var first, ..])
        {
            var message = "on a background thread: " + ErrorText.MessageOf(first);
            error = new ErrorOutput(first.GetType().ToString(), message, [$"{first.GetType()} {message}"],
                $"cell {count}");
            _stored.Add(cell, error);
        }

        Tell(cell, count, result.Time, error is null ? null : cell.MayRaise ? "raised, as its tag allows" : "failed");
        if (error is not null)
        {
            foreach (var line in error.Trace)
            {
                terminal.WriteLine("      ! " + line.ReplaceLineEndings("\n      ! "));
            }
        }

        terminal.Flush();
        return (error, false);
    }

    private ErrorOutput Timeout(int count, string rest)
    {
        var message = "The cell took longer than "
            + $"{settings.CellTimeout!.Value.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s "
            + $"(--timeout) {rest}.";
        return new ErrorOutput(TimeoutName, message, [message], $"cell {count}");
    }

    private void Tell(NotebookCell cell, int count, TimeSpan time, string? what)
    {
        var title = cell.Source.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0) ?? "";
        title = title.Length <= LongestTitle ? title : title[..LongestTitle] + "…";
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  cell {count,2}  {time.TotalSeconds,8:F2} "
            + $"s  {(what is null ? "" : $"[{what}] ")}{title}"));
        terminal.Flush();
    }

    private void SaveIfChanged(Notebook notebook)
    {
        try
        {
            if (_stored.IsDirty)
            {
                Save(notebook);
            }
        }
        catch (IOException)
        {
            // The save at the end of the cell says so; this one is only in case the process is killed.
        }
    }

    private void Save(Notebook notebook)
    {
        lock (_stored)
        {
            _stored.Store();
            notebook.Write(settings.ExecutedPath(notebook.Path));
        }
    }

    private sealed class Sink(StoredOutputs stored, NotebookCell cell, LiveText live) : IOutputSink
    {
        /// <summary>The interruption that follows is told as what it is: a timeout.</summary>
        public bool IsTimedOut { get; set; }

        public void Write(CellOutput output)
        {
            if (!IsTimedOut || output is not ErrorOutput)
            {
                stored.Add(cell, output);
                live.Write(output);
            }
        }

        public string? Ask(string prompt, bool secret) => null;
    }
}

/// <summary>Why a notebook's run ended early.</summary>
/// <param name="Message">One line: notebook, cell, line, reason.</param>
/// <param name="GaveUp">The cell still runs and cannot be stopped: the process must end.</param>
public sealed record RunFailure(string Message, bool GaveUp);
