namespace Phi4R.Maths;

/// <summary>Words of English and Chinese that mean something in an answer: joints, signs, numbers, conditions, what leads to the value.</summary>
/// <remarks>What stands here is turned into signs; every other word stays a word, and the reader refuses it unless it says what is counted.</remarks>
internal static class Phrases
{
    /// <summary>Opens what only says for which values an answer holds.</summary>
    public const string Given = "given";

    /// <summary>Opens what an answer depends on: without it the answer is another one.</summary>
    public const string OnlyIf = "only if";

    /// <summary>Says that the words behind it describe what stands before it.</summary>
    public const string Is = "is";

    private static readonly HashSet<string> ShortWords =
    [
        "is", "of", "if", "to", "at", "an", "no", "by", "so", "as", "we", "it", "be", "do", "on", "us", "my", "or",
        "for", "all", "the", "any", "not", "odd", "out", "one", "two", "six", "ten", "are", "but", "get", "has",
        "its", "per", "sum", "set", "may", "yes", "men", "cat", "cats", "dog", "pen", "cow", "hen", "pig", "egg",
        "car", "bus", "box", "bag", "cup", "boy", "cubed",
    ];

    // What makes words more than the name of something counted: they change, weaken or deny the value.
    private static readonly HashSet<string> Telling =
    [
        "is", "are", "was", "were", "be", "not", "no", "never", "nor", "neither", "either", "isn", "aren", "don",
        "doesn", "cannot", "can", "could", "may", "might", "maybe", "perhaps", "probably", "possibly", "likely",
        "unlikely", "presumably", "guess", "guessing", "think", "believe", "suppose",
        "unsure", "unknown", "something", "else", "other", "otherwise", "so", "or", "and", "but", "than", "if",
        "unless", "except", "without", "for", "where", "when", "while", "with", "that", "which", "because", "since",
        "as", "at", "to", "from", "by", "of", "on", "out", "into",
        "plus", "minus", "divided", "multiplied", "modulo", "mod", "least", "most", "more", "less", "fewer",
        "greater", "smaller", "larger", "under", "over", "above", "below", "between", "approximately", "roughly",
        "about", "around", "almost", "nearly", "even", "odd", "prime", "positive", "negative",
        "half", "third", "quarter", "double", "twice", "remainder", "wrong", "incorrect", "false", "true", "correct",
        "error", "again", "then", "instead", "rather", "actually", "wait", "hence", "therefore", "thus", "dozen",
        "hundred", "thousand", "million", "billion", "trillion", "percent",
        "none", "undefined", "infinite", "不", "不是", "非", "或许", "可能", "大约", "约", "倍",
    ];

    private static readonly HashSet<string> Doubting =
    [
        "not", "no", "never", "isn", "maybe", "perhaps", "probably", "possibly", "likely", "unlikely", "presumably",
        "guess", "think", "believe", "suppose", "unsure", "unless", "except", "if", "either", "neither", "nor",
        "cannot", "can", "could", "may", "might", "wrong", "incorrect", "than", "least", "most", "more", "less",
        "without", "between", "half", "twice", "double", "or", "if",
    ];

    private static readonly HashSet<string> Leads =
    [
        "is", "are", "equals", "be", "get", "have", "has", "obtain", "gives", "yields", "becomes", "approximately",
        "about", "exactly", "precisely", "only", "roughly", "around",
    ];

    private static readonly HashSet<string> Named =
    [
        "point", "points", "interval", "set", "pair", "pairs", "triple", "triples", "coordinates", "vector", "matrix",
        "number", "value", "values", "solution", "solutions", "root", "roots", "answer", "ratio", "product", "sum",
        "total", "ordered", "open", "closed", "the", "a", "an", "at", "in", "solution:", "result", "final",
    ];

    private static readonly HashSet<string> Everything = ["all", "every", "any", "the", "set", "of", "real", "numbers", "number", "values", "x:"];

    // Longest first: a phrase, and the tokens that it stands for.
    private static readonly (string[] Words, Token[] Tokens)[] Table = MakeTable();

    private static readonly (string Word, Token[] Tokens)[] Chinese = MakeChinese();

    /// <summary>Turns the phrases among the tokens of an answer into signs, and drops what only leads to the value.</summary>
    public static void Settle(List<Token> tokens)
    {
        if (!tokens.Exists(token => token.Kind == TokenKind.Text || token.Text is "forall"))
        {
            Brackets(tokens);
            return;
        }

        Split(tokens);
        DropLead(tokens);
        NumberWords.Settle(tokens);
        Replace(tokens);
        Brackets(tokens);
    }

    public static bool IsShortWord(string run) => ShortWords.Contains(run.ToLowerInvariant());

    /// <summary>Whether a word says a property of a number, so that it may stand behind a variable without "is".</summary>
    public static bool IsProperty(Token token) => token.Kind == TokenKind.Text && Lower(token) is "even" or "odd" or "prime" or "composite" or "positive" or "negative" or "real" or "integer" or "rational" or "irrational" or "nonnegative" or "arbitrary";

