using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Extraction;

/// <summary>An answer taken out of a response, or null, and the rule that found it or says why there is none.</summary>
public sealed record Extracted(string? Answer, string Rule);

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
/// follows it; an empty or cut last box is no answer; (3) an answer tag; (4) "final answer is"; (5) ####; (6) "answer
/// is", "answer:"; (7) the last formula; (8) the last number.
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

        if (Boxes.Find(text) is { } box)
        {
            // "The final answer is" behind the last box is a later word than the box.
            return box.Answer is not null && Last(FinalAnswerIs(), text) is { } later
                && later.Index > text.LastIndexOf("boxed", StringComparison.Ordinal)
                ? FromPhrase(text[(later.Index + later.Length)..], forms, "final answer is") ?? box
                : box;
        }

        return ByPhrase(text, forms) ?? ByForm(text, forms) ?? new Extracted(null, "No answer was found.");
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
            && FromPhrase(text[(final.Index + final.Length)..], forms, "final answer is") is { } named)
        {
            return named;
        }

        if (Last(Hashes(), text) is { } hashes)
        {
            return Cleaned(hashes.Groups[1].Value, "####");
        }

        return Last(AnswerIs(), text) is { } answer
            ? FromPhrase(text[(answer.Index + answer.Length)..], forms, "answer is")
            : null;
    }

    private static Extracted? FromPhrase(string rest, AnswerForms forms, string rule)
    {
        var trimmed = rest.TrimStart(' ', '\n', '\r', '\t', '*', ':', '_');
        var line = trimmed.Split('\n')[0];
        line = line.Length > 500 ? line[..500] : line;
        line = line.Split("I hope")[0];
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

        var bare = line.Trim().TrimEnd('.', '*', ' ', '`');
        if (PlainExpression().Match(bare) is { Success: true } whole)
        {
            return new Extracted(whole.Value.Trim('*', '`', ' '), rule);
        }

        if (forms.HasFlag(AnswerForms.Numbers) && Numbers.Last(line) is { } number)
        {
            return new Extracted(number, rule + ", its number");
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

        if (forms.HasFlag(AnswerForms.Formulas) && Formulas.Last(text, out var end) is { } formula)
        {
            // A number in plain words after the last formula is a later word on the matter.
            var later = forms.HasFlag(AnswerForms.Numbers) ? Numbers.Last(text[end..]) : null;
            return later is null
                ? new Extracted(formula + Boxes.PercentAfter(text, end), "last formula")
                : new Extracted(later, "last number");
        }

        return forms.HasFlag(AnswerForms.Numbers) && Numbers.Last(text) is { } number
            ? new Extracted(number, "last number")
            : null;
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

    [GeneratedRegex(@"final answer is\s*\**\s*:?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FinalAnswerIs();

    [GeneratedRegex(@"####\s*([^\n]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Hashes();

    [GeneratedRegex(@"answer\s*\**\s*(?:is\s*:?|:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AnswerIs();

    [GeneratedRegex(@"^[-+*`]*[0-9a-zA-Z(\[{.][0-9()\[\]{}+\-*/^.,=<> ]*(?:[a-zA-Z]?[0-9()\[\]{}+\-*/^.,=<> "
        + @"]+)*[a-zA-Z%]?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex PlainExpression();
}
