using Phi4R.Notebooks.Outputs;

// The namespace is that of .NET Interactive, so that one notebook runs in both kernels.
namespace Microsoft.DotNet.Interactive;

/// <summary>Something shown that can be changed in place.</summary>
public sealed class DisplayedValue
{
    private readonly KernelInvocationContext _context;
    private readonly string _displayId;
    private readonly string[] _mimeTypes;

    internal DisplayedValue(KernelInvocationContext context, string displayId, string[] mimeTypes)
    {
        _context = context;
        _displayId = displayId;
        _mimeTypes = mimeTypes;
    }

    /// <summary>Shows a new value in the same place.</summary>
    public void Update(object? updatedValue) =>
        (KernelInvocationContext.Current ?? _context).Update(_displayId, MimeBundle.Of(updatedValue, _mimeTypes));
}
