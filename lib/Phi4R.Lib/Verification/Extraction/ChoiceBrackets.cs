using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Letters in brackets behind what they stand for: "So it is Venus (B)."</summary>
internal static partial class ChoiceBrackets
{
    private const int Reach = 80;

    private sealed record Bracketed(int Sentence, string Letter, bool Ends, bool Concludes);

    /// <summary>
    /// The only letter in brackets; of several, the one that ends a clause ("Go with the heap (C); a list (A) needs
    /// more"), in the last sentence that draws a conclusion, or in all of them.
    /// </summary>
    public static Extracted? Find(string text, string letters, IReadOnlyList<string> choices)
    {
        List<Bracketed> found = [];
        var sentences = ChoiceExtraction.Sentences(text);
        for (var i = 0; i < sentences.Length; i++)
        {
            var concludes = Concluding().IsMatch(sentences[i]);
            found.AddRange(Letter().Matches(sentences[i])
                .Where(match => Names(match, sentences[i], letters, choices))
                .Select(match => new Bracketed(i, match.Groups["l"].Value.ToUpperInvariant(),
                    Closing().IsMatch(Behind(sentences[i], match)), concludes)));
            found.AddRange(Coupled().Matches(sentences[i])
                .Where(match => ChoiceExtraction.Valid(match, letters) is not null
                    && !Denied().IsMatch(Before(sentences[i], match.Groups["l"].Index - 1)))
                .Select(match => new Bracketed(i, match.Groups["l"].Value, Ends: true, concludes)));
        }

        if (found.Select(letter => letter.Letter).Distinct().Count() == 1)
        {
            return new Extracted(found[0].Letter, "the only letter in brackets");
        }

        var ends = found.Where(letter => letter.Ends).ToList();
        var last = ends.LastOrDefault(letter => letter.Concludes);
        return ends.Where(letter => last is null || letter.Sentence == last.Sentence)
            .Select(letter => letter.Letter).Distinct().ToList() is [var one]
            ? new Extracted(one, "the letter in brackets that ends its clause")
            : null;
    }

    private static bool Names(Match match, string sentence, string letters, IReadOnlyList<string> choices)
    {
        var before = Before(sentence, match.Index);
        return ChoiceExtraction.Valid(match, letters) is { } letter
            && !ChoiceStatements.Refuted(Behind(sentence, match))
            && !ChoiceExtraction.IsCoordinated(sentence, match)
            && !ChoiceStatements.Conditional(Behind(sentence, match))
            && !ChoiceExtraction.IsRuledOut(before) && !Denied().IsMatch(before)
            && !IsSymbol(before, letter[0] - 'A', choices);
    }

    // "coulomb (C)", where option C is none: the letter of a unit or of a quantity.
    private static bool IsSymbol(string before, int option, IReadOnlyList<string> choices) =>
        Symbols().Match(before) is { Success: true } name
        && !(option < choices.Count
            && choices[option].Contains(name.Groups["stem"].Value, StringComparison.OrdinalIgnoreCase));

    private static string Before(string text, int index) => text[Math.Max(0, index - Reach)..index];

    private static string Behind(string text, Match letter)
    {
        var end = letter.Index + letter.Length;
        return text[end..Math.Min(text.Length, end + Reach)];
    }

    // No argument of a function: "P(A)".
    [GeneratedRegex(@"(?<!(?<![A-Za-z])[A-Za-z]|[_^0-9])\((?<l>[A-Za-z])\)", RegexOptions.CultureInvariant)]
    private static partial Regex Letter();

    [GeneratedRegex(@"\A[""'”]?\s*(?:[.;!:,]|\z|(?:and|or|nor|rather\s+than|instead\s+of|because|since|as|not|remains"
        + @"|is\s+(?:the\s+(?:answer|one)|left|correct|right)|fits|works|it\s+is)\b)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Closing();

    // "Venus (B) and Mars (D) both fit": the second of two, where a comma would begin a clause.
    [GeneratedRegex(@"\([A-Z]\)\s+(?:and|or|nor)\s+(?:the\s+)?(?!not\b)(?:[\w'’-]+\s+){1,3}\((?<l>[A-Z])\)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Coupled();

    [GeneratedRegex(@"\b(?:so|thus|hence|therefore|answer|choose|pick|select|go\s+(?:with|for)|going\s+with|take"
        + @"|must\s+be|conclu\w+|leav(?:es|ing)|left|remains|gives|it\s+is|it['’]s)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Concluding();

    // "rather than the sorted array"
    [GeneratedRegex(@"\b(?:not|n['’]t|rather\s+than|instead\s+of|unlike|like|than|nor|neither|except|without|versus"
        + @"|vs\.?|compared\s+(?:to|with)|confuse[sd]?\s+with)\s+(?:with\s+)?(?:(?:the|an?|from|for)\s+)?"
        + @"(?:[\w'’-]+\s+){0,3}(?:\([A-Z]\),?\s+(?:or|nor|and)\s+(?:[\w'’-]+\s+){0,3})*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Denied();

    [GeneratedRegex(@"\b(?<stem>coulomb|farad|ampere|joule|henry|kelvin|celsius|fahrenheit|gauss|charge|capacitance"
        + @"|energy|force|field|current|area|enthalpy|entropy|inductance|temperature|carbon|hydrogen|fluorine|iodine"
        + @"|boron|adenine|guanine|cytosine|constant)s?,?\s+\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Symbols();
}
