using System.Text.RegularExpressions;

namespace Phi4R.Maths;

/// <summary>Statements of a text that name a letter as the answer: "the answer is C", "we choose (b)", "D is correct".</summary>
internal static partial class ChoiceStatements
{
    // What may stand between the words that lead to a letter and the letter.
    private const string Between = @"(?:\s*(?:is|are|=|:|→|->|would be|should be|must be|has to be|will be|be|was|therefore|thus|then|hence|clearly|definitely|simply|indeed|obviously|likely|most likely|probably|for sure|only|just|actually|now|still|I think|it's|it is|given by|being),?)*\s*";

    // A letter, in brackets or not, and not the first of a word, of a name with a sign or of a formula.
    private const string Letter = @"(?<o>(?:the\s+)?(?:option|choice|letter|answer|number)\s*:?\s*)?[""'“]?(?:(?<b>[(\[])\s*(?<l>[A-Za-z])\s*[)\]]|(?<l>[A-Za-z])(?![A-Za-z'’_^0-9-]|\s*[=+<>^]))";

    /// <summary>The letter of the last statement that is neither refuted nor only supposed; null for no statement.</summary>
    /// <param name="text">The answer without markup.</param>
    /// <param name="letters">The options' letters.</param>
    public static Extracted? Last(string text, string letters)
    {
        List<(int Place, string? Letter)> found = [];
        foreach (var match in NamedLetter().Matches(text).Concat(ChosenLetter().Matches(text)).Concat(ConcludedLetter().Matches(text)).Concat(CorrectLetter().Matches(text)))
        {
            Add(match);
        }

        foreach (Match match in BothLetters().Matches(text))
        {
            found.Add((match.Index, null));
        }

        if (found.Count > 0)
        {
            return found.MaxBy(statement => statement.Place).Letter is { } letter
                ? new Extracted(letter, "named as the answer")
                : new Extracted(null, "Two letters are named as the answer: no answer.");
        }

        var right = RightLetter().Matches(text).Where(match => !Supposed(text, match.Index)).Select(match => ChoiceExtraction.Valid(match, letters)).OfType<string>().Distinct().ToList();
        return right is [var one] ? new Extracted(one, "called right") : null;

        void Add(Match match)
        {
            var group = match.Groups["l"];
            if (ChoiceExtraction.Valid(match, letters) is not { } letter || ChoiceExtraction.IsWord(text, group.Index))
            {
                return;
            }

            var rest = text[(match.Index + match.Length)..Math.Min(text.Length, match.Index + match.Length + 60)];
            var named = match.Groups["b"].Success || match.Groups["o"].Success;
            if ((group.Value[0] is >= 'a' and <= 'z' && !named && !Ends().IsMatch(rest)) || Refuted(rest) || Supposed(text, match.Index))
            {
                return;
            }

            found.Add((group.Index, Another(rest, letters, letter) ? null : letter));
        }
    }

    /// <summary>Whether what follows a letter says that it is not the answer.</summary>
    public static bool Refuted(string rest) => RefutedAfter().IsMatch(rest.Length > 60 ? rest[..60] : rest);

    // "A, B", "A or B": a second letter beside the first, which no words of its own follow.
    private static bool Another(string rest, string letters, string first) =>
        SecondLetter().Match(rest) is { Success: true } second && ChoiceExtraction.Valid(second, letters) is { } other && other != first;

    // Within the clause before the statement, a word that only supposes it or denies it.
    private static bool Supposed(string text, int index)
    {
        var start = text.LastIndexOfAny([',', ';', '.', '!', '?', '\n', ':', '('], Math.Max(0, index - 1), Math.Min(index, 80)) + 1;
        var clause = index == 0 ? "" : text[Math.Max(start, index - 80)..index];
        var last = Turn().Matches(clause).LastOrDefault();
        return Supposing().IsMatch(last is null ? clause : clause[(last.Index + last.Length)..]);
    }

