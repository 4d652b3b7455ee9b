using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Order where the question asks for it, or has parts (a) and (b):
/// there a list in another order is another answer, and nowhere else.
/// </summary>
public static partial class Orderings
{
    private static readonly VerifierConfig InOrder = new() { Ordered = true };

    /// <summary>Whether a question asks for its answers in an order.</summary>
    public static bool IsAskedBy(string question) =>
        Asked().IsMatch(question.Length > 20_000 ? question[..20_000] : question);

    /// <summary>Whether two bare answers are lists of the same items in another order.</summary>
    public static bool Differ(string gold, string answer) =>
        Equivalence.Compare(gold, answer, InOrder).Outcome == Outcome.Incorrect;

    [GeneratedRegex(@"\bin\s+(?:[a-z]+\s+){0,2}order\b(?!\s+(?:to|that|for)\b)|\border(?:ed)?\s+(?:them\s+)?from\b"
        + @"|\bfrom\s+(?:the\s+)?(?:least|smallest|lowest|slowest|shortest|lightest|youngest|first|greatest|largest"
        + @"|highest|fastest|longest|heaviest|oldest|most)\s+to\b"
        + @"|\b(?:first|next|last)\s+(?:two|three|four|five|six|seven|eight|[2-9])\s+(?:[a-z]+\s+)?"
        + @"(?:terms|numbers|elements|members|digits)\b"
        + @"|\b(?:rank|sort)\b"
        + @"|\(a\)[^\n]*\(b\)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Asked();
}
