using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>The words that <see cref="Phrases"/> knows, and what they mean.</summary>
internal static partial class Phrases
{
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
        "none", "bc", "bce",
        "undefined", "infinite", "recurring", "repeating", "repeated", "fold", "kilo", "mega", "giga",
        "zillion", "squillion", "gazillion", "umpteen", "couple", "few", "several", "many", "inclusive", "exclusive",
        "overdrawn", "doubled", "tripled", "halved", "ones", "twos", "threes", "fours", "fives", "不", "不是", "非",
        "或许", "可能", "大约", "约", "倍",
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
        "about", "exactly", "precisely", "only",
    ];

    private static readonly HashSet<string> Named =
    [
        "point", "points", "interval", "set", "pair", "pairs", "triple", "triples", "coordinates", "vector", "matrix",
        "number", "value", "values", "solution", "solutions", "root", "roots", "answer", "ratio", "product", "sum",
        "total", "ordered", "open", "closed", "the", "a", "an", "at", "in", "solution:", "result", "final",
    ];

    private static readonly HashSet<string> Everything = ["all", "every", "any", "the", "set", "of", "real", "numbers",
        "number", "values", "x:"];

    // Longest first: a phrase, and the tokens that it stands for.
    private static readonly (string[] Words, Token[] Tokens)[] Table = MakeTable();

    private static readonly (string Word, Token[] Tokens)[] Chinese = MakeChinese();

    private static Token Word(string text) => new(TokenKind.Word, text, true);

    private static Token Sign(string text) => new(TokenKind.Sign, text, true);

    private static Token[] Meaning(string text) =>
        text.Length == 0 ? [] : [.. text.Split(' ').Select(part => part switch
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
            ("is", "IS"), ("are", "IS"), ("must be", "IS"), ("has to be", "IS"),
            ("per cent", "percent"), ("percent", "percent"), ("pct", "percent"), ("percentage", "percent"),
            ("out of", "/"), ("divided by", "/"), ("over", "/"), ("multiplied by", "*"), ("times", "*"),
            ("factorial", "!"), ("plus", "+"), ("minus", "-"), ("negative", "-"), ("squared", "^ 2"), ("cubed", "^ 3"),
            ("the square root of", "SQRT"), ("square root of", "SQRT"),
            ("as well as", "and"), ("respectively", ""), ("и", "and"), ("или", "or"), ("または", "or"), ("および", "and"),
            ("oder", "or"), ("und", "and"), ("ou", "or"), ("et", "and"),
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
        ]).Select(entry => (entry.Words.Split(' '), Meaning(entry.Meaning)))
            .OrderByDescending(entry => entry.Item1.Length),
    ];

    private static (string Word, Token[] Tokens)[] MakeChinese() =>
    [
        .. (((string Word, string Meaning)[])
        [
            ("或者", "or"), ("或", "or"), ("以及", "and"), ("并且", "and"), ("且", "and"), ("及", "and"), ("和", "and"),
            ("与", "and"), ("等于", "="), ("大于等于", "≥"), ("小于等于", "≤"), ("不等于", "≠"), ("不大于", "≤"), ("不超过", "≤"),
            ("不小于", "≥"),
            ("不少于", "≥"), ("至少", "≥"), ("至多", "≤"), ("最多", "≤"), ("最少", "≥"), ("大于", ">"), ("小于", "<"), ("其中", "GIVEN"),
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
