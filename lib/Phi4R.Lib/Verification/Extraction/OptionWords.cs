using System.Text;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>The option that a response names by its words instead of its letter: "The enzyme is helicase."</summary>
internal static partial class OptionWords
{
    private const int Reach = 4000;

    /// <summary>
    /// The index of the one option that is the whole box or the whole answer, or that the last sentence names; -1 where
    /// that is none or more than one.
    /// </summary>
    public static int Named(string response, IReadOnlyList<string> choices)
    {
        if (AnswerExtraction.AfterThinking(response) is not { } text || Boxes.EndsCut(text))
        {
            return -1;
        }

        text = text.Length > Reach ? text[^Reach..] : text;
        var options = choices.Select(Plain).ToList();
        if (Boxes.All(text).Select(box => box.Inside).LastOrDefault() is { } boxed)
        {
            return Only(options, option => option == Plain(boxed));
        }

        var said = Plain(text);
        var whole = Only(options, option => option == said);
        var last = SentenceEnd().Split(text).LastOrDefault(sentence => sentence.Any(char.IsLetterOrDigit));
        if (whole >= 0 || last is null)
        {
            return whole;
        }

        // An option that is a part of another named one is not named itself; a number alone may be of the working.
        var sentence = Plain(last);
        var named = options.Where(option => option.Any(char.IsLetter)
            && Place(sentence, option) is >= 0 and var place && !Refused().IsMatch(sentence[..place])).ToList();
        var longest = named.Where(option => !named.Exists(other => other != option && other.Contains(option)));
        return longest.ToList() is [var one] && Place(sentence, one) is var at
            && !Hedges.Weaken(sentence, at, at + one.Length) && !Listed().IsMatch(last)
            ? options.IndexOf(one)
            : -1;
    }

    private static int Only(List<string> options, Predicate<string> holds) =>
        options.Count(option => option.Length > 0 && holds(option)) == 1 ? options.FindIndex(holds) : -1;

    // Where an option stands as words of its own; -1 for nowhere.
    private static int Place(string sentence, string option)
    {
        for (var at = sentence.IndexOf(option, StringComparison.Ordinal); at >= 0;
            at = sentence.IndexOf(option, at + 1, StringComparison.Ordinal))
        {
            var end = at + option.Length;
            if ((at == 0 || !char.IsLetterOrDigit(sentence[at - 1]))
                && (end == sentence.Length || !(char.IsLetterOrDigit(sentence[end]) || sentence[end] is '^' or '+')))
            {
                return at;
            }
        }

        return -1;
    }

    private static string Plain(string text) =>
        Spaces().Replace(Markup().Replace(Readable(text), ""), " ").Trim(' ', '.', ',', ':', '!', '"')
            .ToLowerInvariant();

    // "Mg²⁺" as "Mg2+"; half a pair of surrogates stays as it is.
    private static string Readable(string text) => Ascii.IsValid(text)
        ? text
        : string.Concat(text.Select(c => char.IsAscii(c) || char.IsSurrogate(c)
            ? c.ToString()
            : c.ToString().Normalize(NormalizationForm.FormKC)));

    [GeneratedRegex(@"\\(?:text|mathrm|textbf|mathbf|textrm|textit|mbox|left|right|quad)(?![A-Za-z])|\\[ ,;:!()\[\]]"
        + @"|[{}$*_`^]", RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<=[A-Za-z0-9)\]*$][.!?])\s+|\n", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceEnd();

    // "nitrogen, not oxygen"
    [GeneratedRegex(@",\s+(?:and\s+)?(?:not|rather than|instead of)\s+(?:the\s+|an?\s+)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Refused();

    // One line of the options, repeated.
    [GeneratedRegex(@"\A\s*[(\[]?[A-J][)\].:]\s", RegexOptions.CultureInvariant)]
    private static partial Regex Listed();
}
