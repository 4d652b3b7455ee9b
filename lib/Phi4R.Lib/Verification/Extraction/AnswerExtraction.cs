using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Extraction;

/// <summary>An answer taken out of a response, or null, and the rule that found it or says why there is none.</summary>
public sealed record Extracted(string? Answer, string Rule)
{
    /// <summary>Whether it is of several boxes that may be steps to the last: of parts, or of names.</summary>
    internal bool AreSteps { get; init; }

    /// <summary>Whether the text says of it that it is the answer.</summary>
    internal bool IsStated { get; init; }
}

/// <summary>Which forms of answer to look for where no box is found.</summary>
[Flags]
public enum AnswerForms
{
    Formulas = 1,
    Numbers = 2,
    All = Formulas | Numbers,
}

/// <summary>Finds the final answer in a response.</summary>
/// <remarks>
/// The order: (1) only what follows the last end-of-thinking tag counts, and thinking that never ends is no answer; (2)
/// the last balanced box, with its neighbors where only "and", "or" or a comma stands between, unless "final answer is"
/// or "correct answer is" follows it; an empty or cut last box is no answer; (3) an answer tag; (4) "final answer is";
/// (5) ####; (6) "answer is", "answer:"; (7) the last formula; (8) the last number; (9) yes or no as the first word,
/// that nothing is as asked, the one bold word of the last sentence.
/// </remarks>
public static partial class AnswerExtraction
{
    /// <summary>How many characters at the end of a response are looked at.</summary>
    internal const int Reach = 200_000;

    internal const string ThinkEnd = "</think>";
    private const string ThinkStart = "<think>";

    /// <summary>Extracts the final answer.</summary>
    /// <param name="response">All that the model wrote.</param>
    /// <param name="forms">What rules 4 to 8 may return.</param>
    public static Extracted Extract(string response, AnswerForms forms = AnswerForms.All)
    {
        if (AfterThinking(response) is not { } text)
        {
            return new Extracted(null, "The thinking never ends: no answer.");
        }

        text = text.Length > Reach ? text[^Reach..] : text;

        return Boxes.Find(text, out var end) is { } box
            ? box.Answer is null ? box : Behind(text, end, forms) ?? box
            : Hedges.LeavesOpen(text) ? new Extracted(null, "The text leaves open which reading is meant: no answer.")
            : ByPhrase(text, forms) ?? ByForm(text, forms) ?? new Extracted(null, "No answer was found.");
    }

    /// <summary>
    /// What follows the last end-of-thinking tag, without special tokens; null where the thinking is not closed.
    /// </summary>
    internal static string? AfterThinking(string response)
    {
        var end = response.LastIndexOf(ThinkEnd, StringComparison.Ordinal);
        var text = end < 0 ? response : response[(end + ThinkEnd.Length)..];
        if (text.Contains(ThinkStart, StringComparison.Ordinal))
        {
            return null;
        }

        var special = SpecialToken().Match(text);
        return special.Success && special.Index > 0 ? text[..special.Index] : text;
    }

    private static Extracted? ByPhrase(string text, AnswerForms forms)
    {
        var opening = text.LastIndexOf("<answer>", StringComparison.Ordinal);
        if (opening >= 0 && text.IndexOf("</answer>", opening, StringComparison.Ordinal) is > 0 and var closing)
        {
            return Cleaned(text[(opening + "<answer>".Length)..closing], "answer tag");
        }

        if (Last(FinalAnswer(), text) is { } final
            && FromPhrase(text, final, forms, "final answer is") is { } named)
        {
            return named;
        }

        if (Last(Hashes(), text) is { } hashes)
        {
            return Cleaned(hashes.Groups[1].Value, "####");
        }

        return Last(AnswerIs(), text) is { } answer
            ? FromPhrase(text, answer, forms, "answer is")
            : null;
    }

