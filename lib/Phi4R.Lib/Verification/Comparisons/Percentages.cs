using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>Percent where the question asks for it: there 75 and 75 % say the same, and nowhere else.</summary>
public static partial class Percentages
{
    /// <summary>Whether a question asks for a number of percent.</summary>
    public static bool IsAskedBy(string question) =>
        Asked().IsMatch(question.Length > 20_000 ? question[..20_000] : question);

    /// <summary>Whether two bare answers are the same number of percent, of which one forgets the sign.</summary>
    public static bool AreSame(string gold, string answer) =>
        Sign().Match(gold) is var a && Sign().Match(answer) is var b && a.Success != b.Success
        && !HasUnit().IsMatch(a.Success ? answer : gold)
        && Equivalence.Compare(a.Success ? gold[..a.Index] : gold, b.Success ? answer[..b.Index] : answer,
            new VerifierConfig()).Outcome == Outcome.Correct;

    // 20 dollars are no 20 %.
    [GeneratedRegex(@"[0-9}](?:\s|~|\\[ ,;:])*(?:[A-Za-z]{2,}|\\(?:text|mathrm|mbox)\b)|\\?\$\s*[0-9]|[€£¥]",
        RegexOptions.CultureInvariant)]
    private static partial Regex HasUnit();

    // "What is 20 percent of 50" asks for no percent: a number stands before the word.
    [GeneratedRegex(@"\b(?:what|which|how many|by how much|find|determine|calculate|compute|express|write|give|answer"
        + @"|in|as)\s+(?:[a-z]+\s+){0,4}(?:per\s?cents?|percentages?|\\?%)(?!\s+of\s+the\s+time)",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Asked();

    [GeneratedRegex(@"\s*(?:\\?%|\\text\{\s*(?:\\?%|per\s?cent)\s*\}|\bper\s?cent)\s*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Sign();
}
