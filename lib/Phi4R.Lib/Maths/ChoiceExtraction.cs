using System.Text.RegularExpressions;

namespace Phi4R.Maths;

/// <summary>Finds the letter that a response chose.</summary>
/// <remarks>
/// The order: a letter alone in the last box or answer tag; a letter alone in the whole answer; the last letter that is named as the answer
/// ("the answer is C", "finalize B", "therefore ... B", "option (d)"); a letter at the start of a line with a dot, a bracket or a name;
/// the last letter in brackets or bold; the last lone capital that is not ruled out. The article "A" and the pronoun "I" are words where a lower-case word
/// follows.
/// </remarks>
public static partial class ChoiceExtraction
{
    /// <summary>Extracts the chosen letter, in upper case.</summary>
    /// <param name="response">All that the model wrote.</param>
    /// <param name="options">How many options there are, 1 to 26.</param>
    public static Extracted Extract(string response, int options) =>
        Extract(response, string.Concat(Enumerable.Range(0, Math.Clamp(options, 1, 26)).Select(i => (char)('A' + i))));

    /// <summary>Extracts the chosen letter, in upper case.</summary>
    /// <param name="response">All that the model wrote.</param>
    /// <param name="letters">The options' letters, such as "ABCD".</param>
    public static Extracted Extract(string response, string letters)
    {
        if (AnswerExtraction.AfterThinking(response) is not { } text)
        {
            return new Extracted(null, "The thinking never ends: no answer.");
        }

        if (Boxes.Find(text) is { } box)
        {
            return Lone(box.Answer ?? "", letters) is { } boxed ? new Extracted(boxed, box.Rule) : new Extracted(null, box.Answer is null ? box.Rule : "The box holds no letter.");
        }

        text = Markup().Replace(text.Length > 20_000 ? text[^20_000..] : text, " ").Trim();
        return (Lone(text, letters) is { } alone ? new Extracted(alone, "the whole answer") : null)
            ?? Named(text, letters)
            ?? Started(text, letters)
            ?? Bracketed(text, letters)
            ?? Standing(text, letters)
            ?? new Extracted(null, "No letter was found.");
    }

    /// <summary>The index of the option that a reference names by letter or by value; -1 for none.</summary>
    internal static int IndexOf(string gold, IReadOnlyList<string> choices)
    {
        for (var i = 0; i < choices.Count; i++)
        {
            if (string.Equals(choices[i].Trim(), gold.Trim(), StringComparison.Ordinal))
            {
                return i;
            }
        }

        var letters = string.Concat(Enumerable.Range(0, choices.Count).Select(i => (char)('A' + i)));
        return Lone(gold, letters) is { } letter ? letter[0] - 'A' : -1;
    }

    private static string? Lone(string text, string letters)
    {
        var match = LoneLetter().Match(text.Length > 400 ? "" : text);
        return match.Success && Valid(match.Groups[1].Value, letters) is { } letter ? letter : null;
    }

    private static string? Valid(string letter, string letters)
    {
        var upper = letter.ToUpperInvariant();
        return letters.Contains(upper, StringComparison.Ordinal) ? upper : null;
    }

    private static Extracted? Named(string text, string letters)
    {
        Extracted? found = null;
        foreach (Match match in NamedLetter().Matches(text))
        {
            var letter = match.Groups["l"].Value;
            var lower = letter[0] is >= 'a' and <= 'z';
            if (Valid(letter, letters) is { } valid && !(lower && !match.Groups["b"].Success && !match.Groups["o"].Success && !EndsThere(text, match.Groups["l"].Index)) && !IsWord(text, match.Groups["l"].Index))
            {
                found = new Extracted(valid, "named as the answer");
            }
        }

        foreach (Match match in LetterIsRight().Matches(text))
        {
            if (Valid(match.Groups["l"].Value, letters) is { } valid && (found is null || match.Index > text.Length * 3 / 4))
            {
                found ??= new Extracted(valid, "called right");
            }
        }

        return found;
    }