    // What follows the phrase at a place of a text; a phrase that is doubted or denied states nothing.
    private static Extracted? FromPhrase(string text, Match phrase, AnswerForms forms, string rule)
    {
        var start = phrase.Index + phrase.Length;
        if (Corrected(text, start, forms) is { } corrected)
        {
            return corrected;
        }

        var trimmed = text[start..].TrimStart(' ', '\n', '\r', '\t', '*', ':', '_');
        var line = trimmed.Split('\n')[0];
        line = line.Length > 500 ? line[..500] : line;
        line = line.Split("I hope")[0];
        if (Denied().Match(line) is { Success: true } denied)
        {
            if (!denied.Groups["but"].Success)
            {
                return new Extracted(null, $"What follows \"{rule}\" is denied or doubted: no answer.");
            }

            trimmed = line = line[denied.Length..];
        }

        if (Hedges.Weaken(text, phrase.Index, phrase.Index) || Hedges.Weaken(text, start, start))
        {
            return new Extracted(null, $"\"{rule}\" is only supposed: no answer.");
        }

        if (Listed.Cases(line) is { } cases)
        {
            return new Extracted(cases, rule + ", its cases");
        }

        if (Spoken.Several(line) is { } several)
        {
            return several;
        }

        var from = trimmed.StartsWith('$') || trimmed.StartsWith('\\') ? trimmed : line;
        if (Formulas.First(from) is { } formula)
        {
            // "The largest $n$ is 34": the formula only names what the number is.
            if (!formula.Any(char.IsAsciiDigit) && forms.HasFlag(AnswerForms.Numbers)
                && Numbers.Last(
                    line[Math.Min(line.Length, line.IndexOf(formula, StringComparison.Ordinal)
                        + formula.Length)..]) is { } named)
            {
                return new Extracted(named, rule + ", its number");
            }

            return new Extracted(formula, rule + ", its formula");
        }

        line = SentenceEnd().Split(line)[0];
        var bare = line.Trim().TrimEnd('.', '*', ' ', '`');
        if (Spoken.IsDate(bare))
        {
            return new Extracted(bare, rule + ", its date");
        }

        if (PlainExpression().Match(bare) is { Success: true } whole)
        {
            return new Extracted(whole.Value.Trim('*', '`', ' '), rule);
        }

        if (forms.HasFlag(AnswerForms.Numbers) && Spoken.IsRange(bare))
        {
            return new Extracted(bare, rule + ", its range");
        }

        // The words before it tell a list from numbers that only stand side by side.
        if (forms.HasFlag(AnswerForms.Numbers) && PlainMath.Last("is " + bare) is { } run)
        {
            return run.Text.Length > 0
                ? new Extracted(run.Text, rule + ", its number")
                : new Extracted(null, $"What follows \"{rule}\" is denied or doubted: no answer.");
        }

        return bare.Length is > 0 and <= 40 && forms.HasFlag(AnswerForms.Numbers) ? Cleaned(bare, rule) : null;
    }

    private static Extracted? ByForm(string text, AnswerForms forms)
    {
        if (text.Trim() is { Length: > 0 and <= 300 } whole && forms.HasFlag(AnswerForms.Numbers)
            && whole.IndexOfAny(['\\', '=', '<', '>', '^', '_', '{']) >= 0 && WholeExpression().IsMatch(whole))
        {
            return new Extracted(whole, "the whole text");
        }

        if (Hedges.GivesUp(text))
        {
            return new Extracted(null, "The text says that no answer was found.");
        }

        if (forms.HasFlag(AnswerForms.Formulas) && (Listed.Items(text) ?? Listed.Cases(text)) is { } listed)
        {
            return new Extracted(listed, "a list at the end");
        }

        if (forms.HasFlag(AnswerForms.Numbers)
            && (Spoken.Verdict(text) ?? Spoken.Last(text) ?? Spoken.Closing(text)) is { } spoken)
        {
            return spoken;
        }

        var plain = forms.HasFlag(AnswerForms.Numbers) ? PlainMath.Last(BoldMarks().Replace(text, "  ")) : null;
        if (forms.HasFlag(AnswerForms.Formulas) && Formulas.Last(text, out var end) is { } formula)
        {
            // What stands in plain words after the last formula is a later word on the matter.
            if (plain is null || plain.Value.Start < end)
            {
                var start = Opening(text, formula, end);
                return BrokenOff().IsMatch(text[end..])
                    ? new Extracted(null, "The text breaks off behind its last formula: no answer.")
                    : Hedges.Weaken(text, start, end)
                    ? new Extracted(null, "The last formula is denied or doubted: no answer.")
                    : new Extracted((Qualified().Match(text[..start]) is { Success: true } said
                        ? "\\text{" + said.Value + "}" : "") + formula + Boxes.PercentAfter(text, end), "last formula");
            }
        }

        return plain is not { } last
            ? forms.HasFlag(AnswerForms.Numbers) ? Spoken.Whole(text) ?? Spoken.Bold(text) : null
            : last.Text.Length == 0 ? new Extracted(null, "What stands last is denied or doubted: no answer.")
            : new Extracted(last.Text, "last number");
    }

