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

    /// <summary>Whether one is such a word and the other opens with it and does not take it back.</summary>
    public static bool Same(Node a, Node b) => (a, b) is (TextNode first, TextNode second)
        && (Repeats(first.Words, second.Words) || Repeats(second.Words, first.Words));

    private static bool Repeats(string word, string longer) => Words.Contains(word)
        && longer.Split(" and ") is [var one, var other]
        && (one == word ? other : other == word ? one : null) is { } clause
        && !clause.Split(' ').Any(Turning.Contains);
}
