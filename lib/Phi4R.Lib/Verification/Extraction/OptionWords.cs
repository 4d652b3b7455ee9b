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
            var inside = Plain(boxed);
            return Only(options, option => option == inside) is >= 0 and var exact
                ? exact
                : Only(options, option => option.Any(char.IsLetter) && option == Plain(Dressing().Replace(inside, "")));
        }

        var said = Plain(text);
        var whole = Only(options, option => option == said);
        var sentences = SentenceEnd().Split(ChoiceAsides.WithoutOthers(text))
            .Where(sentence => sentence.Any(char.IsLetterOrDigit)).ToList();
        return whole >= 0 || sentences.Count == 0 ? whole
            : In(sentences[^1], options, choices) is >= 0 and var last ? last
            : Opening(sentences, options, choices);
    }

    /// <summary>
    /// The index of an option whose words stand beside another one's letter, in the last box ("B. Helicase") or as
    /// what is called the answer behind it; -1 for none.
    /// </summary>
    public static int Beside(string response, int chosen, IReadOnlyList<string> choices)
    {
        if (AnswerExtraction.AfterThinking(response) is not { } text
            || Boxes.All(text).LastOrDefault() is not { Inside: { } inside, End: var end })
        {
            return -1;
        }

        var options = choices.Select(Plain).ToList();
        var behind = Answered().Matches(text[end..Math.Min(text.Length, end + Reach)]).LastOrDefault();
        List<string> said = [Plain(behind?.Groups["said"].Value ?? "")];
        inside = Plain(inside);
        if (LetterOf().Match(inside) is { Success: true } mark && mark.Value.Contains((char)('a' + chosen)))
        {
            said.Add(inside.Remove(mark.Index, mark.Length));
        }

        var other = Only(options, option => Word().IsMatch(option) && said.Contains(option));
        return other >= 0 && other != chosen && !said.Contains(options[chosen]) ? other : -1;
    }

    // An option that is a part of another named one is not named itself; a number alone may be of the working.
    private static int In(string last, List<string> options, IReadOnlyList<string> choices)
    {
        var sentence = Plain(last);
        var named = Options(sentence, options, choices);
        named.RemoveAll(one => named.Exists(other => other != one && other.Words.Contains(one.Words)));
        if (named.Count > 1)
        {
            named.RemoveAll(one => IsDenied(sentence[one.End..])
                || Aside().IsMatch(sentence[..one.Place])
                || (sentence.AsSpan(0, one.Place).ContainsAny(',', ';')
                    && Hedges.Weaken(sentence, one.Place, one.End)));
        }

        if (named.Count > 1 && named.MaxBy(one => one.End) is var final && final.End == sentence.Length
            && Leading().IsMatch(sentence[..final.Place]) && !Subordinate().IsMatch(sentence))
        {
            named = [final];
        }

        return named is [var found] && !Listed().IsMatch(last) && !Measured().IsMatch(sentence[found.End..])
            && !Hedges.Weaken(Cleft().IsMatch(sentence[found.End..]) ? sentence[..found.End] : sentence,
                found.Place, found.End)
            ? found.Index
            : named.Count == 0 ? ByParts(sentence, options) : -1;
    }

    // "Exponential. The normal distribution is not memoryless."
    private static int Opening(List<string> sentences, List<string> options, IReadOnlyList<string> choices)
    {
        var first = Plain(sentences[0]);
        return Only(options, option => option.Any(char.IsLetter) && option == first) is >= 0 and var opening
            && sentences.Skip(1).Select(Plain).All(later => Options(later, options, choices)
                .TrueForAll(one => one.Index == opening || IsDenied(later[one.End..])))
            ? opening
            : -1;
    }

    private static List<(int Index, string Words, int Place, int End)> Options(
        string sentence, List<string> options, IReadOnlyList<string> choices) =>
        [.. options.Select((option, i) => (Index: i, Words: Pronoun().Replace(option, "")))
            .Where(option => option.Words.Any(char.IsLetter))
            .Select(option => (option.Index, option.Words, Place: Place(sentence, option.Words,
                choices[option.Index].AsSpan().IndexOfAny('$', '\\') >= 0)))
            .Where(option => option.Place >= 0 && !Refused().IsMatch(sentence[..option.Place]))
            .Select(option => (option.Index, option.Words, option.Place, option.Place + option.Words.Length))];

    // "15 cm, real" of "the image is 15 cm from the lens and is real": the one option of which all parts are named.
    private static int ByParts(string sentence, List<string> options) =>
        options.Select(Parts).ToList() is var parts && parts.TrueForAll(own => own.Length > 1)
            && Enumerable.Range(0, options.Count).Where(i => Array.TrueForAll(parts[i], part =>
                part.Any(char.IsLetter) && Place(sentence, part, isFormula: false) is >= 0 and var at
                    && !Hedges.Weaken(sentence, at, at + part.Length))).ToList() is [var one]
            && parts.SelectMany(own => own).Except(parts[one])
                .All(other => Place(sentence, other, isFormula: false) < 0)
            ? one
            : -1;

    private static string[] Parts(string option) =>
        option.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static bool IsDenied(string rest) => Denied().IsMatch(rest);

    private static int Only(List<string> options, Predicate<string> holds) =>
        options.Count(option => option.Length > 0 && holds(option)) == 1 ? options.FindIndex(holds) : -1;

    // Where an option stands as words of its own, or as a formula of its own; -1 for nowhere.
    private static int Place(string sentence, string option, bool isFormula)
    {
        for (var at = sentence.IndexOf(option, StringComparison.Ordinal); at >= 0;
            at = sentence.IndexOf(option, at + 1, StringComparison.Ordinal))
        {
            var end = at + option.Length;
            if ((at == 0 || !(char.IsLetterOrDigit(sentence[at - 1]) || sentence[at - 1] == '\''))
                && !(isFormula && GoesOn().IsMatch(sentence[end..])) && !Decimal().IsMatch(sentence[..at])
                && (end == sentence.Length || !(char.IsLetterOrDigit(sentence[end]) || sentence[end] is '^' or '+')))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The words of an option or of a text in small letters, without markup.</summary>
    internal static string Plain(string text) =>
        Spaces().Replace(Markup().Replace(Readable(text), ""), " ").Replace(" \\", "\\", StringComparison.Ordinal)
            .Replace('’', '\'').Trim(' ', '.', ',', ':', '!', '"').ToLowerInvariant();

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

    // "nitrogen, not oxygen"; "not from oxygen"
    [GeneratedRegex(@",\s+(?:and\s+)?(?:not|rather than|instead of)\s+(?:(?:from|by|of|in|at|on|for|with|to|due to"
        + @"|because of)\s+)?(?:the\s+|an?\s+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Refused();

    // Beside another option: "the Poisson distribution is not", "sodium does not float".
    [GeneratedRegex(@"\A[^,;.]{0,60}?\b(?:(?:is|are|was|were|does|do|did|has|have|can|could|will|would)\s+not\b"
        + @"|cannot\b"
        + @"|[a-z]{2,8}n't\b)", RegexOptions.CultureInvariant)]
    private static partial Regex Denied();

    // "primase, unlike helicase"; "although the volume increases"
    [GeneratedRegex(@"\b(?:(?:unlike|in contrast to|compared (?:to|with)|choose [^,;]{1,60} over|pick [^,;]{1,60} over)"
        + @"\s+(?:the\s+|an?\s+)?|(?:although|though|whereas|while|even if)\b[^,;]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Aside();

    // The letter before or behind an option's text: "b. helicase", "helicase (b)".
    [GeneratedRegex(@"\A[(\[]?[a-z](?:[)\]]?\s*[.):,=-]\s*|\s+-\s+|[)\]]\s*)|\s*\([a-z]\)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex LetterOf();

    [GeneratedRegex(@"\b[Aa]nswer(?:\s+is|\s*:)\s*\**(?<said>[^\n.]{1,120})", RegexOptions.CultureInvariant)]
    private static partial Regex Answered();

    // Words, and no formula of which a sign may be lost.
    [GeneratedRegex(@"\A[a-z' -]*[a-z]{4}[a-z' -]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    // "two days after Monday: Wednesday"
    [GeneratedRegex(@"(?::|→|=>|\b(?:is|gives|means|namely|becomes))\s*(?:the\s+|an?\s+)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Leading();

    [GeneratedRegex(@"\b(?:if|when|while|although|though|since|because|whereas|unless|than|or)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex Subordinate();

    // "the axiom that fails": what is asked for, where it is put first.
    [GeneratedRegex(@"\A\s+(?:that|is\s+(?:what|the\s+one\s+that))\s", RegexOptions.CultureInvariant)]
    private static partial Regex Cleft();

    // "the charge is 3 C" speaks of its value.
    [GeneratedRegex(@"\A\s+(?:is|was|equals)\s+(?:about\s+|only\s+)?[-−]?[0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex Measured();

    [GeneratedRegex(@"\A(?:it|they)\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Pronoun();

    [GeneratedRegex(@"\A\s*[-+*/=^<>\\(]", RegexOptions.CultureInvariant)]
    private static partial Regex GoesOn();

    [GeneratedRegex(@"[0-9][.,]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    // "The ion is chloride", "chloride (Cl-)"
    [GeneratedRegex(@"\A(?:the\s+(?:[a-z]+\s+){1,3}is|it\s+is|it's)\s+(?:the\s+|an?\s+)?|\s*\([^()]{1,20}\)\z"
        + @"|\s+ions?\z|,?\s+[a-z]{1,3}[0-9]?[-+]{1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    // One line of the options, repeated.
    [GeneratedRegex(@"\A\s*[(\[]?[A-J][)\].:]\s", RegexOptions.CultureInvariant)]
    private static partial Regex Listed();
}
