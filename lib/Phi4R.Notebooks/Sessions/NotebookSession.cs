using System.Diagnostics;
using System.Globalization;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Runs the cells of one notebook, in one process, in the dialect that it shares with .NET Interactive.
/// </summary>
/// <remarks>
/// The Jupyter kernel and the headless runner both use this class. Cells run one at a time, on a thread of their own.
/// </remarks>
public sealed class NotebookSession : ICellEngine
{
    /// <summary>How long an interrupted cell is waited for before more is offered.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How often is looked whether it has ended.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _temporary = new();
    private readonly CellThread _thread = new();
    private readonly NamedReferences _references;
    private readonly Submissions _submissions;
    private readonly PackageExtensions _extensions;
    private readonly Stack<string> _importing = [];
    private readonly string _folder;
    private volatile CellExecution? _execution;
    private KernelInvocationContext? _latest;

    /// <param name="folder">
    /// Where relative paths of <c>#r</c> and <c>#!import</c> start: the notebook's own folder.
    /// </param>
    /// <param name="notebook">
    /// The notebook's path where it is known, so that one which imports itself is found out.
    /// </param>
    public NotebookSession(string folder, string? notebook = null)
    {
        _folder = Path.GetFullPath(folder);
        var context = new NotebookLoadContext(_temporary.Path);
        var references = new References(context);
        _references = new NamedReferences(context, references, _folder);
        _submissions = new Submissions(context, references);
        _extensions = new PackageExtensions(context);
        if (notebook is not null)
        {
            _importing.Push(Path.GetFullPath(notebook));
        }

        QuietThreads.Install();
        RoutedConsole.Install();
        LibraryOffers.Install();
    }

    internal Submissions Submissions => _submissions;

    /// <summary>Queues a cell; outputs go to the sink while it runs, the error, if any, last.</summary>
    /// <param name="cell">How messages name it, such as "cell 7".</param>
    public Task<CellResult> RunAsync(string code, string cell, IOutputSink sink) =>
        _thread.Do(() => Run(code, cell, sink));

    /// <summary>
    /// Stops the running cell: its token is cancelled at once; if that does not end it in 250 ms, or in 4 s where its
    /// code has asked for the token, its thread is stopped.
    /// </summary>
    /// <param name="isWatched">A reader who can interrupt again is there: tell in the cell if it goes on.</param>
    /// <returns>
    /// False where the cell was told before and has not stopped for <see cref="Patience"/>: only ending the process
    /// will stop it.
    /// </returns>
    public bool Interrupt(bool isWatched = false)
    {
        if (_execution is not { } running)
        {
            return true;
        }

        var forced = running.Forced;
        _thread.Interrupt(running);
        _ = isWatched ? SayThatItGoesOnAsync(running, _latest!) : null;
        return forced is null || (!running.Said && forced < Patience);
    }

    void ICellEngine.Stop() => Interrupt();

    private async Task SayThatItGoesOnAsync(CellExecution interrupted, KernelInvocationContext context)
    {
        while (_execution == interrupted && !(interrupted.Forced >= Patience))
        {
            await Task.Delay(Again).ConfigureAwait(false); // not on the sockets' thread, which may be gone by then
        }

        if (_execution == interrupted && interrupted.SayOnce())
        {
            context.Print("stderr", "\n[The cell has not stopped: native code runs to its end, as does a backward "
                + "pass, and a catch of every exception "
                + "catches the interruption, too. Interrupt again to end its process; variables are lost then.]\n");
        }
    }

    /// <summary>Compiles, runs and shows a small cell, so that the first real one is quick.</summary>
    public Task WarmUpAsync() => _thread.Do(() =>
    {
        InstallDisplays();
        return MimeBundle.Of(Submit("1 + 1", "warm-up", new CellExecution()));
    });

    public void Dispose()
    {
        KernelInvocationContext.Forget(_latest);
        _thread.Dispose();
        _extensions.Dispose();
        _temporary.Dispose();
    }

    // Not before a cell is to come: a front end waits for the kernel meanwhile.
    private static void InstallDisplays()
    {
        PackageDisplays.Install();
        DataFrameTable.Install();
    }

