using Phi4R.Notebooks.Outputs;
using Phi4R.Notebooks.Sessions;

// The namespace is that of .NET Interactive, so that one notebook runs in both kernels.
namespace Microsoft.DotNet.Interactive;

/// <summary>The cell that is running, as code in it sees it.</summary>
public sealed class KernelInvocationContext
{
    private static readonly AsyncLocal<KernelInvocationContext?> Flowing = new();
    private static volatile KernelInvocationContext? Latest;
    private readonly CellOutputs _outputs;
    private readonly CellExecution _execution;

    internal KernelInvocationContext(CellOutputs outputs, CellExecution execution)
    {
        _outputs = outputs;
        _execution = execution;
    }

    /// <summary>
    /// The cell whose code this is, also on a thread or task that it started; elsewhere the cell begun last; null when
    /// none was.
    /// </summary>
    public static KernelInvocationContext? Current => Flowing.Value ?? Latest;

    /// <summary>
    /// Cancelled when the reader interrupts the cell. Who has asked for it gets some seconds to stop by itself.
    /// </summary>
    public CancellationToken CancellationToken => _execution.Watch();

    /// <summary>Shows a value; the answer can update it in place.</summary>
    public DisplayedValue Display(object? value, params string[] mimeTypes) =>
        Show(MimeBundle.Of(value, mimeTypes), mimeTypes);

    /// <summary>Shows text that already is of a mime type.</summary>
    public DisplayedValue DisplayAs(string value, string mimeType) => Show(MimeBundle.As(value, mimeType), [mimeType]);

    internal CellOutputs Outputs => _outputs;

    /// <summary>The cell whose code this is; null on a thread that none started.</summary>
    internal static KernelInvocationContext? OfThisFlow => Flowing.Value;

    internal static KernelInvocationContext Needed() =>
        Current ?? throw new InvalidOperationException("No cell is running, so there is nowhere to display a value.");

    internal static void Enter(KernelInvocationContext context) => Flowing.Value = Latest = context;

    /// <summary>Ends the flow on this thread; output that comes late still goes to the cell.</summary>
    internal static void Leave() => Flowing.Value = null;

    internal static void Forget(KernelInvocationContext? context)
    {
        if (Latest == context)
        {
            Latest = null;
        }
    }

    internal void Print(string stream, ReadOnlySpan<char> text) => _outputs.Print(stream, text);

    internal void Update(string displayId, MimeBundle data) => _outputs.Write(new UpdateOutput(data, displayId));

    internal string Ask(string prompt, bool secret) => _outputs.Ask(prompt, secret)
        ?? throw new InvalidOperationException("The cell asks for input, and nobody is there to answer: the notebook "
            + "runs headless. Make it a parameter.");

    internal void Show(MimeBundle data, string displayId) => _outputs.Write(new DisplayOutput(data, displayId));

    private DisplayedValue Show(MimeBundle data, string[] mimeTypes)
    {
        var displayId = Guid.NewGuid().ToString("N");
        Show(data, displayId);
        return new DisplayedValue(this, displayId, mimeTypes);
    }
}