    /// <summary>Whether these words can only say what is counted.</summary>
    public static bool IsPlainName(string word) => !Telling.Contains(word.ToLowerInvariant());

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
                var (word, meaning) = Chinese.FirstOrDefault(entry => string.CompareOrdinal(run, at, entry.Word, 0, entry.Word.Length) == 0);
                if (word is null)
                {
                    var end = at + 1;
                    while (end < run.Length && !Chinese.Any(entry => string.CompareOrdinal(run, end, entry.Word, 0, entry.Word.Length) == 0))
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
        while (IsText(tokens[end]) || tokens[end] is { Kind: TokenKind.Letter, Text: "a" or "A" })
        {
            if (Doubting.Contains(Lower(tokens[end])))
            {
                return;
            }

            end++;
        }

        // "the value of x is": letters may stand among the words, up to the verb.
        var on = end;
        while (end > 0 && tokens[on].Kind is TokenKind.Letter or TokenKind.Text && !Doubting.Contains(Lower(tokens[on])) && !(tokens[on].Kind == TokenKind.Text && Lower(tokens[on]) is "is" or "are"))
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
            if (verb > 0 && tokens[end].Kind == TokenKind.End && verb < end - 1 && tokens[0].Text.Equals("the", StringComparison.OrdinalIgnoreCase))
            {
                tokens.RemoveRange(0, verb + 1);
            }

            return;
        }

        if (tokens[..end].TrueForAll(token => Everything.Contains(Lower(token))) && tokens[end].Kind == TokenKind.Letter)
        {
            tokens.RemoveRange(0, end);
            return;
        }

