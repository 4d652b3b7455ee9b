using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Names and forms that a question explains: who moves first, between what "neither" decides, in which scale a
/// temperature is asked for, whether brackets are a list or an interval.
/// </summary>
internal static partial class Questions
{
    // "Alice moves first": the first player is Alice.
    private static bool? OfPlayers(string question, string reference, string answer)
    {
        if (First(question) is not var (first, second) || Player(reference) is not { } a || Player(answer) is not { } b)
        {
            return null;
        }

        return a == b;

        string? Player(string text)
        {
            var words = Winning().Replace(Plain(Undressed(text), keepSpaces: true), "").Trim();
            words = words.StartsWith("the ", StringComparison.OrdinalIgnoreCase) ? words[4..] : words;
            return words.Equals(first, StringComparison.OrdinalIgnoreCase) || FirstPlayer().IsMatch(words) ? first
                : words.Equals(second, StringComparison.OrdinalIgnoreCase) || SecondPlayer().IsMatch(words) ? second
                : null;
        }
    }

    // The two players of a question in the order in which they move; null where that is not plain.
    private static (string First, string Second)? First(string question)
    {
        var firsts = MovesFirst().Matches(question).Select(match => match.Groups["name"].Value).Distinct().ToList();
        var pairs = TwoNames().Matches(question)
            .Select(match => (A: match.Groups["a"].Value, B: match.Groups["b"].Value)).Distinct().ToList();
        if (firsts is not [var first] || pairs.Count == 0 || MovesFirst().IsMatch(Denied().Match(question).Value))
        {
            return null;
        }

        var others = pairs.Where(pair => pair.A == first || pair.B == first)
            .Select(pair => pair.A == first ? pair.B : pair.A).Distinct().ToList();
        return others is [var second] ? (first, second) : null;
    }

    // "Is f even, odd or neither?": neither even nor odd.
    private static bool OfNeither(string question, string reference, string answer)
    {
        var (a, b) = (WordsOf(Undressed(reference)), WordsOf(Undressed(answer)));
        var (brief, full) = a.Count <= b.Count ? (a, b) : (b, a);
        var asked = WordsOf(question);
        return brief is ["neither"] && full is ["neither", ..] && full.Count(word => word == "nor") == 1
            && full.IndexOf("nor") is > 1 and var nor && nor < full.Count - 1
            && full.Where(word => word is not ("neither" or "nor")).All(asked.Contains)
            && NeitherAsked().IsMatch(question);
    }

    // "Yes, e.g. 6" beside "Yes: n = 6": the verdict, and the example that goes with it.
    private static bool? OfExamples(string reference, string answer)
    {
        var (a, b) = (Example().Match(Plain(Undressed(reference), keepSpaces: true)),
            Example().Match(Plain(Undressed(answer), keepSpaces: true)));
        return !a.Success || !b.Success ? null
            : !a.Groups["verdict"].Value.Equals(b.Groups["verdict"].Value, StringComparison.OrdinalIgnoreCase) ? false
            : AreSame(a.Groups["value"].Value, b.Groups["value"].Value) ? true
            : null;
    }

    // "Convert 25 °C to Fahrenheit" is not answered by 25 °C, and a change by 25 K is none by -248.15 °C.
    private static bool? OfScales(string question, string reference, string answer)
    {
        if (UnitOf(reference, out _) is not { } a || UnitOf(answer, out _) is not { } b || a.Kind == b.Kind
            || !IsScale(a.Kind) || !IsScale(b.Kind))
        {
            return null;
        }

        if (TemperatureChange().IsMatch(question))
        {
            return a.Kind != "fahrenheit" && b.Kind != "fahrenheit"
                && ScaleAtEnd().Match(reference) is { Success: true } one
                && ScaleAtEnd().Match(answer) is { Success: true } other
                && AreSame(reference[..one.Index], answer[..other.Index]);
        }

        var asked = ScaleAsked().Matches(question).Select(match => match.Groups["scale"].Value[..1].ToUpperInvariant())
            .Distinct().ToList();
        return asked is [var letter] && !b.Kind.StartsWith(letter switch { "C" => "c", "F" => "f", _ => "t" },
            StringComparison.Ordinal) ? false : null;
    }

    private static bool IsScale(string kind) => kind is "celsius" or "fahrenheit" or "temperature";

    // "What time does the clock show?": 10:15 is no ratio.
    private static bool? OfTime(string question, string reference, string answer) =>
        TimeAsked().IsMatch(question) && IsTime(reference) && !IsTime(answer) ? false : null;

    private static bool IsTime(string text) => Calendar.Read(Plain(text, keepSpaces: true)) is Algebra.CallNode;

