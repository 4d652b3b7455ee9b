extern alias interactive;
using System.Diagnostics;
using interactive::Microsoft.DotNet.Interactive;
using interactive::Microsoft.DotNet.Interactive.Commands;
using interactive::Microsoft.DotNet.Interactive.CSharp;
using interactive::Microsoft.DotNet.Interactive.Events;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Runs the cells of one notebook on .NET Interactive's own C# kernel, in this process: a second opinion on what a cell
/// means. Its cells cannot be interrupted, and relative paths start at this process's folder.
/// </summary>
internal sealed class InteractiveSession : ICellEngine
{
    private readonly CompositeKernel _kernel;

    public InteractiveSession()
    {
        Console.SetIn(TextReader.Null); // nobody answers; a cell that reads would wait for ever
        _kernel = new CompositeKernel { new CSharpKernel().UseKernelHelpers().UseValueSharing().UseWho() };
        _kernel.UseImportMagicCommand();
        _kernel.DefaultKernelName = "csharp";
        _kernel.Add(new HtmlKernel());
        _kernel.Add(new KeyValueStoreKernel("value"));
    }

    public Task<CellResult> RunAsync(string code, string cell, IOutputSink sink) => Task.Run(async () =>
    {
        using var outputs = new CellOutputs(sink);
        using var shown = _kernel.KernelEvents.Subscribe(new InteractiveEvents(outputs));
        var clock = Stopwatch.StartNew();
        var result = await _kernel.SendAsync(new SubmitCode(code), CancellationToken.None).ConfigureAwait(false);
        outputs.Complete();
        var error = result.Events.OfType<CommandFailed>().FirstOrDefault() is { } failed ? Error(failed, cell) : null;
        if (error is not null)
        {
            outputs.Write(error);
        }

        return new CellResult(error, clock.Elapsed);
    });

    public void Stop()
    {
    }

    public void Dispose() => _kernel.Dispose();

    private static ErrorOutput Error(CommandFailed failed, string cell) => failed.Exception is null
        or CodeSubmissionCompilationErrorException
            ? new ErrorOutput("CompileError", failed.Message, failed.Message.Split('\n'), cell)
            : ErrorText.Of(failed.Exception);
}
