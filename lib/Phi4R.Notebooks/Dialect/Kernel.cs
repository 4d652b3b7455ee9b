using Microsoft.AspNetCore.Html;

// The namespace is that of .NET Interactive, so that one notebook runs in both kernels.
namespace Microsoft.DotNet.Interactive;

/// <summary>What a cell may call without a prefix.</summary>
public static class Kernel
{
    /// <summary>Shows a value.</summary>
    /// <param name="mimeTypes">The forms wanted; none means those that its type prefers.</param>
    public static DisplayedValue display(object? value, params string[] mimeTypes) =>
        KernelInvocationContext.Needed().Display(value, mimeTypes);

    /// <summary>Text that is HTML already.</summary>
    public static IHtmlContent HTML(string content) => new HtmlString(content);

    /// <summary>Runs a script in the reader's browser, where the front end trusts the notebook.</summary>
    public static DisplayedValue Javascript(string content) =>
        KernelInvocationContext.Needed()
            .Display(new HtmlString($"<script type=\"text/javascript\">{content}</script>"));

    /// <summary>Adds a style sheet to the reader's page.</summary>
    public static DisplayedValue CSS(string content) =>
        KernelInvocationContext.Needed().Display(new HtmlString($"<style>{content}</style>"));

    /// <summary>Asks the reader for a line of text.</summary>
    /// <exception cref="InvalidOperationException">Nobody is there to answer: the notebook runs headless.</exception>
    public static Task<string> GetInputAsync(string prompt = "", string typeHint = "text") =>
        Task.FromResult(KernelInvocationContext.Needed().Ask(prompt, secret: typeHint == "password"));
}
