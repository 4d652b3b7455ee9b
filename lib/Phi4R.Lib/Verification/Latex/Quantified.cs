namespace Phi4R.Verification.Latex;

/// <summary>Parameters that are named without a word that leads to them: ", any integer k", "(n integer)".</summary>
internal static partial class Phrases
{
    private static readonly HashSet<string> Quantifiers = ["any", "every", "each", "all", "an", "a", "arbitrary",
        "some"];

    private static readonly HashSet<string> Kinds = ["integer", "integers", "real", "reals", "rational", "natural",
        "whole", "complex", "constant", "constants", "number", "numbers", "positive", "negative", "nonnegative",
        "non-negative", "non", "-", "even", "odd", "prime"];

    // What stands behind a comma or in brackets and is a name and a kind of numbers is a condition.
    private static void Quantified(List<Token> tokens)
    {
        for (var i = 1; i < tokens.Count - 1; i++)
        {
            if (tokens[i].Text is "," or ";" or "(" && tokens[i].Kind == TokenKind.Sign && IsDomain(tokens, i + 1))
            {
                tokens.Insert(i + 1, Word(Given));
                i++;
            }
        }
    }

    private static bool IsDomain(List<Token> tokens, int at)
    {
        var first = at;
        var named = TakeName(tokens, ref at);
        var counted = named && tokens[at] is { Kind: TokenKind.Word, Text: Is };
        at += counted ? 1 : 0;
        var quantified = at;
        while ((IsText(tokens[at]) && Quantifiers.Contains(Lower(tokens[at])))
            || (tokens[at] is { Kind: TokenKind.Letter, Text: "a" } && IsText(tokens[at + 1])))
        {
            at++;
        }

        var isQuantified = at > quantified;
        var kinds = at; // a minus alone is none: f(-x)
        while ((tokens[at].Kind == TokenKind.Text || (tokens[at].Kind == TokenKind.Sign && at > kinds))
            && Kinds.Contains(Lower(tokens[at])))
        {
            at++;
        }

        // "any c ∈ ℕ"
        if (!named && isQuantified && at == kinds)
        {
            return TakeName(tokens, ref at) && tokens[at].Text == "∈";
        }

        // "n even" and "odd n" are read without help.
        var isParity = at == kinds + 1
            && Lower(tokens[kinds]) is "even" or "odd" or "prime" or "positive" or "negative";
        return at > kinds && (named || TakeName(tokens, ref at))
            && (isQuantified || !isParity || tokens[first - 1].Text != "(")
            && (tokens[at].Kind == TokenKind.End || tokens[at].Text is ")" or "," or ";");
    }

    private static bool TakeName(List<Token> tokens, ref int at)
    {
        var isName = (tokens[at].Kind == TokenKind.Letter
                && !(tokens[at].Text is "a" && IsText(tokens[at + 1]) && Kinds.Contains(Lower(tokens[at + 1]))
                    && tokens[at + 2].Kind is TokenKind.Letter or TokenKind.Text))
            || tokens[at] is { Kind: TokenKind.Command, Text: "lambda" or "alpha" or "beta" or "theta" or "mu" };
        at += isName ? 1 : 0;
        return isName;
    }
}
