using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Finds the letter that a response chose.</summary>
/// <remarks>
/// The order: (1) a letter in the last box or answer tag that holds one, unless a later statement names another; (2)
/// the last statement ("the answer is C", "option (d) is correct", "therefore B"); (3) a letter alone: the whole
/// answer, its last line, its first; (4) the one option line that is called right, or the only letter at the start of a
/// line; (5) the only letter in brackets, of the text or of the last sentence with one; (6) the only capital of a short
/// last sentence. Two letters are no answer. A letter that is refuted is none, nor is the article "A", the pronoun "I"
/// or the "E." of a species.
/// </remarks>
public static partial class ChoiceExtraction
{
    private const int Reach = 20_000;
    private const int Clause = 80;

    /// <summary>Extracts the chosen letter, in upper case.</summary>
    /// <param name="response">All that the model wrote.</param>
    /// <param name="options">How many options there are, 1 to 26.</param>
    public static Extracted Extract(string response, int options) => Extract(response, Letters(options));

    /// <summary>Extracts the chosen letter, in upper case.</summary>
    /// <param name="response">All that the model wrote.</param>
    /// <param name="letters">The options' letters, such as "ABCD".</param>
    public static Extracted Extract(string response, string letters) => Extract(response, letters, []);

    /// <summary>Extracts the chosen letter, in upper case, with the options' texts at hand.</summary>
    internal static Extracted Extract(string response, IReadOnlyList<string> choices) =>
        Extract(response, Letters(choices.Count), choices);

    private static Extracted Extract(string response, string letters, IReadOnlyList<string> choices)
    {
        if (AnswerExtraction.AfterThinking(response) is not { } text)
        {
            return new Extracted(null, "The thinking never ends: no answer.");
        }

        text = text.Length > Reach ? text[^Reach..] : text;
        text = ChoiceAsides.Lettered(ChoiceBoxes.WithoutStruck(text), letters, choices);
        if (Boxes.EndsCut(text))
        {
            return new Extracted(null, "The last box is cut: no answer.");
        }

        List<(string Inside, int End, string Rule)> places = [.. Boxes.All(text), .. ChoiceBoxes.Tags(text)];
        var boxed = places.Select(place => (Found: InBox(place.Inside, letters), place.End, place.Rule))
            .LastOrDefault(box => box.Found.Any && !ChoiceBoxes.IsDenied(text, box.End));
        if (ChoiceBoxes.AreTwo(text))
        {
            return new Extracted(null, "Two boxes hold two letters: no answer.");
        }

        if (boxed.Found.Any && boxed.Found.Sure)
        {
            return ChoiceStatements.Last(ChoiceAsides.Without(Plain(text[boxed.End..])), letters, behindBox: true)
                ?? boxed.Found.As(boxed.Rule);
        }

        var whole = Plain(Boxes.Without(text));
        var plain = ChoiceAsides.Without(whole);
        return ChoiceStatements.Last(plain, letters)
            ?? (boxed.Found.Any ? boxed.Found.As(boxed.Rule) : null)
            ?? Alone(plain, letters)
            ?? (places.Count > 0 ? new Extracted(null, "The box holds no letter.") : null)
            ?? Started(plain, letters)
            ?? ChoiceBrackets.Find(plain, letters, choices)
            ?? ChoiceStanding.Find(plain, letters)
            ?? ChoiceStatements.Last(whole, letters)
            ?? new Extracted(null, "No letter was found.");
    }

    /// <summary>Whether a text ends in saying that no option is right, where it states no other answer.</summary>
    internal static bool TakesNone(string response, Extracted found, IReadOnlyList<string> choices) =>
        !found.IsStated && !Boxes.All(response).Any()
        && !choices.Any(ChoiceWords.NoOption.IsMatch)
        && ChoiceWords.NoneFits.IsMatch(response[Math.Max(0, response.Length - 300)..].TrimEnd());

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

