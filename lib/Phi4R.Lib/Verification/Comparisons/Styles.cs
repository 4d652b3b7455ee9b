using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Styles of one thing that are brought into one where each side has its own: bold letters and arrows.
/// </summary>
internal static partial class Styles
{
    /// <summary>The text in the style of the other side.</summary>
    public static string Like(string text, string other)
    {
        if (text.Length + other.Length > 4000 || !text.Contains('\\') || !other.Contains('\\'))
        {
            return text;
        }

        if (Arrow().IsMatch(other) && !Arrow().IsMatch(text))
        {
            text = Bold().Replace(text, "\\vec{$1}");
        }

        return Laplacian().IsMatch(other)
            && !text.Contains("\\nabla", StringComparison.Ordinal) && text.Contains("\\Delta", StringComparison.Ordinal)
            ? text.Replace("\\Delta", "\\nabla^2", StringComparison.Ordinal)
            : text;
    }

    [GeneratedRegex(@"\\nabla\s*(?:\^\s*\{?2|\\cdot\s*\\nabla)", RegexOptions.CultureInvariant)]
    private static partial Regex Laplacian();

    [GeneratedRegex(@"\\(?:vec|overrightarrow)(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Arrow();

    [GeneratedRegex(@"\\(?:mathbf|boldsymbol|bm)\s*\{\s*(\\?[A-Za-z]+)\s*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Bold();
}
