using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>What a text says; <paramref name="IsRatio"/> where it is written as a ratio, a:b.</summary>
internal sealed record Reading(Node Root, bool IsRatio = false);

/// <summary>
/// Reads an answer in LaTeX or plain text; a text that is not understood to its end is not understood at all.
/// </summary>
internal sealed partial class Reader
{
    private const int MaxDepth = 60;
    /// <summary>Longer texts are not read.</summary>
    public const int MaxLength = 8000;

    // Trees are walked by recursion, so what nests without brackets is counted, too.
    private const int MaxChain = 200;
    private int _chain;
    private readonly List<Token> _tokens;
    private readonly Budget _budget;
    private int _at;
    private int _depth;
    private int _brackets;
    private int _bars;
    private bool _builder;

    private Reader(List<Token> tokens, Budget budget)
    {
        _tokens = tokens;
        _budget = budget;
    }

    private Token Next => _tokens[_at];

    /// <exception cref="ReadException">The text is not understood; the message says where.</exception>
    public static Reading Read(string raw, VerifierConfig config, Budget budget)
    {
        if (raw.Length > MaxLength)
        {
            throw new ReadException("The text is too long.");
        }

        var text = Normalization.Clean(raw);
        if (text.Length > MaxLength)
        {
            throw new ReadException("The text is too long.");
        }

        if (text.Length == 0)
        {
            throw new ReadException("The text is empty.");
        }

        if (Calendar.Read(text) is { } time)
        {
            return new Reading(time);
        }

        if (ForeignWords.Meaning(text) is { } foreign)
        {
            return new Reading(Meaning(foreign));
        }

        if (Missing().IsMatch(text))
        {
            return new Reading(new TextNode("does not exist"));
        }

        if (Words(text) is { } words)
        {
            return new Reading(Meaning(words));
        }

        if (config.DecimalComma && CommaDecimal().IsMatch(text))
        {
            text = text.Replace(',', '.');
        }

        text = SmallDigits().IsMatch(text) ? text.ToUpperInvariant() : text;
        if (DigitsWithLetters().Match(text) is { Success: true } based
            && int.TryParse(based.Groups[2].ValueSpan, out var radix)
            && Based(based.Groups[1].Value, radix) is { } value)
        {
            return new Reading(value);
        }

        var tokens = Lexer.Read(text, budget);
        Phrases.Settle(tokens);
        Reader reader = new(tokens, budget);
        if (reader.AllText() is { } only)
        {
            return new Reading(Meaning(only));
        }

        var root = reader.Conditioned(reader.List(TokenKind.End, ""));
        reader.Expect(TokenKind.End, "");
        return new Reading(root, tokens is [{ Kind: TokenKind.Number }, { Text: ":" }, { Kind: TokenKind.Number }, _]);
    }

    // Words that mean what mathematics has a sign for.
    private static Node Meaning(string words) => words switch
    {
        "all real numbers" or "all reals" or "real numbers" or "every real number" or "any real number"
            or "all real number" or "set of all real numbers" or "real number" => new SymbolNode("set R"),
        "empty set" or "null set" or "no solution" or "no solutions" or "no real solution" or "no real solutions" =>
            new GroupNode('{', '}', []),
        "all integers" or "every integer" or "any integer" or "set of all integers" or "integers" =>
            new SymbolNode("set Z"),
        "all positive integers" or "positive integers" or "every positive integer" or "all natural numbers"
            or "natural numbers" or "set of all positive integers" => new SymbolNode("set N"),
        "all rational numbers" or "rational numbers" or "set of all rational numbers" => new SymbolNode("set Q"),
        "all complex numbers" or "complex numbers" => new SymbolNode("set C"),
        "all nonzero real numbers" or "all non-zero real numbers" or "nonzero real numbers"
            or "all real numbers except zero" => new SetOperationNode('∖', new SymbolNode("set R"),
                new GroupNode('{', '}', [Node.Number(0)])),
        _ when NoSolution().IsMatch(words) => new GroupNode('{', '}', []),
        _ when Endless().IsMatch(words) => new TextNode("infinitely many"),
        "dne" or "no limit exists" or "limit dne" => new TextNode("does not exist"),
        "not enough information" or "insufficient information" or "there is not enough information"
            or "it cannot be determined" => new TextNode("cannot be determined"),
        "not defined" or "it is undefined" or "it is not defined" => new TextNode("undefined"),
        "none" => new GroupNode('{', '}', []),
        "laplacian" or "laplace operator" or "laplacian operator" => new SymbolNode("nabla^2"),
        "dozen" => Node.Number(12),
        "googol" => new PowerNode(Node.Number(10), Node.Number(100)),
        _ when HalfLine().Match(words) is { Success: true } half => Line(half.Groups["sign"].Value),
        _ => new TextNode(string.Join(" and ", Joint().Split(Told().Replace(words, "")).Order(StringComparer.Ordinal))),
    };

