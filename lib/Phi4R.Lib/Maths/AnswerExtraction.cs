using System.Text;
using System.Text.RegularExpressions;

namespace Phi4R.Maths;

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
/// The order: (1) only what follows the last end-of-thinking tag counts, and thinking that never ends is no answer;
/// (2) the last balanced box, with its neighbors where only "and", "or" or a comma stands between; an empty or cut last box is no answer;
/// (3) an answer tag; (4) "final answer is"; (5) ####; (6) "answer is", "answer:"; (7) the last formula; (8) the last number.
/// </remarks>
public static partial class AnswerExtraction
{
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

        if (text.Length > 200_000)
        {
            text = text[^200_000..];
        }

        return Boxes.Find(text) ?? ByPhrase(text, forms) ?? ByForm(text, forms) ?? new Extracted(null, "No answer was found.");
    }

    /// <summary>What follows the last end-of-thinking tag, without special tokens; null where the thinking is not closed.</summary>
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
        var tag = AnswerTag().Match(text);
        if (tag.Success)
        {
            return Cleaned(tag.Groups[1].Value, "answer tag");
        }

        if (Last(FinalAnswer(), text) is { } final && FromPhrase(text[(final.Index + final.Length)..], forms, "final answer is") is { } named)
        {
            return named;
        }

        if (Last(Hashes(), text) is { } hashes)
        {
            return Cleaned(hashes.Groups[1].Value, "####");
        }

        return Last(AnswerIs(), text) is { } answer ? FromPhrase(text[(answer.Index + answer.Length)..], forms, "answer is") : null;
    }

    private static Extracted? FromPhrase(string rest, AnswerForms forms, string rule)
    {
        var trimmed = rest.TrimStart(' ', '\n', '\r', '\t', '*', ':', '_');
        var line = trimmed.Split('\n')[0];
        line = line.Split("I hope")[0];
        var from = trimmed.StartsWith('$') || trimmed.StartsWith('\\') ? trimmed : line;
        if (Formulas.First(from) is { } formula)
        {
            // "The largest $n$ is 34": the formula only names what the number is.
            if (!formula.Any(char.IsAsciiDigit) && forms.HasFlag(AnswerForms.Numbers) && Numbers.Last(line[Math.Min(line.Length, line.IndexOf(formula, StringComparison.Ordinal) + formula.Length)..]) is { } named)
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
        if (text.Trim() is { Length: > 0 and <= 300 } whole && forms.HasFlag(AnswerForms.Numbers) && WholeExpression().IsMatch(whole))
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

        return forms.HasFlag(AnswerForms.Numbers) && Numbers.Last(text) is { } number ? new Extracted(number, "last number") : null;
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

    [GeneratedRegex(@"<\|(?:im_end|im_start|end|endoftext|eot_id|user|assistant|end_of_text)\|>", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialToken();

    // A formula without its delimiters: no words but commands.
    [GeneratedRegex(@"^(?:\\+[A-Za-z]+|[A-Za-z]{1,2}(?![A-Za-z])|[^A-Za-z\\$\n]|\\[^A-Za-z])*$(?<=[\\=<>^_{].*)", RegexOptions.CultureInvariant, 200)]
    private static partial Regex WholeExpression();

    [GeneratedRegex(@"<answer>(.*?)</answer>(?!.*<answer>)", RegexOptions.Singleline | RegexOptions.CultureInvariant, 200)]
    private static partial Regex AnswerTag();

    [GeneratedRegex(@"final answer\s*(?:is)?\s*\**\s*:?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FinalAnswer();

    [GeneratedRegex(@"####\s*([^\n]*)", RegexOptions.CultureInvariant)]
    private static partial Regex Hashes();

    [GeneratedRegex(@"answer\s*\**\s*(?:is\s*:?|:)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AnswerIs();

    [GeneratedRegex(@"^[-+*`]*[0-9a-zA-Z(\[{.][0-9()\[\]{}+\-*/^.,=<> ]*(?:[a-zA-Z]?[0-9()\[\]{}+\-*/^.,=<> ]+)*[a-zA-Z%]?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex PlainExpression();
}

/// <summary>Formulas in a text, by their delimiters.</summary>
internal static partial class Formulas
{
    public static string? First(string text) => Delimited().Match(text) is { Success: true } match ? Inside(match) : null;

    public static string? Last(string text, out int end)
    {
        string? last = null;
        end = 0;
        for (var match = Delimited().Match(text); match.Success; match = match.NextMatch())
        {
            if (Inside(match).Trim().Length > 0)
            {
                // Formulas with only "and", "or" or a comma between them are one answer.
                last = last is not null && Joint().IsMatch(text[end..match.Index]) ? last + " , " + Inside(match) : Inside(match);
                end = match.Index + match.Length;
            }
        }

        return last;
    }

    private static string Inside(Match match) => match.Groups["a"].Success ? match.Groups["a"].Value
        : match.Groups["b"].Success ? match.Groups["b"].Value : match.Groups["c"].Success ? match.Groups["c"].Value : match.Groups["d"].Value;

    [GeneratedRegex(@"^\s*,?\s*(?:and|or|,)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    // An inline formula stays on its line; a dollar before a bare amount of money opens none.
    [GeneratedRegex(@"(?<!\\)\$\$(?<a>.*?)\$\$|\\\[(?<b>.*?)\\\]|\\\((?<c>[^\n]*?)\\\)|(?<!\\)\$(?<d>(?:[^$\n\\]|\\.)+)(?<!\\)\$", RegexOptions.Singleline | RegexOptions.CultureInvariant, 300)]
    private static partial Regex Delimited();
}

/// <summary>Numbers in running text.</summary>
internal static partial class Numbers
{
    public static string? Last(string text)
    {
        string? last = null;
        foreach (Match match in Number().Matches(text))
        {
            last = match.Value;
        }

        return last?.TrimEnd('.', ',');
    }

    [GeneratedRegex(@"(?<![0-9A-Za-z_.])(?:(?<=[^0-9)\s]\s*|^\s*|\s)[-+])?\$?(?:[0-9]{1,3}(?:[, ][0-9]{3})+(?:\.[0-9]+)?|[0-9]+,[0-9]+(?![0-9])|[0-9]*\.?[0-9]+)(?:[eE][+-]?[0-9]+)?(?:\s*/\s*[0-9]+(?:\.[0-9]+)?)?(?:\s*(?:\\?%|percent\b|pct\b))?(?![0-9A-Za-z]*[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}

/// <summary>Boxes in a text.</summary>
internal static partial class Boxes
{
    /// <summary>The last box, joined with its close neighbors; null where the text has none.</summary>
    public static Extracted? Find(string text)
    {
        List<(int Start, int End, string? Inside)> boxes = [];
        for (var match = Opening().Match(text); match.Success; match = Opening().Match(text, Math.Max(boxes[^1].End, match.Index + match.Length)))
        {
            boxes.Add(Read(text, match));
        }

        boxes.RemoveAll(box => box.Inside is null && box.End < 0);
        if (boxes.Count == 0)
        {
            return null;
        }

        var last = boxes[^1];
        if (last.Inside is null)
        {
            return new Extracted(null, "The last box is cut: no answer.");
        }

        if (last.Inside.Trim().Length == 0)
        {
            return new Extracted(null, "The last box is empty: no answer.");
        }

        StringBuilder joined = new(last.Inside + PercentAfter(text, last.End));
        var count = 1;
        for (var i = boxes.Count - 2; i >= 0 && boxes[i].Inside is { Length: > 0 } earlier; i--)
        {
            if (!Joins(text[boxes[i].End..boxes[i + 1].Start]))
            {
                break;
            }

            joined.Insert(0, earlier + (earlier.Contains('=') ? " ; " : " , "));
            count++;
        }

        return new Extracted(joined.ToString(), count == 1 ? "last box" : $"last {count} boxes");
    }

    /// <summary>A percent sign or word that follows at once and so belongs to the number.</summary>
    public static string PercentAfter(string text, int end) => Percent().IsMatch(text.AsSpan(end, Math.Min(24, text.Length - end))) ? "\\%" : "";

    private static (int Start, int End, string? Inside) Read(string text, Match opening)
    {
        var start = opening.Index + opening.Length;
        if (text[start - 1] != '{')
        {
            var bare = Bare().Match(text, start);
            return bare.Success && bare.Index == start ? (opening.Index, start + bare.Length, bare.Value) : (opening.Index, -1, null);
        }

        var depth = 1;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == '{')
            {
                depth++;
            }
            else if (text[i] == '}' && --depth == 0)
            {
                return (opening.Index, i + 1, text[start..i]);
            }
        }

        return (opening.Index, text.Length, null);
    }

    private static bool Joins(string between)
    {
        if (between.Length > 60)
        {
            return false;
        }

        var bare = Dressing().Replace(between, " ").Trim();
        return bare.All(c => char.IsWhiteSpace(c) || ",;&+\\".Contains(c))
            || (Joining().IsMatch(bare) && !Breaking().IsMatch(bare) && !bare.Contains('.') && bare.Length <= 40);
    }

    [GeneratedRegex(@"\\f?box(?:ed)?\s*(?:\{|(?=[0-9]))", RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    [GeneratedRegex(@"[0-9]+(?:\.[0-9]+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Bare();

    [GeneratedRegex(@"\A\s*(?:\\?\)|\$|\})?\s*(?:\\?%|percent\b|pct\b)", RegexOptions.CultureInvariant)]
    private static partial Regex Percent();

    [GeneratedRegex(@"\\text\{|\\(?:quad|qquad|,|;|!|\(|\)|\[|\])|[${}]|\\ ", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    [GeneratedRegex(@"\b(?:and|or)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Joining();

    [GeneratedRegex(@"\b(?:not|no|later|actually|wait|then|but|so|thus|now)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Breaking();
}
