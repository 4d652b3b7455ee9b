using Microsoft.DotNet.Interactive;

// In System, as in .NET Interactive, so that a cell needs no using.
namespace System;

/// <summary>
/// Showing a value by a call on the value; DisplayAs and DisplayTable are those of the formatters' package.
/// </summary>
public static class DisplayExtensions
{
    /// <summary>Shows this value.</summary>
    /// <param name="mimeTypes">
    /// The forms wanted; none means those that its type prefers. A span, since the compiler then takes this method
    /// rather than the package's, which follows a value that holds itself until the stack ends.
    /// </param>
    public static DisplayedValue Display(this object? value, params ReadOnlySpan<string> mimeTypes) =>
        KernelInvocationContext.Needed().Display(value, mimeTypes.ToArray());
}
