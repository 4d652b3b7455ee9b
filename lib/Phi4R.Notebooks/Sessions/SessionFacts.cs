using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.DotNet.Interactive;

namespace Phi4R.Notebooks.Sessions;

/// <summary>Answers to questions about the session: its variables, and what it is.</summary>
internal static class SessionFacts
{
    private const int LongestValue = 80;

    /// <summary>Shows the answer to <c>#!who</c>, <c>#!whos</c> or <c>#!about</c>.</summary>
    public static void Show(DirectiveKind question, Submissions submissions)
    {
        if (question == DirectiveKind.About)
        {
            Say($"Phi4R's C# kernel on {RuntimeInformation.FrameworkDescription}, C# "
                + $"{LanguageVersionFacts.ToDisplayString(Submissions.Syntax.LanguageVersion)}, "
                + $"{RuntimeInformation.OSDescription}");
            return;
        }

        var variables = submissions.Variables();
        Say(variables.Count == 0 ? "No cell has declared a variable."
            : question == DirectiveKind.Names ? string.Join('\n', variables.Select(variable => variable.Name))
            : string.Join('\n', variables.Select(variable => $"{variable.Name} ({variable.Type}): "
                + $"{Short(variable.Value)}")));
    }

    private static void Say(string text) => KernelInvocationContext.Needed().DisplayAs(text, "text/plain");

    private static string Short(object? value)
    {
        string text;
        try
        {
            text = Convert.ToString(value, CultureInfo.InvariantCulture)?.ReplaceLineEndings(" ") ?? "null";
        }
        catch (Exception e) // a cell's own ToString
        {
            text = $"({e.GetType().Name})";
        }

        return text.Length <= LongestValue ? text : text[..LongestValue] + "…";
    }
}
