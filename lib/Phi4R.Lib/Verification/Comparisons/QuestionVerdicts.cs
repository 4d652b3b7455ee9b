using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Questions that yes or no, true or false, or the name of a player answers: what other words mean the same depends on
/// what is asked.
/// </summary>
internal static partial class Questions
{
    // Each is the opposite of the other: to a question for one of them the other says no.
    private static readonly Dictionary<string, string> Opposites = ((string, string)[])
    [
        ("converge", "diverge"), ("convergent", "divergent"), ("possible", "impossible"), ("rational", "irrational"),
        ("prime", "composite"), ("finite", "infinite"), ("bounded", "unbounded"), ("dependent", "independent"),
        ("reversible", "irreversible"), ("reducible", "irreducible"), ("solvable", "unsolvable"),
        ("stable", "unstable"), ("continuous", "discontinuous"), ("invertible", "singular"),
        ("countable", "uncountable"), ("connected", "disconnected"), ("consistent", "inconsistent"),
        ("even", "odd"), ("equal", "unequal"), ("true", "false"),
    ]
        is var pairs ? pairs.SelectMany(pair => ((string, string)[])[pair, (pair.Item2, pair.Item1)])
            .ToDictionary() : [];

    private static readonly HashSet<string> Hollow = ["is", "are", "it", "the", "a", "an", "does", "do", "they", "was",
        "be", "that", "this", "indeed", "so", "has", "have", "can", "there", "statement", "claim", "will"];

    private static readonly HashSet<string> Denials = ["not", "cannot", "doesn", "isn", "aren", "don", "can't", "t"];

    private static readonly HashSet<string> Weakening = ["yes", "no", "but", "if", "unless", "only", "except",
        "however", "when", "provided", "for", "sometimes", "maybe", "perhaps", "probably", "where", "or",
        "assuming", "almost", "nearly"];

    // "Is the matrix invertible?" beside "The matrix is not invertible": its own words, with a not for no.
    private static bool? YesOrNo(string question, string reference, string answer)
    {
        var (said, verdict) = (WordsOf(Undressed(answer)),
            Undressed(reference).Trim(' ', '.', '[', ']').ToLowerInvariant());
        var asked = TrueOrFalse().IsMatch(question) ? "true" : verdict is "yes" or "no" ? Asked(question) : null;
        if (asked is null || said.Count is 0 or > 12)
        {
            return null;
        }

        if (said is ["yes" or "no", not "such", ..] or ["yes" or "no"] && verdict is "yes" or "no")
        {
            return Opened(answer, said, asked) is { } opened ? opened == (verdict == "yes") : null;
        }

        if (said.Count > 8)
        {
            return null;
        }

        var isTrue = asked == "true";
        var wanted = (verdict, isTrue) switch
        {
            ("yes", false) or ("true" or "t", true) => true,
            ("no", false) or ("false" or "f", true) => false,
            _ => (bool?)null,
        };
        return wanted is { } right && (isTrue ? Truth(said) : Verdict(said, asked)) is { } told ? told == right : null;
    }

    // "Yes, it is always possible", "Yes, 2": the verdict, where what follows neither weakens nor denies it.
    private static bool? Opened(string answer, List<string> said, string question)
    {
        var isYes = said[0] == "yes";
        List<string> rest = [.. said.Skip(1)];
        return OpensWithVerdict().IsMatch(Undressed(answer))
            && !rest.Exists(Weakening.Contains)
            && (rest.Count == 0 ? null : Verdict(rest, question)) is var told
            && (told is null ? !rest.Exists(Denials.Contains) : told == isYes)
            ? isYes
            : null;
    }

    // The last sentence where yes or no answers it.
    private static string? Asked(string question)
    {
        var last = Sentences().Split(question.Trim())[^1];
        return YesOrNoAsked().IsMatch(last) ? last : null;
    }