    [GeneratedRegex(@"(?:\b(?:answer|(?:correct|right|best|chosen|final|only\s+valid|most\s+likely|remaining)\s+(?:choice|option|alternative|one|response|statement|letter))(?:\s+(?:choice|option|letter|here|to\s+(?:this|the)\s+(?:question|problem)))*(?:\s*\(s\))?|\b(?:choice|option|pick|selection)(?=\s*(?:is|:|=|must be|would be)\s)|答案|正确选项)\s*[是为:：]*" + Between + Letter, RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NamedLetter();

    [GeneratedRegex(@"(?:\b(?:finali[sz]e|choose|chose|pick|picked|select|selected|going with|go with|went with|settle on|settled on|opt for|vote for|answer with|conclude(?:\s+that)?(?:\s+it)?|mark)|故选|选)\s*:?" + Between + Letter, RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ChosenLetter();

    [GeneratedRegex(@"\b(?:(?:it|that|this|which)(?:'s|’s| is| must be| has to be| should be| would be)|therefore|thus|hence|so|leaves|leaving|corresponds to|matches|matching|points to|i\.e\.)[,:]?" + Between + Letter + @"(?=\s*(?:[.,;:!?\n]|\z)|(?<=[)\]])|(?<=(?:option|choice)\s*[A-Za-z])|\s+(?:because|since|as|and\s+not|not)\b)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ConcludedLetter();

    [GeneratedRegex(@"(?<![A-Za-z'’_-])(?<o>(?:option|choice|answer|statement)\s+)?(?:(?<b>[(\[])\s*(?<l>[A-Za-z])\s*[)\]]|(?<l>[A-Z]))(?:[):])?\s+(?:is|must be|has to be|should be|remains)\s+(?:(?:therefore|thus|then|hence|indeed|clearly|definitely|obviously|actually|the|our|my|only|most|a|best|final|single)\s+)*(?:correct|answer|best|right\s+(?:answer|choice|option|one)|solution|choice|option)\b", RegexOptions.CultureInvariant)]
    private static partial Regex CorrectLetter();

    [GeneratedRegex(@"(?<![A-Za-z'’_-])(?:\(?(?<l>[A-Za-z])\)|(?<l>[A-Z]))\s+is\s+(?:the\s+)?(?:right|valid|true)\b", RegexOptions.CultureInvariant)]
    private static partial Regex RightLetter();

    [GeneratedRegex(@"(?<![A-Za-z'’_-])\(?[A-Z]\)?\s*(?:,|and|or|&)\s*(?:option\s+)?\(?[A-Z]\)?\s+(?:are|both|is)(?:\s+both)?\s+(?:the\s+)?(?:correct|right|answers?|valid)\b", RegexOptions.CultureInvariant)]
    private static partial Regex BothLetters();

    [GeneratedRegex(@"\A[)\]]?\s*(?:,|;|/|&|\+|and|or|,\s*(?:and|or))\s*(?:option|choice)?\s*(?:\((?<l>[A-Za-z])\)|(?<l>[A-Z])(?![A-Za-z'’]))(?=\s*(?:[.,;:!?)\n/]|and\b|or\b|\z))", RegexOptions.CultureInvariant)]
    private static partial Regex SecondLetter();

    [GeneratedRegex(@"\A[)\].:""']?\s*(?:\z|[.,;:!?)\n])|\A[)\]]\s", RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"\A[)\]"":.,]*\s*(?:(?:is|was|are|would be|seems?|looks?|can(?:not|'t|not\s+be)?|could|must|does)\s*(?:be\s+)?(?:definitely|clearly|also|only|just|simply|therefore|an?|the)?\s*)?(?:not\b|n't\b|isn't|isn’t|wasn't|cannot|can't|doesn't|does\s+not|wrong|incorrect|false\b|invalid|impossible|ruled\s+out|eliminated|excluded|out\b|tempting|(?:common\s+)?(?:mistake|trap|distractor)|too\s+\w+|close\b)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex RefutedAfter();

    [GeneratedRegex(@"\b(?:but|however|so|therefore|thus|hence|then)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Turn();

    [GeneratedRegex(@"\b(?:if|might|may|maybe|perhaps|could|would\s+(?:say|think|choose|pick)|mistake|mistaken|tempt\w*|trap|at\s+first|initially|someone|some\s+(?:may|might|people|students)|students|rather\s+than|instead\s+of|don't|do\s+not|not|never|cannot|can't|unless|suppose|assume|why|whether|wrongly|unlikely)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Supposing();
}
