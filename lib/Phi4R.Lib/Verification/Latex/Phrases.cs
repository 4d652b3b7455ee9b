namespace Phi4R.Verification.Latex;

/// <summary>
/// Words of English and Chinese that mean something in an answer: joints, signs, numbers, conditions, what leads to the
/// value.
/// </summary>
/// <remarks>
/// What stands here is turned into signs; every other word stays a word, and the reader refuses it unless it says what
/// is counted.
/// </remarks>
internal static partial class Phrases
{
    /// <summary>Opens what only says for which values an answer holds.</summary>
    public const string Given = "given";

    /// <summary>Opens what an answer depends on: without it the answer is another one.</summary>
    public const string OnlyIf = "only if";

    /// <summary>Says that the words behind it describe what stands before it.</summary>
    public const string Is = "is";

    /// <summary>
    /// Turns the phrases among the tokens of an answer into signs, and drops what only leads to the value.
    /// </summary>
    public static void Settle(List<Token> tokens)
    {
        if (!tokens.Exists(token => token.Kind == TokenKind.Text || token.Text is "forall"))
        {
            Brackets(tokens);
            return;
        }

        Split(tokens);
        DropLead(tokens);
        Conclusions(tokens);
        NumberWords.Settle(tokens);
        Replace(tokens);
        Quantified(tokens);
        Brackets(tokens);
    }

    public static bool IsShortWord(string run) => ShortWords.Contains(run.ToLowerInvariant());

    /// <summary>
    /// Whether a word says a property of a number, so that it may stand behind a variable without "is".
    /// </summary>
    public static bool IsProperty(Token token) =>
        token.Kind == TokenKind.Text && Lower(token) is "even" or "odd" or "prime" or "composite" or "positive"
            or "negative" or "real" or "integer" or "rational" or "irrational" or "nonnegative" or "arbitrary";

    /// <summary>Whether these words can only say what is counted.</summary>
    public static bool IsPlainName(string word) => !Telling.Contains(word.ToLowerInvariant());

    /// <summary>Whether a word may stand in the name of a quantity: none that denies or doubts does.</summary>
    public static bool MayName(string word) => !Doubting.Contains(word) || word is "half" or "least" or "most";

    // Chinese is written without spaces, so its runs are cut at the words known here.
    private static void Split(List<Token> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Kind != TokenKind.Text || tokens[i].Text[0] < 0x2E80)
            {
                continue;
            }

            List<Token> parts = [];
            var run = tokens[i].Text;
            for (var at = 0; at < run.Length;)
            {
                var (word, meaning) = Chinese.FirstOrDefault(
                    entry => string.CompareOrdinal(run, at, entry.Word, 0, entry.Word.Length) == 0);
                if (word is null)
                {
                    var end = at + 1;
                    while (end < run.Length
                        && !Chinese.Any(
                            entry => string.CompareOrdinal(run, end, entry.Word, 0, entry.Word.Length) == 0))
                    {
                        end++;
                    }

                    parts.Add(new Token(TokenKind.Text, run[at..end], true));
                    at = end;
                }
                else
                {
                    parts.AddRange(meaning);
                    at += word.Length;
                }
            }