    // "Find all integers …", [2, 4]: a list in brackets, as programs write it, and no interval.
    private static bool? AsList(string question, string reference, string answer)
    {
        if (ListInBrackets().Match(Plain(reference)) is not { Success: true } list || !ListAsked().IsMatch(question)
            || OfRange().IsMatch(question))
        {
            return null;
        }

        var said = Plain(answer);
        return said.AsSpan().ContainsAny("<>") || said.Contains("\\le", StringComparison.Ordinal)
            || said.Contains("\\ge", StringComparison.Ordinal) ? false
            : said.StartsWith('[') ? null
            : AreSame(list.Groups[1].Value, answer) ? true
            : null;
    }

    [GeneratedRegex(@"\b(?<name>[A-Z][a-z]*) (?:(?:always )?(?:moves|goes|plays|starts|begins|going|moving|playing"
        + @"|to move)"
        + @" (?:first\b|(?=the game\b|and\b))|(?:starts|begins)(?=[.,;])|first\b)", RegexOptions.CultureInvariant)]
    private static partial Regex MovesFirst();

    [GeneratedRegex(@"\b(?<a>[A-Z][a-z]*)(?: and (?<b>[A-Z][a-z]*)\b|\b[^.!?]{0,60}? first,? (?:(?:and |then )*)"
        + @"(?<b>[A-Z][a-z]*)"
        + @"(?: (?:moves |goes |plays )?second)?(?=[.,; ]))", RegexOptions.CultureInvariant)]
    private static partial Regex TwoNames();

    [GeneratedRegex(@"\b(?:if|suppose|when|unless|whoever|who) [^.!?]{0,80}", RegexOptions.CultureInvariant
        | RegexOptions.IgnoreCase)]
    private static partial Regex Denied();

    [GeneratedRegex(@"(?: (?:always|can|will|must))?"
        + @"(?: (?:wins?|has (?:a|the) winning strategy|wins the game|forces a win))\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Winning();

    [GeneratedRegex(@"\A(?:(?:first|starting|1st) player|player (?:1|one|I)|(?:player|one) "
        + @"who (?:moves|goes|plays) first|player who starts|first)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex FirstPlayer();

    [GeneratedRegex(@"\A(?:(?:second|2nd) player|player (?:2|two|II)|(?:player|one) who (?:moves|goes|plays) second"
        + @"|second)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SecondPlayer();

    [GeneratedRegex(@"\bor neither\b|\bneither\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NeitherAsked();

    [GeneratedRegex(@"\A(?<verdict>yes|no) ?(?:[,;:.—-]|\(|,?;?)+ ?(?:e\. ?g\.,?|for example,?|for instance,?|such as"
        + @"|namely|with"
        + @"|take|like)? ?(?<value>(?:[a-z] ?= ?)?[^a-z=]{1,40})\)?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Example();

    [GeneratedRegex(@"\b(?:changes?|differences?|rises?|rose|drops?|falls?|fell|increas\w+|decreas\w+|by how much"
        + @"|how many degrees|warmer|colder|hotter|cooler)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TemperatureChange();

    [GeneratedRegex(@"\b(?:in|to|into)\s+(?:the\s+)?(?:degrees?\s+)?(?<scale>Celsius|Fahrenheit|[Kk]elvins?)\b"
        + @"|\b(?:in|to|into)\s+\$?\^?\{?(?:\\circ|°)\s*\}?(?:\\(?:text|mathrm)\{)?\s*(?<scale>[CF])\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex ScaleAsked();

    [GeneratedRegex(@"\s*(?:\\[ ,;]|~)*(?:(?:\^\s*\{?\s*\\circ\s*\}?|°)?\s*(?:\\[ ,;])*(?:\\(?:text|mathrm"
        + @"|textrm)\s*\{)?\s*[CK]"
        + @"|(?:\\(?:text|mathrm)\s*\{)?\s*(?:degrees? (?:Celsius|C)"
        + @"|kelvins?))\s*\}?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex ScaleAtEnd();

    [GeneratedRegex(@"\b(?:what|which) time\b|\bclocks? (?:show|say|read|display)s?\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TimeAsked();

    [GeneratedRegex(@"\A\[([^\[\]()]{1,80},[^\[\]()]{1,80})\]\z", RegexOptions.CultureInvariant)]
    private static partial Regex ListInBrackets();

    [GeneratedRegex(@"\b(?:intervals?|domain|range|inequalit(?:y|ies)|bounds?)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OfRange();

    [GeneratedRegex(@"\b(?:[Ff]ind|[Dd]etermine|[Ll]ist|[Gg]ive|[Ww]hat are|[Ww]hich)\s+(?:all\s+|the\s+|possible\s+"
        + @"|real\s+"
        + @"|positive\s+|distinct\s+)*(?:integers?|eigenvalues?|roots?|solutions?|zeros?|primes?|prime numbers?"
        + @"|whole numbers?|digits?)\b", RegexOptions.CultureInvariant)]
    private static partial Regex ListAsked();
}