        return InBox(gold, Letters(choices.Count)) is { Letters: { Length: 1 } letter } ? letter[0] - 'A' : -1;
    }

    private static string Letters(int options) =>
        string.Concat(Enumerable.Range(0, Math.Clamp(options, 1, 26)).Select(i => (char)('A' + i)));

    /// <summary>
    /// The letters of a box: none, one, or several, which is no answer; sure unless a formula might begin so.
    /// </summary>
    private readonly record struct BoxedLetters(string Letters, bool Sure)
    {
        public bool Any => Letters is { Length: > 0 };

        public Extracted As(string rule) => Letters.Length == 1
            ? new Extracted(Letters, rule)
            : new Extracted(null, $"The {rule} holds {Letters.Length} letters: no answer.");
    }

    private static BoxedLetters InBox(string inside, string letters)
    {
        var plain = Arrow().Replace(Plain(inside), " - ").Trim().Trim('"', '\'', '`', '.', ' ');
        plain = plain.EndsWith(')') && !plain.Contains('(') ? plain.TrimEnd(')') : plain; // "C)"
        if (SeveralLetters().Match(plain) is { Success: true } several)
        {
            string all =
                new([.. several.Groups["l"].Captures.Select(capture => char.ToUpperInvariant(capture.Value[0]))
                    .Distinct()]);
            return all.All(letters.Contains) ? new BoxedLetters(all, Sure: all.Length > 1) : default;
        }

        if (OneLetter().Match(plain) is not { Success: true } one || ChoiceBoxes.TwoIn(plain) is not null)
        {
            return ChoiceBoxes.TwoIn(plain) is { } two ? new BoxedLetters(two, Sure: true)
                : LetterBehind().Match(plain) is { Success: true } behind && Valid(behind, letters) is { } last
                    ? new BoxedLetters(last, Sure: false)
                    : default;
        }

        var upper = one.Groups["l"].Value.ToUpperInvariant();
        var rest = plain[(one.Groups["l"].Index + 1)..];
        if (ChoiceStatements.Refuted(rest) || ChoiceStatements.Conditional(rest.TrimStart(' ', '(', ',', ')'))
            || ChoiceBoxes.TurnsTo(rest, upper[0]))
        {
            return default;
        }

        return letters.Contains(upper, StringComparison.Ordinal)
            ? new BoxedLetters(upper, Sure: !one.Groups["equals"].Success)
            : default;
    }

    private static Extracted? Alone(string text, string letters)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length == 0 ? null
            : lines.Length == 1 && Letter(lines[0]) is { } whole ? new Extracted(whole, "the whole answer")
            : Letter(lines[^1]) is { } last ? new Extracted(last, "a letter alone on the last line")
            : Letter(lines[0]) is { } first ? new Extracted(first, "a letter alone on the first line")
            : null;

        string? Letter(string line) =>
            LoneLetter().Match(line) is { Success: true } lone && Valid(lone, letters) is { } letter ? letter : null;
    }

    // Options that are repeated at the starts of lines choose nothing, unless one of them alone is called right.
    private static Extracted? Started(string text, string letters)
    {
        List<(string Letter, string Words)> lines = [];
        foreach (Match match in LineStart().Matches(text))
        {
            if (Valid(match, letters) is { } letter && !IsWord(text, match.Groups["l"].Index)
                && !Species().IsMatch(match.Value) && !ChoiceStatements.Refuted(match.Groups["rest"].Value)
                && !ChoiceStatements.Conditional(match.Groups["rest"].Value)
                && !Coordinated().IsMatch(match.Groups["rest"].Value)
                && OptionMark().Count(match.Groups["rest"].Value) < 2) // all options on one line
            {
                lines.Add((letter, match.Groups["rest"].Value));
            }
        }

        var called = lines.Where(line => CalledRight().IsMatch(line.Words)).ToList();
        return Only((called.Count > 0 ? called : lines).Select(line => line.Letter), "start of a line");
    }

    private static string Behind(string text, Match letter)
    {
        var end = letter.Index + letter.Length;
        return text[end..Math.Min(text.Length, end + Clause)];
    }

    /// <summary>
    /// Whether it is one of several letters of which something is said together: "(A) and (B) are possible".
    /// </summary>
    internal static bool IsCoordinated(string text, Match letter) =>
        Coordinated().IsMatch(Behind(text, letter))
        || ChoiceWords.First.IsMatch(text[Math.Max(0, letter.Index - 24)..letter.Index]);

    /// <summary>
    /// Whether a text ends with one of several options that it repeats, which chooses nothing.
    /// </summary>
    internal static bool EndsInOptions(string text) => LineStart().IsMatch(text.TrimEnd().Split('\n')[^1])
        && LineStart().Matches(text).DistinctBy(match => match.Groups["l"].Value).Count() > 1;

    /// <summary>The one letter that all of them are; null for none or several.</summary>
    internal static Extracted? Only(IEnumerable<string?> letters, string rule) =>
        letters.OfType<string>().Distinct().ToList() is [var one] ? new Extracted(one, rule) : null;

    /// <summary>The sentences and lines of a text that hold a letter at all.</summary>
    internal static string[] Sentences(string text) =>
        SentenceEnd().Split(text).Where(sentence => sentence.Any(char.IsLetter)).ToArray();

    /// <summary>Whether the words before a letter rule it out, or name another thing: "not", "vitamin".</summary>
    internal static bool IsRuledOut(string before) => RuledOut().IsMatch(before);

    /// <summary>How many marks of options a text has: "(A)", "B.".</summary>
    internal static int OptionMarks(string text) => OptionMark().Count(text);

    /// <summary>The letter of a match in upper case, if it is an option's.</summary>
    internal static string? Valid(Match match, string letters)
    {
        var upper = match.Groups["l"].Value.ToUpperInvariant();
        return letters.Contains(upper, StringComparison.Ordinal) ? upper : null;
    }

    /// <summary>Whether the letter is the article "A" or the pronoun "I".</summary>
    internal static bool IsWord(string text, int index) =>
        text[index] is 'A' or 'I' or 'a' && WordAfter().Match(text, index + 1) is { Success: true } after
        && !NotAfterArticle().IsMatch(after.Value);

    private static string Plain(string text) => Spaces().Replace(Markup().Replace(Marks().Replace(text, ""), " "), " ");

    [GeneratedRegex(@"[*`]+|(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9{])", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\\(?:text|math)(?:bf|rm|it|sf|tt|cal|bb|scr|frak|normal)?(?![A-Za-z])"
        + @"|\\(?:bf|rm|[lL]arge|LARGE|[hH]uge"
        + @"|displaystyle|boldsymbol"
        + @"|bold|mbox|operatorname|quad|qquad|left|right)(?![A-Za-z])|[${}~]|\\[()\[\],;:! ]",
            RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex(@"[^\S\n]+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"→|⇒|⟶|[-=]>|\\(?:long)?(?:right|Right)arrow|\\to\b|\\implies|[–—]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Arrow();

    // A letter, then nothing, or a mark between it and the option's text; one with an equals sign may be a quantity's
    // name.
    [GeneratedRegex(@"\A(?:(?:the\s+)?(?:final\s+|correct\s+)?(?:answer|option|choice"
        + @"|letter|选项|答案|ответ|antwort)(?:\s+is)?\s*:?\s*)*"
        + @"(?:[(\[]\s*(?<l>[A-Za-z])\s*[)\]](?!\S*[A-Za-z0-9]*\s*[+^_]).*"
        + @"|(?<l>[A-Za-z])(?:|\s*[):.;,]\s*\S.*|\s+-\s+.*|\s*\(.*|\s*(?<equals>=).*|\s+(?:is|because|since)\s.*))\z",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex OneLetter();

    [GeneratedRegex(@"\A(?:options?|choices?|answers?)?\s*:?\s*\(?(?<l>[A-Za-z])\)?(?:\s*(?:,|;|/|&|\+|and|or"
        + @"|\\&)+\s*\(?(?<l>[A-Za-z])\)?)+\s*\.?\z|\A(?<l>[A-Z])(?<l>[A-Z])+\z", RegexOptions.CultureInvariant)]
    private static partial Regex SeveralLetters();

    [GeneratedRegex(@"\A[\s""'#>-]*(?:(?:option|choice|answer)\s*:?\s*)?[(\[]?(?<l>[A-Za-z])(?:[)\]]?[.:!]?"
        + @"|[)\]]?[.)\]:]\s*(?<mark>[✓✔✅]))[\s""']*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex LoneLetter();

    [GeneratedRegex(@"^[ \t#>-]*[(\[]?(?<l>[A-Z])(?:[)\]]\.?|\.|:|(?=\s+[A-Z✓✔✅✗✘❌])|(?=\s*$))(?<rest>[^\n]*)",
        RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex LineStart();

    [GeneratedRegex(@"[✓✔✅]|\A\W*(?:is\s+)?(?:the\s+)?(?:right|correct|true|yes)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex CalledRight();

    [GeneratedRegex(@"\A\s*(?:A\. (?:thaliana|tumefaciens|baumannii)|B\. (?:subtilis|anthracis|cereus)|C\. (?:elegans"
        + @"|albicans|difficile|botulinum)|D\. (?:melanogaster|rerio|discoideum)|E\. (?:coli|faecalis)|H\. (?:sapiens"
        + @"|pylori|influenzae))\b", RegexOptions.CultureInvariant)]
    private static partial Regex Species();

    // The next of several options on one line.
    [GeneratedRegex(@"\([A-Za-z]\)|(?<![A-Za-z])[A-Z][.)](?=\s|\z)", RegexOptions.CultureInvariant)]
    private static partial Regex OptionMark();

    // Behind a letter: "and (B)", ", C", "or option D".
    [GeneratedRegex(@"\A[)\]]?\s*(?:,|;|/|&|and\b|or\b|nor\b)+\s*(?:(?:and|or|nor|options?|choices?)\s+)*(?:\([A-Z]\)"
        + @"|[A-Z](?![A-Za-z'’]))", RegexOptions.CultureInvariant)]
    private static partial Regex Coordinated();

    // "12 m/s (C)": the option's text and then its letter.
    [GeneratedRegex(@"\A[^()]{2,80}\s\(\s*(?:(?:[Oo]ption|[Cc]hoice)\s+)?(?<l>[A-Z])\s*\)\.?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex LetterBehind();

    [GeneratedRegex(@"(?<=[a-z0-9)\]A-Z]\s?[.!?])\s+|\n", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"\b(?:not|isn't|n't be|never|nor|neither|let|except|rule out|ruled out|eliminated?|point"
        + @"|vitamin|hepatitis|type|group|set|matrix|event|person|train|node|vertex|at|angle|plan|grade|line|curve"
        + @"|sample|circuit|class|phase|state|city|team|player|urn|jar|machine|car|ball|block|region|tube|beaker"
        + @"|substance|compound|reagent|species)\s+(?:option\s+)?(?:[A-Z]\s*(?:,|or"
        + @"|nor|and)\s*)*\(?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex RuledOut();

    [GeneratedRegex(@"\G\s+[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex WordAfter();

    [GeneratedRegex(@"\A\s+(?:is|because|since|as|and|or|not|it|which|therefore|so|the|but|for|in|by|with|fits"
        + @"|ist|holds|works|remains"
        + @"|matches)\b", RegexOptions.CultureInvariant)]
    private static partial Regex NotAfterArticle();
}