    // "F", "not true", "The statement does not hold".
    private static bool? Truth(IReadOnlyList<string> said)
    {
        var denials = said.Count(word => Denials.Contains(word) && word != "t");
        var core = said.Where(word => !Hollow.Contains(word) && (said.Count == 1 || !Denials.Contains(word))).ToList();
        bool? told = core switch
        {
            ["true" or "t" or "correct" or "right" or "holds" or "hold" or "valid"] => true,
            ["false" or "f" or "incorrect" or "wrong" or "untrue" or "invalid" or "fails"] => false,
            _ => null,
        };
        return told is { } value && denials <= 1 ? value == (denials == 0) : null;
    }

    private static bool? Verdict(IReadOnlyList<string> said, string question)
    {
        var asked = WordsOf(question);
        if (said is ["true" or "false"])
        {
            return TrueAsked().IsMatch(question) ? said[0] == "true" : null;
        }

        // "Is it impossible?", "Is it not so?": of these no word alone says yes.
        if (asked.Exists(word => word is "not" or "no" or "never" or "or" or "t" or "only" or "fail" or "fails"))
        {
            return Repeated(said, asked);
        }

        var core = said.Where(word => !Hollow.Contains(word) && !Denials.Contains(word)).ToList();
        var isDenied = said.Any(Denials.Contains);
        var last = asked[^1];
        if (core is [] && isDenied)
        {
            return false; // "It cannot."
        }

        if (core is ["possible" or "impossible", .. var what] && PossibleAsked().IsMatch(question)
            && what.All(word => word is "to" || asked.Contains(word)))
        {
            return core[0] == "possible" ? !isDenied : isDenied ? null : false;
        }

        if (core is ["true" or "correct"] && TrueAsked().IsMatch(question))
        {
            return !isDenied;
        }

        if (core.Count > 0 && core.SkipLast(1).All(asked.Contains)
            && Opposites.Any(pair => Stem(pair.Key) == Stem(last) && Stem(pair.Value) == Stem(core[^1])))
        {
            return isDenied ? null : false;
        }

        // "does not exist", "none exists", "no such set exists"
        if (ExistenceAsked().IsMatch(question) && (core is ["exist" or "exists"] or ["none"]
            or ["none", "exist" or "exists"]
            || (core is ["no", "such", ..] && core.Skip(2).All(word => word is "exist" or "exists" || asked.Exists(
                other => Stem(other) == Stem(word))))))
        {
            return core[0] is "exist" or "exists" && !isDenied;
        }

        return Repeated(said, asked) ?? (asked.Exists(word => word is "all" or "every" or "always" or "any" or "each"
            or "both" or "and" or "some") || core.Count == 0 || core.Count >= asked.Count
            || !asked.Where(word => !Hollow.Contains(word)).TakeLast(core.Count).Select(Stem).SequenceEqual(
                core.Select(Stem)) ? null : !isDenied);
    }

    // All its words are those of the question, and the last is the last.
    private static bool? Repeated(IReadOnlyList<string> said, List<string> asked)
    {
        var words = said.Where(word => !Denials.Contains(word)).ToList();
        return said.Count >= 3 && words.Count > 0 && said.Count - words.Count <= 2 && Stem(asked[^1]) == Stem(words[^1])
            && words.TrueForAll(word => asked.Contains(word) || asked.Contains(Stem(word)))
            ? words.Count == said.Count
            : null;
    }

    private static string Stem(string word) => word.TrimEnd('s');

    private static List<string> WordsOf(string text) =>
        [.. Letters().Split(text.ToLowerInvariant()).Where(word => word.Length > 0)];

    [GeneratedRegex(@"\A\W*(?:yes|no)\s*(?:[,;:.—–(-]|\z)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OpensWithVerdict();

    [GeneratedRegex(@"\btrue\b.*\?\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TrueAsked();

    [GeneratedRegex(@"\btrue or false\b|\btrue/false\b|\bT/F\b|\btrue \(T\) or false \(F\)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TrueOrFalse();

    [GeneratedRegex(@"\A\s*(?:is|are|does|do|can|will|was|has)\b.*\?\s*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex YesOrNoAsked();

    [GeneratedRegex(@"\A\s*can\b|\bpossible\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PossibleAsked();

    [GeneratedRegex(@"\bexists?\b|\A\s*(?:is|are) there\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ExistenceAsked();
}
