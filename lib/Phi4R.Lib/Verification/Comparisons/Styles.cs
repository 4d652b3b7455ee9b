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
        if (text.Length + other.Length <= 400 && Point().Match(text) is { Success: true } point
            && Pair().IsMatch(other))
        {
            return $"{point.Groups["name"].Value} = {point.Groups["place"].Value}"; // P(2, 7) beside (2, 7)
        }

        if (text.Length + other.Length > 4000 || !text.Contains('\\') || !other.Contains('\\'))
        {
            return text;
        }

        if (!Arrow().IsMatch(text) && (Arrow().IsMatch(other) || ((BoldProduct().IsMatch(text)
            || BoldProduct().IsMatch(other)) && Bold().IsMatch(text) && Bold().IsMatch(other))))
        {
            text = Bold().Replace(text, "\\vec{$1$2}");
        }

        if (Phi().IsMatch(text) && VarPhi().IsMatch(other) && !VarPhi().IsMatch(text) && !Phi().IsMatch(other))
        {
            text = Phi().Replace(text, "\\varphi");
        }

        return Laplacian().IsMatch(other)
            && !text.Contains("\\nabla", StringComparison.Ordinal) && text.Contains("\\Delta", StringComparison.Ordinal)
            ? text.Replace("\\Delta", "\\nabla^2", StringComparison.Ordinal)
            : text;
    }

    [GeneratedRegex(@"\A[\s$]*(?<name>[A-Z])\s*(?<place>(?:\\left\s*)?\([^()=]*,[^()=]*\))[\s$]*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Point();

    [GeneratedRegex(@"\A[\s$]*(?:[A-Z]\s*=\s*)?(?:\\left\s*)?\([^()=]*,[^()=]*\)[\s$]*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Pair();

    [GeneratedRegex(@"\\nabla\s*(?:\^\s*\{?2|\\cdot\s*\\nabla)", RegexOptions.CultureInvariant)]
    private static partial Regex Laplacian();

    [GeneratedRegex(@"\\(?:vec|overrightarrow)(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Arrow();

    [GeneratedRegex(@"\\(?:mathbf|boldsymbol|bm)(?:\s*\{\s*(\\?[A-Za-z]+)\s*\}|\s+([A-Za-z])(?![A-Za-z]))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Bold();

    // Small bold letters beside a dot or a cross are vectors on both sides.
    [GeneratedRegex(@"\\(?:mathbf|boldsymbol|bm)\s*(?:\{\s*[a-z]\s*\}|\s[a-z])\s*\\(?:times|cdot)(?![A-Za-z])",
        RegexOptions.CultureInvariant)]
    private static partial Regex BoldProduct();

    [GeneratedRegex(@"\\phi(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Phi();

    [GeneratedRegex(@"\\varphi(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex VarPhi();
}
