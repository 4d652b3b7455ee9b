using Microsoft.DotNet.Interactive;

// In System, as in .NET Interactive, so that a cell needs no using.
namespace System;

/// <summary>Showing a value by a call on the value.</summary>
public static class DisplayExtensions
{
    /// <summary>Shows this value.</summary>
    /// <param name="mimeTypes">The forms wanted; none means those that its type prefers.</param>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes) =>
        KernelInvocationContext.Needed().Display(value, mimeTypes);

    /// <summary>Shows text that already is of a mime type.</summary>
    public static DisplayedValue DisplayAs(this string value, string mimeType) =>
        KernelInvocationContext.Needed().DisplayAs(value, mimeType);
}
