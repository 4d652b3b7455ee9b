extern alias interactive;
using System.Collections.Concurrent;
using System.Reflection;
using interactive::Microsoft.DotNet.Interactive;
using interactive::Microsoft.DotNet.Interactive.Commands;
using Phi4R.Notebooks.Outputs;
using DialectContext = Microsoft.DotNet.Interactive.KernelInvocationContext;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// Loads what packages bring to extend .NET Interactive, such as formatters for charts, on a kernel of that package's
/// own class. It is made for the first extension; a session without one loads none of this.
/// </summary>
internal sealed class PackageExtensions(NotebookLoadContext context) : IDisposable
{
    private readonly HashSet<string> _loaded = [];
    private readonly PlotlyCharts _charts = new(context);
    private CompositeKernel? _root;

    /// <summary>
    /// Loads those that are new, and says on the cell's errors which could not be; charts are made ready.
    /// </summary>
    /// <param name="files">Assemblies in folders that packages keep for this.</param>
    /// <returns>Code that extensions ask to be run as if it stood in the cell, each with its assembly's name.</returns>
    /// <exception cref="OperationCanceledException">The cell was interrupted.</exception>
    public IReadOnlyList<(string Name, string Code)> Load(IReadOnlyList<string> files, CancellationToken cancel)
    {
        List<(string Name, string Code)> asked = [];
        foreach (var file in files.Where(_loaded.Add))
        {
            var name = Path.GetFileName(file);
            try
            {
                foreach (var extension in Of(Path.GetFileNameWithoutExtension(file)))
                {
                    var load = Load(extension, cancel);
                    asked.AddRange(load.Asked.Select(code => (name, code)));
                    if (load.Failure is { } failure)
                    {
                        Console.Error.WriteLine(Failed(name, failure));
                    }
                }
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                Console.Error.WriteLine(Failed(name, e)); // no assembly that can be loaded here
            }
        }

        if (files.Count > 0)
        {
            DataFrameTable.Restore();
        }

        _charts.MakeReady(files);
        return asked;
    }

    /// <summary>The line for an extension that cannot be used.</summary>
    public static string Failed(string name, Exception failure)
    {
        while (failure is TargetInvocationException or AggregateException && failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return $"The extension {name} could not be loaded ({failure.GetType()}: {ErrorText.MessageOf(failure)}); its "
            + "package can be used, without what the extension would have added.";
    }

    public void Dispose() => _root?.Dispose();

    private IEnumerable<IKernelExtension> Of(string name) =>
        context.LoadFromAssemblyName(new AssemblyName(name)).GetExportedTypes()
            .Where(type => type is { IsAbstract: false } && typeof(IKernelExtension).IsAssignableFrom(type))
            .Select(type => (IKernelExtension)Activator.CreateInstance(type)!);

    private LoadExtension Load(IKernelExtension extension, CancellationToken cancel)
    {
        if (_root is null)
        {
            _root = new CompositeKernel { new ExtensionHost() };
            PackageDisplays.Install();
        }

        using var shown = _root.KernelEvents.Subscribe(new InteractiveEvents(DialectContext.Needed().Outputs));
        var load = new LoadExtension(extension);
        try
        {
            _root.SendAsync(load, CancellationToken.None).WaitAsync(cancel).GetAwaiter().GetResult();
        }
        finally
        {
            RoutedConsole.Install(); // a command of the package's takes the console over
        }

        return load;
    }

    /// <summary>Loads one within a command, as an extension may ask for the context of one.</summary>
    private sealed class LoadExtension(IKernelExtension extension) : KernelCommand(ExtensionHost.Language)
    {
        private readonly ConcurrentQueue<string> _asked = [];

        public Exception? Failure { get; private set; }

        /// <summary>Code that it submitted.</summary>
        public IEnumerable<string> Asked => _asked;

        public async Task Run(ExtensionHost kernel)
        {
            kernel.Submitted = _asked.Enqueue;
            try
            {
                await extension.OnLoadAsync(kernel).ConfigureAwait(false);
            }
            catch (Exception e) // a package's own code
            {
                Failure = e;
            }
        }
    }

    /// <summary>The kernel that extensions see as C#'s.</summary>
    private sealed class ExtensionHost : Kernel, IKernelCommandHandler<SubmitCode>
    {
        public const string Language = "csharp";

        public ExtensionHost()
            : base(Language)
        {
            KernelInfo.LanguageName = "C#";
            RegisterCommandHandler<LoadExtension>((load, _) => load.Run(this));
        }

        public Action<string> Submitted { get; set; } = _ => { };

        public Task HandleAsync(SubmitCode command, KernelInvocationContext context)
        {
            Submitted(command.Code);
            return Task.CompletedTask;
        }
    }
}