    // Where a formula that ends here begins, with its delimiters.
    private static int Opening(string text, string formula, int end)
    {
        var at = text.LastIndexOf(formula, Math.Max(0, end - 1), StringComparison.Ordinal);
        return at < 0 ? end - 1 : text[..at].TrimEnd('$', '(', '[', '\\', ' ').Length is var start
            && start < at && text[start] == ' ' ? start + 1 : start;
    }

    private static Extracted Cleaned(string raw, string rule)
    {
        var text = raw.Trim().Trim('*', '`').Trim();
        return text.Length == 0 ? new Extracted(null, $"The {rule} is empty: no answer.") : new Extracted(text, rule);
    }

    private static Match? Last(Regex pattern, string text)
    {
        Match? last = null;
        for (var match = pattern.Match(text); match.Success; match = match.NextMatch())
        {
            last = match;
        }

        return last;
    }

    [GeneratedRegex(@"<\|(?:im_end|im_start|end|endoftext|eot_id|user|assistant|end_of_text)\|>",
        RegexOptions.CultureInvariant)]
    private static partial Regex SpecialToken();

    // A formula without its delimiters: no words but commands.
    [GeneratedRegex(@"^(?>\\+[A-Za-z]+|[A-Za-z]{1,2}(?![A-Za-z])|[^A-Za-z\\$\n]|\\[^A-Za-z])*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex WholeExpression();

    [GeneratedRegex(@"final answer\s*(?:is)?\s*\**\s*:?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FinalAnswer();

    // "not 15 but 16" names 16.
    [GeneratedRegex(@"\A(?:not|never|probably|perhaps|maybe|possibly|presumably|unknown|unclear|at least|at most"
        + @"|less than"
        + @"|more than|greater than)\b(?:[^.;]{0,40}?\bbut (?:rather )?(?<but>))?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Denied();

    // "all odd $n \ge 3$" is less than n ≥ 3.
    [GeneratedRegex(@"\b(?:odd|even|prime|composite)\s+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Qualified();

    // "the first case gives $5\cdot 7$ and the second case"
    [GeneratedRegex(@"\A\s*,?\s*(?:and|but|while|whereas|then|so|because|since|plus|minus|times)\b"
        + @"[^.!?\n]*[A-Za-z,]\s*\z"
        + @"|\A[^.!?\n]*\s(?:by|of|the|to|and|or|with|is|are|that|we|for|from|an?|must|then|so)\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex BrokenOff();

    [GeneratedRegex(@"(?<=[^.\s])\.\s+(?=[A-Z$\\])", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceEnd();

    // Not 2**3.
    [GeneratedRegex(@"(?<![0-9A-Za-z)])\*\*|\*\*(?![0-9A-Za-z(])", RegexOptions.CultureInvariant)]
    private static partial Regex BoldMarks();

    [GeneratedRegex(@"####\s*([^\n]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Hashes();

    [GeneratedRegex(@"answer\s*\**\s*(?:is\s*:?|:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AnswerIs();

    [GeneratedRegex(@"^[-+*`]*[0-9a-zA-Z(\[{.][0-9()\[\]{}+\-*/^.,=<> ]*(?:[a-zA-Z]?[0-9()\[\]{}+\-*/^.,=<> "
        + @"]+)*[a-zA-Z%]?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex PlainExpression();
}