            tokens.RemoveAt(i);
            tokens.InsertRange(i, parts);
            i += parts.Count - 1;
        }
    }

    // "The answer is", "Total:", "the point": what stands before the value and does not weaken it.
    private static void DropLead(List<Token> tokens)
    {
        var end = 0;
        while (IsText(tokens[end]) || tokens[end] is { Kind: TokenKind.Letter, Text: "a" or "A" }
            || (end > 0 && tokens[end] is { Kind: TokenKind.Word, Text: "max" or "min" }))
        {
            if (Doubting.Contains(Lower(tokens[end])))
            {
                return;
            }

            end++;
        }

        // "the value of x is": letters may stand among the words, up to the verb.
        var on = end;
        while (end > 0 && tokens[on].Kind is TokenKind.Letter or TokenKind.Text && !Doubting.Contains(Lower(tokens[on]))
            && !(tokens[on].Kind == TokenKind.Text && Lower(tokens[on]) is "is" or "are"))
        {
            on++;
        }

        if (end > 1 && on > end && tokens[on].Kind == TokenKind.Text && !Doubting.Contains(Lower(tokens[on + 1])))
        {
            tokens.RemoveRange(0, on + 1);
            return;
        }

        if (end == 0 || tokens[end].Kind == TokenKind.End)
        {
            var verb = tokens.FindIndex(token => IsText(token) && Lower(token) is "is" or "are");
            if (verb > 0 && tokens[end].Kind == TokenKind.End && verb < end - 1
                && tokens[0].Text.Equals("the", StringComparison.OrdinalIgnoreCase))
            {
                tokens.RemoveRange(0, verb + 1);
            }

            return;
        }

        if (tokens[..end].TrueForAll(token => Everything.Contains(Lower(token)))
            && tokens[end].Kind == TokenKind.Letter)
        {
            tokens.RemoveRange(0, end);
            return;
        }

        var last = Lower(tokens[end - 1]);
        var isColon = tokens[end].Text == ":";
        var bracket = tokens[end].Text is "(" or "[" or "\\{" || tokens[end].Kind is TokenKind.Number;
        if (isColon || Leads.Contains(last)
            || (bracket && tokens[..end].TrueForAll(token => Named.Contains(Lower(token)))))
        {
            tokens.RemoveRange(0, end + (isColon ? 1 : 0));
        }
    }

    // "3x = 6, so x = 2" ends in what it concludes; words that deny or doubt it stay, and are not understood.
    private static void Conclusions(List<Token> tokens)
    {
        for (var i = 1; i < tokens.Count - 2; i++)
        {
            if (!IsText(tokens[i]) || Lower(tokens[i]) is not ("so" or "hence" or "therefore" or "thus")
                || IsText(tokens[i - 1]))
            {
                continue;
            }

            var end = i + 1;
            end += tokens[end].Text == "," ? 1 : 0;
            var first = end;
            while (IsText(tokens[end])
                && (Leads.Contains(Lower(tokens[end])) || Named.Contains(Lower(tokens[end]))
                    || Lower(tokens[end]) is "remainder" or "we" or "that" or "it"))
            {
                end++;
            }

            if (!IsText(tokens[end]) && (end == first || Leads.Contains(Lower(tokens[end - 1]))))
            {
                tokens.RemoveRange(i, end - i);
                tokens.Insert(i, Sign("⇒"));
            }
        }
    }

    private static void Replace(List<Token> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Kind is not (TokenKind.Text or TokenKind.Command))
            {
                continue;
            }

            foreach (var (words, meaning) in Table)
            {
                if (words.Length <= tokens.Count - i
                    && words.Select((word, k) => (word, k)).All(each => Lower(tokens[i + each.k]) == each.word))
                {
                    if (meaning is [{ Text: "*" or "+" or "-" }]
                        && tokens[i + words.Length].Kind is TokenKind.End or TokenKind.Text)
                    {
                        break; // "5 times", "negative integer"
                    }

                    tokens.RemoveRange(i, words.Length);
                    tokens.InsertRange(i, meaning);
                    i += meaning.Length - 1;
                    break;
                }
            }
        }
    }

    // A bracket at the end that holds a relation, or opens with a word such as "since", is a condition and no factor.
    private static void Brackets(List<Token> tokens)
    {
        var end = tokens.Count - 2;
        if (end < 3 || tokens[end].Text != ")")
        {
            return;
        }

        var depth = 0;
        var holds = false;
        var member = false;
        for (var i = end; i > 0; i--)
        {
            depth += tokens[i].Text switch { ")" => 1, "(" => -1, _ => 0 };
            holds |= depth == 1 && tokens[i] is { Kind: TokenKind.Word, Text: Is };
            member |= depth == 1 && tokens[i] is { Kind: TokenKind.Sign, Text: "∈" };
            holds |= depth == 1 && tokens[i].Kind == TokenKind.Sign
                && tokens[i].Text is "=" or "<" or ">" or "≤" or "≥" or "∈" or "≠";
            if (depth == 0)
            {
                var before = tokens[i - 1];
                var opens = tokens[i + 1] is { Kind: TokenKind.Word, Text: Given or OnlyIf };
                var stands = before.Kind is TokenKind.Number or TokenKind.Letter or TokenKind.Text
                    || before.Text is ")" or "]" or "}" or "\\}";
                var applied = before.Kind == TokenKind.Letter && !tokens[i].Space;
                holds |= i == end - 3 && tokens[i + 1].Kind == TokenKind.Letter && IsProperty(tokens[i + 2]);
                if (opens
                    || (holds && (member || (stands && !applied))
                        && !tokens.Exists(token => token.Text == "∪" || token.Text == "mod")))
                {
                    tokens.RemoveAt(end);
                    tokens.RemoveAt(i);
                    if (!opens)
                    {
                        tokens.Insert(i, Word(Given));
                    }
                }

                return;
            }
        }
    }

    internal static bool IsText(Token token) =>
        token.Kind == TokenKind.Text && (char.IsLetter(token.Text[0]) || token.Text[0] >= 0x2E80);

    private static string Lower(Token token) => token.Text.ToLowerInvariant();
}