    [GeneratedRegex(@"^(?:there (?:is|are|exists?) |it has |(?:the )?(?:system|equation|problem) has )?"
        + @"no (?:(?:real|such|integer|valid) )*(?:solutions?|roots?|real numbers?|integers?|numbers?|value"
        + @"s?)(?: exists?)?$"
        + @"|^(?:the )?system is inconsistent$|^(?:there (?:is|are)|there exist|it has) none$|^none exists?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex NoSolution();

    [GeneratedRegex(@"^(?:there (?:is|are) )?(?:infinitely many|an? infinite number of|infinite number of|infinite)"
        + @"(?: (?:solutions?|values?|ones|of them))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Endless();

    private static GroupNode Line(string sign)
    {
        var zero = Node.Number(0);
        Node infinity = new SymbolNode("infinity");
        return sign switch
        {
            "positive" => new GroupNode('(', ')', [zero, infinity]),
            "negative" => new GroupNode('(', ')', [Node.Negative(infinity), zero]),
            _ when sign.EndsWith("positive", StringComparison.Ordinal) =>
                new GroupNode('(', ']', [Node.Negative(infinity), zero]),
            _ => new GroupNode('[', ')', [zero, infinity]),
        };
    }

    private static string? Words(string text)
    {
        var bare = Dressing().Replace(text, "").Replace("}", "", StringComparison.Ordinal).Trim();
        if (ChoiceLetter().Match(bare) is { Success: true } letter && (bare.Length > 1 || bare != text))
        {
            return bare.Length > 1 && !bare.StartsWith('(') ? null : letter.Groups[1].Value.ToLowerInvariant();
        }

        var first = bare.Split(' ', '-')[0];
        if (bare.Length <= 4 && bare == text && bare.All(char.IsAsciiLetter) && !Lexer.IsEnglish(bare, spaced: true))
        {
            return null; // mgh is a product
        }

        return WordsOnly().IsMatch(bare) && !NumberWords.IsStart(first)
            && !first.Equals("minus", StringComparison.OrdinalIgnoreCase)
            && !first.Equals("negative", StringComparison.OrdinalIgnoreCase)
            && bare.Split(' ', '-').Any(word => word.Length >= 3 && !Vocabulary.IsWord(word))
            && !MathWord().IsMatch(bare)
            ? Article().Replace(Spaces().Replace(bare.ToLowerInvariant(), " ").Trim('.', ' '), "") : null;
    }

    private string? AllText() =>
        _tokens.Count > 1 && Phrases.IsText(_tokens[0])
            && _tokens.Take(_tokens.Count - 1)
                .All(token => token.Kind == TokenKind.Text
                    || token.Text is "and" or "or" or "." or "-" or Phrases.Is or "in")
        ? Article()
            .Replace(
                string.Join(' ', _tokens.Take(_tokens.Count - 1).Select(token => token.Text.ToLowerInvariant().Trim()))
                    .Trim('.', ' '), "") : null;

    private ReadException Unread() =>
        new(Next.Kind == TokenKind.End ? "The text ends too early." : $"'{Next.Text}' is not understood here.");

    private ReadException Unread(int at)
    {
        _at = at;
        return Unread();
    }

    private bool Is(TokenKind kind, string text) => Next.Kind == kind && Next.Text == text;

    private bool Is(string sign) => Next.Kind == TokenKind.Sign && Next.Text == sign;

    private bool IsCommand(string name) => Next.Kind == TokenKind.Command && Next.Text == name;

    private bool IsWord(string word) => Next.Kind is TokenKind.Word or TokenKind.Command && Next.Text == word;

    private bool Take(string sign)
    {
        if (!Is(sign))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(TokenKind kind, string text)
    {
        if (Next.Kind != kind || (text.Length > 0 && Next.Text != text))
        {
            throw Unread();
        }

        if (kind != TokenKind.End)
        {
            _at++;
        }
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw Unread();
        }
    }

    // "\lim_{x\to\infty} \sin x does not exist", ∄
    [GeneratedRegex(@"\A(?:\\nexists|\\lim(?![A-Za-z])[^=]{1,200}(?:=\s*)?\\text\s*\{\s*(?:does not exist"
        + @"|doesn't exist|DNE)\.?\s*\})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Missing();

    [GeneratedRegex(@"^-?[0-9]+,[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex CommaDecimal();

    [GeneratedRegex(@"^(?:an?|the) (?=[a-z]{2})", RegexOptions.CultureInvariant)]
    private static partial Regex Article();

    [GeneratedRegex(@"^(?:(?:the )?set of )?(?:all|any|every|the)? ?(?<sign>(?:non ?-? ?)?(?:positive|negative))"
        + " real(?:s| numbers?)$", RegexOptions.CultureInvariant)]
    private static partial Regex HalfLine();

    // What only says that something is so: "there are no such integers", "it is a Wednesday", "no such integers exist".
    [GeneratedRegex(@"^(?:there (?:is|are|exists?)|(?:it|this|that|the statement|statement) is) (?:an? |the )?"
        + @"|(?<=^no .*) exists?$", RegexOptions.CultureInvariant)]
    private static partial Regex Told();

    [GeneratedRegex(@"\s*,\s*(?:and\s+)?|\s+and\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|textnormal|boxed|mathsf|emph|textsf"
        + @"|texttt)\s*\{", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    [GeneratedRegex(@"^\(?\s*([A-Za-z])\s*\)?\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex ChoiceLetter();

    [GeneratedRegex(@"^[\p{L}][\p{L} ,.'’\-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex WordsOnly();

    [GeneratedRegex(@"\b(?:sin|cos|tan|sqrt|pi|log|ln|exp|infinity|arcsin|arccos|arctan|cot|sec|csc|or|theta"
        + @"|[b-zB-Z])\b", RegexOptions.CultureInvariant)]
    private static partial Regex MathWord();
}
