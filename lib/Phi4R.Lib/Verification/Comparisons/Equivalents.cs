using System.Buffers;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// One answer written in several ways, "1/2, or equivalently 0.5": each of them must be the reference.
/// </summary>
internal static partial class Equivalents
{
    private const int MaxLength = 600;

    private static readonly SearchValues<string> Words = SearchValues.Create(
        ["equivalent", "i.e.", "i. e.", "that is", "(or", "( or", "{or", "{ or", "[or", "[ or",
            "notation", "other words"],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The ways in which an answer is written; null for one.
    /// </summary>
    public static IReadOnlyList<string>? Of(string answer)
    {
        if (answer.Length > MaxLength || !answer.AsSpan().ContainsAny(Words))
        {
            return null;
        }

        if (InBrackets().Match(answer) is { Success: true } aside)
        {
            return [aside.Groups["first"].Value, aside.Groups["other"].Value];
        }

        var parts = Joint().Split(answer).Where(part => part.Trim().Length > 0).ToList();
        return parts.Count > 1 ? parts : null;
    }

    [GeneratedRegex(@"\A(?<first>.*?\S)\s*(?:\\(?:quad|qquad|left"
        + @"|[ ,;:])\s*)*(?:\\text\s*\{\s*)?[(\[]\s*(?:\\text\s*\{\s*)?"
        + @"(?:or,?(?: equivalently,?)?|i\.\s?e\.,?|that is,?|equivalently,?)\s*(?<open>\}\s*)?(?<other>[^()\[\]]+?)"
        + @"\s*(?:\\right)?[)\]]\s*(?:\}\s*)?\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex InBrackets();

    [GeneratedRegex(@"\s*[,;]?\s*(?:\\(?:quad|qquad|[ ,;:])\s*)*(?:\\(?:text|mathrm|textrm)\s*\{)?\s*[,;]?\s*"
        + @"\b(?:or,? equivalently|equivalently|or in (?:interval|set|set-builder|decimal|fraction) (?:notation|form)"
        + @"|i\.\s?e\.|that is|which is equivalent to|in other words)\s*[,:]?\s*(?:\}|(?![^{}]*\}))\s*",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Joint();
}
