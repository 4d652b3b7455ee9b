using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Boxes with letters that are struck out, denied, or offered side by side; answer tags.</summary>
internal static partial class ChoiceBoxes
{
    /// <summary>The text without what is struck out: "~~B~~ C" is C.</summary>
    public static string WithoutStruck(string text) =>
        text.Contains("~~", StringComparison.Ordinal) ? Struck().Replace(text, "") : text;

    /// <summary>Whether the box that ends here is named as what is not the answer: "and not \boxed{B}".</summary>
    public static bool IsDenied(string text, int end) => NotBox().IsMatch(text[Math.Max(0, end - 80)..end]);

    /// <summary>Whether the last two boxes offer two letters: "\boxed{A} or \boxed{C}".</summary>
    public static bool AreTwo(string text) =>
        Two().Match(text) is { Success: true } two && two.Groups["a"].Value != two.Groups["b"].Value;

    /// <summary>The two letters that the text of a box opens with; null where it does not.</summary>
    public static string? TwoIn(string inside) =>
        TwoLetters().Match(inside) is { Success: true } two && two.Groups["a"].Value != two.Groups["b"].Value
            ? two.Groups["a"].Value + two.Groups["b"].Value
            : null;

    /// <summary>What stands in each answer tag, with the place behind it.</summary>
    public static IEnumerable<(string Inside, int End, string Rule)> Tags(string text) =>
        AnswerTag().Matches(text).Select(match => (match.Groups[1].Value, match.Index + match.Length, "answer tag"));

    [GeneratedRegex(@"<answer>(.*?)</answer>", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex AnswerTag();

    [GeneratedRegex(@"~~[^~\n]{1,200}~~", RegexOptions.CultureInvariant)]
    private static partial Regex Struck();

    [GeneratedRegex(@"\b(?:not|rather than|instead of|nor)\s*[$(\\]*boxed\s*\{[^\n]{0,40}\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NotBox();

    [GeneratedRegex(@"\\boxed\{(?:\\text\{)?\(?(?<a>[A-Z])\)?\}{1,2}\$?\s*(?:,\s*)?(?:or|or maybe|or perhaps|)\s*"
        + @"\$?\\boxed\{(?:\\text\{)?\(?(?<b>[A-Z])\)?\}{1,2}[^{}]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Two();

    // "(A) or (C), depending on the sign of q"
    [GeneratedRegex(@"\A[(\[]?(?<a>[A-Z])[)\]]?\s*(?:or|and|/)\s*[(\[]?(?<b>[A-Z])[)\]]?(?![A-Za-z])",
        RegexOptions.CultureInvariant)]
    private static partial Regex TwoLetters();
}