        var last = Lower(tokens[end - 1]);
        var isColon = tokens[end].Text == ":";
        var bracket = tokens[end].Text is "(" or "[" or "\\{" || tokens[end].Kind is TokenKind.Number;
        if (isColon || Leads.Contains(last) || (bracket && tokens[..end].TrueForAll(token => Named.Contains(Lower(token)))))
        {
            tokens.RemoveRange(0, end + (isColon ? 1 : 0));
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
                if (words.Length <= tokens.Count - i && words.Select((word, k) => (word, k)).All(each => Lower(tokens[i + each.k]) == each.word))
                {
                    if (meaning is [{ Text: "*" or "+" or "-" }] && tokens[i + words.Length].Kind is TokenKind.End or TokenKind.Text)
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
        for (var i = end; i > 0; i--)
        {
            depth += tokens[i].Text switch { ")" => 1, "(" => -1, _ => 0 };
            holds |= depth == 1 && tokens[i] is { Kind: TokenKind.Word, Text: Is };
            holds |= depth == 1 && tokens[i].Kind == TokenKind.Sign && tokens[i].Text is "=" or "<" or ">" or "≤" or "≥" or "∈" or "≠";
            if (depth == 0)
            {
                var before = tokens[i - 1];
                var opens = tokens[i + 1] is { Kind: TokenKind.Word, Text: Given or OnlyIf };
                var stands = before.Kind is TokenKind.Number or TokenKind.Letter or TokenKind.Text || before.Text is ")" or "]" or "}" or "\\}";
                var applied = before.Kind == TokenKind.Letter && !tokens[i].Space;
                if (opens || (holds && stands && !applied && !tokens.Exists(token => token.Text == "∪" || token.Text == "mod")))
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

    internal static bool IsText(Token token) => token.Kind == TokenKind.Text && (char.IsLetter(token.Text[0]) || token.Text[0] >= 0x2E80);

    private static string Lower(Token token) => token.Text.ToLowerInvariant();

    private static Token Word(string text) => new(TokenKind.Word, text, true);

    private static Token Sign(string text) => new(TokenKind.Sign, text, true);

    private static Token[] Meaning(string text) => text.Length == 0 ? [] : [.. text.Split(' ').Select(part => part switch
    {
        "and" or "or" or "percent" => Word(part),
        "GIVEN" => Word(Given),
        "IF" => Word(OnlyIf),
        "IS" => Word(Is),
        "SETR" => new Token(TokenKind.Command, "setR", true),
        "BOUND" => new Token(TokenKind.Letter, Shapes.Bound, true),
        "SQRT" => new Token(TokenKind.Command, "usqrt", true),
        _ when char.IsAsciiDigit(part[0]) => new Token(TokenKind.Number, part, true),
        _ when char.IsLetter(part[0]) || part[0] is '$' => new Token(TokenKind.Text, part, true),
        _ => Sign(part),
    })];

    private static (string[] Words, Token[] Tokens)[] MakeTable() =>
    [
        .. (((string Words, string Meaning)[])
        [
            ("is greater than or equal to", "≥"), ("is less than or equal to", "≤"), ("is greater than", ">"),
            ("is larger than", ">"), ("is more than", ">"), ("is less than", "<"), ("is smaller than", "<"),
            ("is at least", "≥"), ("is at most", "≤"),
            ("is not equal to", "≠"), ("does not equal", "≠"), ("is not", "≠"), ("is equal to", "="),
            ("equal to", "="), ("equals", "="), ("is in", "∈"), ("is an element of", "∈"), ("belongs to", "∈"),
            ("is", "IS"), ("are", "IS"),
            ("per cent", "percent"), ("percent", "percent"), ("pct", "percent"), ("percentage", "percent"),
            ("out of", "/"), ("divided by", "/"), ("over", "/"), ("multiplied by", "*"), ("times", "*"),
            ("plus", "+"), ("minus", "-"), ("negative", "-"), ("squared", "^ 2"), ("cubed", "^ 3"),
            ("the square root of", "SQRT"), ("square root of", "SQRT"),
            ("as well as", "and"), ("respectively", ""), ("и", "and"), ("или", "or"), ("または", "or"), ("および", "and"),
            ("oder", "or"), ("und", "and"),
            ("all real numbers except for", "SETR ∖"), ("all real numbers except", "SETR ∖"),
            ("all reals except", "SETR ∖"), ("all real numbers greater than", "BOUND >"),
            ("all real numbers less than", "BOUND <"), ("all real numbers greater than or equal to", "BOUND ≥"),
            ("all real numbers less than or equal to", "BOUND ≤"),
            ("such that", "GIVEN"), ("for all", "GIVEN"), ("for every", "GIVEN"), ("for each", "GIVEN"),
            ("for any", "GIVEN"), ("for some", "GIVEN"), ("for", "GIVEN"), ("where", "GIVEN"), ("with", "GIVEN"),
            ("when", "GIVEN"), ("whenever", "GIVEN"), ("since", "GIVEN"), ("because", "GIVEN"), ("as", "GIVEN"),
            ("at", "GIVEN"), ("given that", "GIVEN"), ("given", "GIVEN"), ("forall", "GIVEN"),
            ("if and only if", "IF"), ("only if", "IF"), ("if", "IF"), ("unless", "IF unless"),
            ("except", "IF except"), ("provided that", "IF"), ("provided", "IF"), ("assuming that", "IF"),
            ("assuming", "IF"), ("depending on", "IF depending"),
        ]).Select(entry => (entry.Words.Split(' '), Meaning(entry.Meaning))).OrderByDescending(entry => entry.Item1.Length),
    ];

    private static (string Word, Token[] Tokens)[] MakeChinese() =>
    [
        .. (((string Word, string Meaning)[])
        [
            ("或者", "or"), ("或", "or"), ("以及", "and"), ("并且", "and"), ("且", "and"), ("及", "and"), ("和", "and"),
            ("与", "and"), ("等于", "="), ("大于等于", "≥"), ("小于等于", "≤"), ("大于", ">"), ("小于", "<"), ("其中", "GIVEN"),
            ("对于", "GIVEN"), ("对任意", "GIVEN"), ("因为", "GIVEN"), ("当", "GIVEN"), ("如果", "IF"), ("若", "IF"),
            ("不是", "not"), ("不", "not"), ("是", "is"), ("为", "is"),
            ("最终答案", "answer"), ("答案", "answer"), ("答", "answer"), ("结果", "answer"), ("总共有", "answer is"),
            ("总共", "answer is"), ("一共有", "answer is"), ("一共", "answer is"), ("共有", "answer is"), ("共", "answer is"),
            ("所以", "answer is"), ("因此", "answer is"), ("解得", "answer is"), ("得到", "answer is"), ("得", "answer is"),
            ("有", "answer is"), ("即", "answer is"), ("故", "answer is"), ("解", "answer"),
            ("正整数", "positive integer"), ("负整数", "negative integer"), ("整数", "integer"), ("自然数", "natural number"),
            ("实数", "real number"), ("偶数", "even"), ("奇数", "odd"), ("无解", "no solution"),
            ("平方厘米", "square cm"), ("平方千米", "square km"), ("平方米", "square meter"), ("立方厘米", "cubic cm"),
            ("立方米", "cubic meter"), ("厘米", "cm"), ("毫米", "mm"), ("千米", "km"), ("公里", "km"), ("米", "meter"),
            ("千克", "kg"), ("公斤", "kg"), ("克", "gram"), ("毫升", "mL"), ("升", "liter"), ("小时", "hour"), ("分钟", "minute"),
            ("秒", "second"), ("天", "day"), ("周", "week"), ("年", "year"), ("度", "degree"), ("元", "yuan"),
            ("美元", "dollar"), ("万", "* 10000"), ("亿", "* 100000000"),
        ]).Select(entry => (entry.Word, Meaning(entry.Meaning))).OrderByDescending(entry => entry.Word.Length),
    ];
}
