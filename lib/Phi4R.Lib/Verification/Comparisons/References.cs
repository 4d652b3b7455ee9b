using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>References that are no answers: what data sets write where they have none.</summary>
internal static partial class References
{
    private const int WordsOfAParagraph = 25;
    private const int LongestPhrase = 200;

    private static readonly HashSet<string> Nothing = new(StringComparer.OrdinalIgnoreCase)
    {
        "", "-", "--", "?", "n/a", "n.a", "n\\a", "not applicable", "none", "null", "nan", "nil", "proof", "proved",
        "proven", "proof needed", "to be proved", "to prove", "prove it", "see proof", "q.e.d", "qed", "notfound",
        "not found", "not_found", "answer not found", "no answer", "no answer found", "no final answer",
        "unknown", "answer unknown", "not available", "unavailable", "not provided", "not given", "missing",
        "omitted", "todo", "tbd", "to be determined", "see solution", "see the solution", "see the solution above",
        "see above", "see below", "see explanation", "see the explanation", "see answer", "see figure", "see diagram",
        "refer to solution", "refer to the solution",
        "solution", "the solution", "answer", "the answer", "explanation", "left to the reader",
        "left as an exercise", "answers may vary", "answers will vary", "open-ended", "open ended", "error",
        "invalid", "undefined answer",
        "略", "证明略", "见解析", "无答案", "答案略", "见证明", "证明", "解析",
    };

    /// <summary>Says why a reference is no answer; null where it may be one.</summary>
    public static string? Fault(string reference)
    {
        var bare = reference.Length > LongestPhrase
            ? "a longer text"
            : Dressing().Replace(reference, " ")
                .Trim(' ', '.', '*', '`', '"', '\'', '(', ')', '[', ']', '<', '>', '_', '。', '\n', '\r', '\t', ':');
        if (Nothing.Contains(Spaces().Replace(bare, " ")))
        {
            return bare.Length == 0 ? "it is empty" : "its words say that there is none";
        }

        if (reference.Length < (3 * WordsOfAParagraph) - 1)
        {
            return null; // a word is two letters, and what sets it apart
        }

        var words = Word().Count(Command().Replace(reference.Length > 8000 ? reference[..8000] : reference, " "));
        return words >= WordsOfAParagraph ? $"it is a text of {words} words" : null;
    }

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|boxed|fbox)\s*\{|[{}$]|\\[()\[\] ,;!]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\\[A-Za-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<![A-Za-z])[A-Za-z]{2,}(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