    private static Extracted? Started(string text, string letters)
    {
        foreach (Match match in LineStart().Matches(text))
        {
            if (Valid(match.Groups["l"].Value, letters) is { } valid && !IsWord(text, match.Groups["l"].Index))
            {
                return new Extracted(valid, "start of a line");
            }
        }

        return null;
    }

    private static Extracted? Bracketed(string text, string letters)
    {
        var last = InBrackets().Matches(text).LastOrDefault(match => Valid(match.Groups["l"].Value, letters) is not null);
        return last is null ? null : new Extracted(Valid(last.Groups["l"].Value, letters), "last letter in brackets");
    }

    private static Extracted? Standing(string text, string letters)
    {
        var all = Capital().Matches(text).Where(match => letters.Contains(match.Value, StringComparison.Ordinal) && !IsWord(text, match.Index)
            && !RuledOut().IsMatch(text[Math.Max(0, match.Index - 24)..match.Index])).ToList();
        return all.Count == 0 ? null : new Extracted(all[^1].Value, "last lone capital");
    }

    /// <summary>Whether the letter is the article "A" or the pronoun "I".</summary>
    private static bool IsWord(string text, int index) =>
        text[index] is 'A' or 'I' or 'a' && WordAfter().Match(text, index + 1) is { Success: true } after && after.Index == index + 1
        && !NotAfterArticle().IsMatch(after.Value);

    private static bool EndsThere(string text, int index) => index + 1 >= text.Length || text[index + 1] is '.' or ')' or '\n' or ',' || text[(index + 1)..].Trim().Length == 0;

    [GeneratedRegex(@"\A[\s\\$({\[*:.""'`]*(?:(?:text|textbf|mathrm|mathbf|mathsf|rm|bf|option|choice|answer)[\s{(]*)*([A-Za-z])(?:[\s)}\]*.:$""'`\\]*|\s*[).:]\s*\S.*|\}?\s*\)\s*.*)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex LoneLetter();

    [GeneratedRegex(@"[*`_]+|\\text(?:bf|rm)?|\\math(?:rm|bf)|[${}]|\\[()\[\]]", RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\b(?:answer(?:\s+(?:is|would be|must be|should be|choice is))?|finalize|choose|pick|select|going with|go with|it'?s|it is|it must be|therefore|conclude)\s*:?\s*(?:(?:for sure|definitely|clearly|likely|probably|simply|thus|then|therefore|most likely|I think it'?s)\s+)*:?\s*(?<o>(?:option|choice|letter)\s*)?(?<b>\()?\s*(?<l>[A-Za-z])(?![A-Za-z'])|\b(?<o>option|choice)\s+(?<b>\()?(?<l>[A-Za-z])(?![A-Za-z'])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NamedLetter();

    [GeneratedRegex(@"(?<![A-Za-z])(?<l>[A-Z])\)?\s+is\s+(?:the\s+)?(?:correct|right|valid|true|best)", RegexOptions.CultureInvariant)]
    private static partial Regex LetterIsRight();

    [GeneratedRegex(@"^[ \t]*\(?(?<l>[A-Z])(?:\)|\.|:|(?=\s+[A-Z])|(?=\s*$))", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex LineStart();

    [GeneratedRegex(@"\((?<l>[A-Za-z])\)", RegexOptions.CultureInvariant)]
    private static partial Regex InBrackets();

    [GeneratedRegex(@"(?<![A-Za-z'])[A-Z](?![A-Za-z'])", RegexOptions.CultureInvariant)]
    private static partial Regex Capital();

    [GeneratedRegex(@"\b(?:not|isn't|never|nor|except|rule out|eliminate)\s+(?:[A-Z]\s*(?:,|or|nor)\s*)*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex RuledOut();

    [GeneratedRegex(@"\s+[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex WordAfter();

    [GeneratedRegex(@"\A\s+(?:is|because|since|as|and|or|not|it|which|therefore|so|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex NotAfterArticle();
}
