using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Phi4R.Data;

/// <summary>A question as words that stay the same when only its writing changes.</summary>
/// <remarks>
/// A word is a run of letters or digits, in lower case, with the operators before it: in mathematics x+1 and x-1 are
/// two questions. Marks of LaTeX that change the look alone are dropped, and so are brackets, commas and the signs at
/// an end.
/// </remarks>
internal static partial class QuestionWords
{
    private const string Operators = "+-*/=<>^";

    // Of each phrase of Stock something that it cannot be without, so that most texts are not searched for phrases.
    private static readonly SearchValues<string> StockParts = SearchValues.Create(
        ["relatively prime", "coprime", "are positive", "by the square of any", "find", "compute", "determine",
            "what is", "be written", "be expressed", "express your answer", "your final answer"],
        StringComparison.Ordinal);

    /// <summary>The words in order.</summary>
    public static string[] Of(string question)
    {
        var text = Plain(question);
        List<string> words = [];
        var signs = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            var sign = text[at];
            if (!char.IsLetterOrDigit(sign))
            {
                _ = Operators.Contains(sign) ? signs.Append(sign) : signs;
                continue;
            }

            var start = at;
            while (at + 1 < text.Length
                && (char.IsDigit(sign) ? IsOfNumber(text, at + 1) : char.IsLetter(text[at + 1])))
            {
                at++;
            }

            // A dash before a word of prose is punctuation.
            var isProse = char.IsLetter(sign) && at > start && (start == 0 || text[start - 1] != '\\');
            words.Add((isProse && signs.Length == 1 && signs[0] == '-' ? "" : signs.ToString())
                + text[start..(at + 1)]);
            signs.Clear();
        }

        return [.. words];
    }

    /// <summary>The stem of a question: what stands before its options.</summary>
    public static string Stem(string question) =>
        Options().Match(question) is { Success: true, Index: > 0 } options ? question[..options.Index] : question;

    /// <summary>The words between phrases that many contests end their questions with.</summary>
    public static string[][] WithoutStock(string[] words)
    {
        var text = string.Join(' ', words);
        return !text.ContainsAny(StockParts) ? words.Length > 0 ? [words] : []
            : [.. Stock().Split(text).Select(part => part.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(part => part.Length > 0)];
    }

    private static bool IsOfNumber(string text, int at) =>
        char.IsDigit(text[at]) || (text[at] == '.' && at + 1 < text.Length && char.IsDigit(text[at + 1]));

    private static string Plain(string question)
    {
        var text = question.ToLowerInvariant().Replace("²", "^2", StringComparison.Ordinal)
            .Replace("³", "^3", StringComparison.Ordinal).Normalize(NormalizationForm.FormKC);
        text = Thousands().Replace(Joined().Replace(text, ""), "");
        text = Look().Replace(Environments().Replace(Drawings().Replace(text, " "), " "), " ");
        text = Fractions().Replace(text, @"\frac");
        text = AtMost().Replace(AtLeast().Replace(text, ">="), "<=");
        text = Unequal().Replace(Times().Replace(text, "*"), "<>");
        text = Dots().Replace(Degrees().Replace(text, " circ "), " dots ");
        return Hyphen()
            .Replace(text.Replace('\u2212', '-').Replace("'", "", StringComparison.Ordinal)
                .Replace("\u2019", "", StringComparison.Ordinal), " ");
    }

    // The code of a picture is alike in many.
    [GeneratedRegex(@"\[asy\].*?(?:\[/asy\]|\z)", RegexOptions.Singleline)]
    private static partial Regex Drawings();

    // 1{,}000 and 1\!000 are numbers; so is 1,000.
    [GeneratedRegex(@"\{,\}|,?\\!")]
    private static partial Regex Joined();

    [GeneratedRegex(@"(?<=\d),(?=\d{3}(?!\d))")]
    private static partial Regex Thousands();

    [GeneratedRegex(@"\\(?:begin|end)\{[a-z]+\*?\}")]
    private static partial Regex Environments();

    [GeneratedRegex(@"\\(?:(?:left|right|displaystyle|textstyle|text(?:bf|it|rm|sf)?|math(?:rm|bf|it|sf)|mbox"
        + @"|operatorname|emph|bigg?[lr]?|q?quad|limits|nolimits)(?![a-z])|[,;: ()\[\]\\])")]
    private static partial Regex Look();

    [GeneratedRegex(@"\\[dtc]frac(?![a-z])")]
    private static partial Regex Fractions();

    [GeneratedRegex(@"\\ge(?:q|qslant)?(?![a-z])|≥")]
    private static partial Regex AtLeast();

    [GeneratedRegex(@"\\le(?:q|qslant)?(?![a-z])|≤")]
    private static partial Regex AtMost();

    [GeneratedRegex(@"\\neq?(?![a-z])|≠")]
    private static partial Regex Unequal();

    [GeneratedRegex(@"\\(?:cdot|times|ast)(?![a-z])|[×·∗]")]
    private static partial Regex Times();

    [GeneratedRegex(@"\^?\s*\{?\s*\\circ(?![a-z])\s*\}?|°")]
    private static partial Regex Degrees();

    [GeneratedRegex(@"\\(?:[lc]?dots[cb]?)(?![a-z])|\.\.\.|…")]
    private static partial Regex Dots();

    [GeneratedRegex(@"(?<=\p{L}{2})-(?=\p{L}{2})")]
    private static partial Regex Hyphen();

    [GeneratedRegex(@"\n\s*\(?A[).:]\s.*\n\s*\(?B[).:]\s", RegexOptions.Singleline)]
    private static partial Regex Options();

    // In words as Of makes them: how contests ask for a fraction or a root as one number, whatever its letters, and how
    // prompts ask for an answer.
    [GeneratedRegex(
        @"\b(?:(?:where )?(?:\w )*\w and \w are (?:relatively prime|coprime|positive)(?: positive)?(?: integers)?"
        + @"|(?:and )?\w is not divisible by the square of any prime(?: number)?"
        + @"|(?:find|compute|determine|what is) (?:the value of )?\w(?: \+\w)+(?!\S)"
        + @"|(?:can be|be) (?:written|expressed) (?:as|in the form)(?: \^?frac)? \w /?\w(?!\S)"
        + @"|express your answer (?:as|in) (?:a |an )?(?:common |mixed )?\w+(?: \w+)?"
        + @"|(?:put|give|write|enter) your final answer (?:with)?in (?:the )?boxed)")]
    private static partial Regex Stock();
}