    private CellResult Run(string code, string cell, IOutputSink sink)
    {
        var outputs = new CellOutputs(sink);
        var execution = new CellExecution();
        _latest = new KernelInvocationContext(outputs, execution);
        _execution = execution;
        InstallDisplays();
        KernelInvocationContext.Enter(_latest);
        var clock = Stopwatch.StartNew();
        ErrorOutput? error = null;
        try
        {
            // what is shown already is not shown twice
            if (RunSource(code, cell, execution) is { } value and not DisplayedValue
                and not Microsoft.DotNet.Interactive.Formatting.DisplayedValue)
            {
                outputs.Write(new ResultOutput(MimeBundle.Of(value)));
            }
        }
        catch (OperationCanceledException) when (execution.Soft.IsCancellationRequested)
        {
            error = new ErrorOutput("Interrupted", "The cell was interrupted.",
                [$"{cell}: interrupted after {clock.Elapsed.TotalSeconds:F1} s; what ran before is kept."], cell);
        }
        catch (Exception e)
        {
            error = ErrorText.Of(e);
        }
        finally
        {
            _execution = null;
            RoutedConsole.Install();
            KernelInvocationContext.Leave();
        }

        outputs.Complete();
        if (error is not null)
        {
            outputs.Write(error);
        }

        return new CellResult(error, clock.Elapsed);
    }

    private object? RunSource(string source, string cell, CellExecution execution)
    {
        object? value = null;
        foreach (var section in CellSection.Of(source))
        {
            value = null;
            if (section.IsCSharp)
            {
                value = RunCSharp(section.Text, cell, execution);
            }
            else
            {
                section.Show(cell, _submissions);
            }
        }

        return value;
    }

    private object? RunCSharp(string source, string cell, CellExecution execution)
    {
        var read = CellDirectives.Read(source, cell);
        var clock = Stopwatch.StartNew();
        var extensions = _references.Resolve(read.Directives, cell, execution.Soft);
        foreach (var (name, code) in extensions.Count == 0 ? [] : _extensions.Load(extensions, execution.Soft))
        {
            RunOfExtension(name, code, execution);
        }

        foreach (var import in read.Directives.Where(directive => directive.Kind == DirectiveKind.Import))
        {
            (var before, var after) = read.SplitAt(import.Line);
            Submit(before, cell, execution);
            Import(import, cell, execution);
            read = read with { Code = after };
        }

        var value = Submit(read.Code, cell, execution);
        if (read.Directives.Any(directive => directive.Kind == DirectiveKind.Time))
        {
            KernelInvocationContext.Needed()
                .Display(
                    $"Wall time: {clock.Elapsed.TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture)} ms");
        }

        foreach (var question in read.Directives.Where(directive =>
            directive.Kind is DirectiveKind.Names or DirectiveKind.Values or DirectiveKind.About))
        {
            SessionFacts.Show(question.Kind, _submissions);
        }

        return value;
    }

    private void RunOfExtension(string name, string code, CellExecution execution)
    {
        try
        {
            RunCSharp(code, name, execution);
        }
        catch (Exception e) when (!execution.Soft.IsCancellationRequested)
        {
            Console.Error.WriteLine(PackageExtensions.Failed(name, e));
        }
    }

    private object? Submit(string code, string place, CellExecution execution)
    {
        if (CSharpSyntaxTree.ParseText(code, Submissions.Syntax)
            .GetCompilationUnitRoot() is
            { Members.Count: 0, Usings.Count: 0, Externs.Count: 0, ContainsDiagnostics: false })
        {
            return null;
        }

        var start = _submissions.Compile(code, place);
        Task<object?>? value = null;
        _thread.RunInterruptible(() => value = start(), execution);
        return value!.Result;
    }

    private void Import(Directive import, string cell, CellExecution execution)
    {
        var path = Path.GetFullPath(import.Argument, _folder);
        if (_importing.Contains(path))
        {
            var chain = _importing.Reverse().SkipWhile(file => file != path).Append(path).Select(Path.GetFileName);
            throw new CellException($"{cell}:line {import.Line}",
                $"#!import goes in a circle: {string.Join(" -> ", chain)}. Remove one of these imports.");
        }

        IReadOnlyList<string> sources;
        try
        {
            sources = ImportedFile.Read(path);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new CellException($"{cell}:line {import.Line}", e.Message);
        }

        _importing.Push(path);
        try
        {
            for (var i = 0; i < sources.Count; i++)
            {
                RunSource(sources[i], $"{Path.GetFileName(path)}, cell {i + 1}", execution);
            }
        }
        finally
        {
            _importing.Pop();
        }
    }
}
