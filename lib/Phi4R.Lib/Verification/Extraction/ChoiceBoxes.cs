using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Boxes with letters that are struck out, denied, or offered side by side; answer tags.</summary>
internal static partial class ChoiceBoxes
{
    /// <summary>The text without what is struck out: "~~B~~ C" is C.</summary>
    public static string WithoutStruck(string text) =>
        text.Contains("~~", StringComparison.Ordinal) ? Struck().Replace(text, "") : text;

    /// <summary>
    /// Whether the box that ends here is named as what is not the answer: "and not \boxed{B}", "\boxed{B} is wrong".
    /// </summary>
    public static bool IsDenied(string text, int end) => NotBox().IsMatch(text[Math.Max(0, end - 80)..end])
        || TakenBack().IsMatch(text[end..Math.Min(text.Length, end + 40)]);

    /// <summary>Whether the last two boxes offer two letters: "\boxed{A} or \boxed{C}".</summary>
    public static bool AreTwo(string text) =>
        Two().Match(text) is { Success: true } two && two.Groups["a"].Value != two.Groups["b"].Value;

    /// <summary>The two letters that the text of a box opens with; null where it does not.</summary>
    public static string? TwoIn(string inside) =>
        TwoLetters().Match(inside) is { Success: true } two && two.Groups["a"].Value != two.Groups["b"].Value
            ? two.Groups["a"].Value + two.Groups["b"].Value
            : null;

    /// <summary>
    /// Whether the text of a box goes on to another option: "A) 4, B) 8", "C, but it could also be D".
    /// </summary>
    public static bool TurnsTo(string rest, char letter) =>
        OtherOption().Matches(rest).Any(match => match.Groups["l"].Value is "" || match.Groups["l"].Value[0] != letter);

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

    [GeneratedRegex(@"(?<![A-Za-z(])(?<l>[A-Z])[.)]\s+\S|\b(?:but|though|although)\b.{0,40}\b(?:could|might|may"
        + @"|possibly|perhaps|maybe)\b|(?:[-=,;/&+]|\b(?:then|and|or)\b|\)\s*\()\s*\(?(?<l>[A-Z])\)?\s*\.?\z"
        + @"|\bbut\s[^.;]{0,20}?\b(?<l>[A-Z])\s+is\b",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex OtherOption();

    [GeneratedRegex(@"\A[\s$)\]\\]{0,6}(?:\?|(?:is|was|would\s+be|can)\s*(?:not|n['’]t|wrong|incorrect|false)\b)",
        RegexOptions.CultureInvariant)]
    private static partial Regex TakenBack();

    // "(A) or (C), depending on the sign of q"
    [GeneratedRegex(@"\A[(\[]?(?<a>[A-Z])[)\]]?\s*(?:or|and|/)\s*[(\[]?(?<b>[A-Z])[)\]]?(?![A-Za-z])",
        RegexOptions.CultureInvariant)]
    private static partial Regex TwoLetters();
}
