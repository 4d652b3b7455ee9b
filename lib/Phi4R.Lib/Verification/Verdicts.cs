using Phi4R.Verification.Algebra;

namespace Phi4R.Verification;

/// <summary>
/// "Yes", "no", "true", "false" beside the same word with a clause that repeats it: "No, it is not possible".
/// </summary>
internal static class Verdicts
{
    private static readonly HashSet<string> Words = ["yes", "no", "true", "false"];

    // What may turn the word round, or leave it open.
    private static readonly HashSet<string> Turning =
    [
        "but", "however", "unless", "if", "only", "except", "wait", "or", "maybe", "perhaps", "probably",
        "although", "though",
        "sometimes", "when", "actually", "always", "yes", "no", "true", "false",
    ];

    // What a sentence has around the one word that answers: "Alice has a winning strategy", "the series converges".
    private static readonly HashSet<string> Silent =
    [
        "the", "a", "an", "it", "is", "are", "series", "sequence", "integral", "function", "graph", "f", "wins", "win",
        "has", "winning", "strategy", "moves", "move", "moving", "points", "block", "object", "particle", "to",
        "toward", "towards", "direction", "in", "must", "be", "always", "player", "due", "answer", "day", "on",
        "triangle", "statement", "this", "that", "improper", "given", "there", "exists", "exactly",
    ];

    private static readonly HashSet<string> Numbers = ["all", "every", "any", "integer", "integers",
        "number", "numbers",
        "n"];

    // What joins clauses: beside it the order of words counts.
    private static readonly HashSet<string> Joints = ["and", "or", "but", "not", "no", "if", "when", "otherwise",
        "else", "then", "only", "unless", "except", "than", "neither", "nor"];

    private static readonly HashSet<string> Openings = ["a", "an", "the", "it", "is", "to", "on", "in", "due", "f"];

    /// <summary>
    /// Whether two texts say the same once the words are left out that say nothing: "to the left" and "left".
    /// </summary>
    public static bool SayTheSame(string a, string b) => Core(a) is { Length: > 0 } said && said == Core(b);

    private static string Core(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var parity = words.Any(word => word is "even" or "odd" or "prime" or "primes");
        var core = words.Where(word => !Silent.Contains(word) && !(parity && Numbers.Contains(word)))
            .Select(word => Spelled.GetValueOrDefault(word, word));
        // "positive odd integers" and "odd positive integers", but not "Alice if odd" and "odd if Alice".
        var isFree = parity && !words.Any(Joints.Contains) && !(words.Contains("even") && words.Contains("odd"));
        // A word alone stands for itself.
        return words.All(Silent.Contains)
            ? string.Join(' ', words.Where(word => !Openings.Contains(word)))
            : string.Join(' ', isFree ? core.Order(StringComparer.Ordinal) : core);
    }

    // One spelling for words that have several.
    private static readonly Dictionary<string, string> Spelled = new()
    {
        ["anticlockwise"] = "counterclockwise",
        ["counter-clockwise"] = "counterclockwise",
        ["anti-clockwise"] = "counterclockwise",
        ["primes"] = "prime",
        ["convergent"] = "converges",
        ["divergent"] = "diverges",
        ["upwards"] = "upward",
        ["downwards"] = "downward",
        ["grey"] = "gray",
        ["mon"] = "monday",
        ["tue"] = "tuesday",
        ["tues"] = "tuesday",
        ["wed"] = "wednesday",
        ["thu"] = "thursday",
        ["thurs"] = "thursday",
        ["fri"] = "friday",
        ["sat"] = "saturday",
        ["sun"] = "sunday",
        ["leftward"] = "left",
        ["rightward"] = "right",
        ["充分而不必要条件"] = "充分不必要条件",
        ["必要而不充分条件"] = "必要不充分条件",
    };

    /// <summary>Whether one is such a word and the other opens with it and does not take it back.</summary>
    public static bool Same(Node a, Node b) => (a, b) is (TextNode first, TextNode second)
        && (Lacking(first.Words) == second.Words || first.Words == Lacking(second.Words)
            || SayTheSame(first.Words, second.Words)
            || Repeats(first.Words, second.Words) || Repeats(second.Words, first.Words));

    // "The slope of the line is undefined" beside "undefined": of whatever it is said, that it has no value is the
    // answer.
    private static string Lacking(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var first = Array.FindIndex(words, word => word is "is" or "are" or "does" or "do" or "doesn't" or "don't");
        return first is < 1 or > 8 || words[..first].Any(word => Joints.Contains(word) || Turning.Contains(word)) ? text
            : string.Join(' ', words[first..]) switch
            {
                "is undefined" or "are undefined" or "is not defined" or "are not defined" => "undefined",
                "does not exist" or "do not exist" or "doesn't exist" or "don't exist" => "does not exist",
                "is indeterminate" => "indeterminate",
                "is infinite" => "infinite",
                _ => text,
            };
    }

    private static bool Repeats(string word, string longer) => Words.Contains(word)
        && longer.Split(" and ") is [var one, var other]
        && (one == word ? other : other == word ? one : null) is { } clause
        && !clause.Split(' ').Any(Turning.Contains);
}
