using System.Diagnostics;
using System.Globalization;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Pages;

namespace Phi4R.Notebooks.Running;

/// <summary>
/// Runs notebooks one after the other, each in a process of its own, so that one that dies natively fails alone.
/// </summary>
/// <param name="self">Starts this program; the words of <see cref="NotebookChild"/> follow.</param>
public sealed class NotebookBatch(RunSettings settings, ProgramCommand self, TextWriter terminal)
{
    /// <summary>Runs all notebooks, unless one fails and <see cref="RunSettings.KeepGoing"/> is off.</summary>
    /// <returns>What failed, one line each; empty when all ran.</returns>
    /// <exception cref="InvalidDataException">One is no C# notebook; nothing was run.</exception>
    /// <exception cref="ArgumentException">
    /// One would be overwritten, or does not declare a parameter that was given; nothing was run.
    /// </exception>
    public IReadOnlyList<string> Run(IReadOnlyList<string> notebooks)
    {
        if (settings.InPlace && notebooks.FirstOrDefault(path => Path.GetExtension(path) != ".ipynb") is { } other)
        {
            throw new ArgumentException($"{other} is no .ipynb file, so it cannot hold outputs; leave --in-place out.");
        }

        RefuseToOverwrite(notebooks);
        foreach (var path in notebooks)
        {
            NotebookParameters.Inject(Notebook.Read(path).ForCSharp(), settings.Parameters);
        }

        List<string> failures = [];
        foreach (var path in notebooks)
        {
            if (failures.Count > 0 && !settings.KeepGoing)
            {
                break;
            }

            terminal.WriteLine(path);
            var clock = Stopwatch.StartNew();
            var failure = RunOne(path);
            if (failure is not null)
            {
                failures.Add(failure);
            }

            terminal.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"  {(failure is null ? "done" : "FAILED")} in "
                    + $"{clock.Elapsed.TotalSeconds:F1} s: {settings.PagePath(path)}"));
            terminal.Flush();
        }

        try
        {
            NotebookPage.WriteIndex(settings.OutputFolder);
        }
        catch (IOException e)
        {
            failures.Add(e.Message);
        }

        return failures;
    }

    /// <summary>A copy goes by its notebook's name, and so may fall on another copy or on a notebook.</summary>
    private void RefuseToOverwrite(IReadOnlyList<string> notebooks)
    {
        var names = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;
        if (notebooks.GroupBy(settings.PagePath, names).FirstOrDefault(same => same.Count() > 1) is { } clash)
        {
            throw new ArgumentException($"{string.Join(" and ", clash)} would both be written to {clash.Key}; run "
                + "them one at a time, each with an --out of its own.");
        }

        var sources = notebooks.ToDictionary(Path.GetFullPath, names);
        if (!settings.InPlace
            && notebooks.Select(settings.ExecutedPath).FirstOrDefault(sources.ContainsKey) is { } overwritten)
        {
            throw new ArgumentException($"{sources[overwritten]} would be overwritten by an executed copy; name "
                + "another folder with --out, or say --in-place.");
        }
    }

    private string? RunOne(string path)
    {
        var start = new ProcessStartInfo(self.Program, [.. self.Arguments, .. NotebookChild.Words(path, settings)])
        {
            // The child ends when this pipe does, so that nothing trains on after its parent was killed.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start)!;
        var cell = 0;
        string? told = null;
        var last = new LastLines();
        child.ErrorDataReceived += (_, line) => Forward(line.Data);
        child.BeginErrorReadLine();
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (NotebookChild.Report.TryRead(line) is { } report)
            {
                cell = report.Cell ?? cell;
                told = report.Failure ?? told;
            }
            else
            {
                Forward(line);
            }
        }

        child.WaitForExit();
        return told ?? (child.ExitCode == 0 ? null : Crash(path, cell, child.ExitCode, last.All));

        void Forward(string? line)
        {
            if (line is not null)
            {
                lock (last)
                {
                    last.Add(line);
                    terminal.WriteLine(line);
                    terminal.Flush();
                }
            }
        }
    }

    /// <summary>Writes into what the child saved how it ended.</summary>
    private string Crash(string path, int cell, int exitCode, string[] last)
    {
        var message = $"{ExitReason.Of(exitCode, last)}; cells before this one are saved.";
        var error = new ErrorOutput("Crash", message,
            [message, "Its last words:", .. last.Select(line => "  " + line.Trim())], $"cell {cell}");
        var saved = settings.ExecutedPath(path);
        if (cell > 0 && File.Exists(saved))
        {
            var notebook = Notebook.Read(saved);
            var code = notebook.Cells
                .Where(candidate => candidate.IsCode && !string.IsNullOrWhiteSpace(candidate.Source))
                .ElementAt(cell - 1);
            code.ExecutionCount = cell;
            code.Outputs.Add((System.Text.Json.Nodes.JsonNode)StoredOutputs.ErrorJson(error));
            notebook.Write(saved);
            NotebookPage.Write(notebook, settings.PagePath(path));
        }

        return NotebookRun.Message(path, cell, error);
    }
}
