using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Phi4R.Maths;

/// <summary>What a text says, and the unit that stood behind its number.</summary>
internal sealed record Reading(Node Root, string? Unit);

/// <summary>Reads an answer in LaTeX or plain text; a text that is not understood to its end is not understood at all.</summary>
internal sealed partial class Reader
{
    private const int MaxDepth = 60;
    private const int MaxLength = 8000;

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
    private string? _unit;

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
        if (text.Length == 0)
        {
            throw new ReadException("The text is empty.");
        }

        if (Words(text) is { } words)
        {
            return new Reading(new TextNode(words), null);
        }

        if (config.DecimalComma && CommaDecimal().IsMatch(text))
        {
            text = text.Replace(',', '.');
        }

        if (Clock().IsMatch(text))
        {
            return new Reading(new TextNode(Spaces().Replace(text.ToLowerInvariant().Replace(".", "", StringComparison.Ordinal).Replace("\\text{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), "")), null);
        }

        Reader reader = new(Lexer.Read(text, budget), budget);
        if (reader.AllText() is { } only)
        {
            return new Reading(new TextNode(only), null);
        }

        var root = reader.List(TokenKind.End, "");
        reader.Expect(TokenKind.End, "");
        return new Reading(root, reader._unit);
    }

    private static string? Words(string text)
    {
        var bare = Dressing().Replace(text, "").Replace("}", "", StringComparison.Ordinal).Trim();
        if (ChoiceLetter().Match(bare) is { Success: true } letter && (bare.Length > 1 || bare != text))
        {
            return bare.Length > 1 && !bare.StartsWith('(') ? null : letter.Groups[1].Value.ToLowerInvariant();
        }

        return WordsOnly().IsMatch(bare) && bare.Split(' ').Any(word => word.Length >= 3 && !Vocabulary.IsWord(word)) && !MathWord().IsMatch(bare)
            ? Spaces().Replace(bare.ToLowerInvariant(), " ").Trim('.', ' ') : null;
    }

    private string? AllText() => _tokens.Take(_tokens.Count - 1).All(token => token.Kind == TokenKind.Text || (token.Kind == TokenKind.Word && !Vocabulary.IsWord(token.Text)) || token.Text is "and" or ".")
        && _tokens.Count > 1 ? string.Join(' ', _tokens.Take(_tokens.Count - 1).Select(token => token.Text.ToLowerInvariant().Trim())) : null;

    private ReadException Unread() => new(Next.Kind == TokenKind.End ? "The text ends too early." : $"'{Next.Text}' is not understood here.");

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

    /// <summary>Items up to a closing sign; one item stands for itself, several are a bare list, groups set apart by ';' are tuples.</summary>
    private Node List(TokenKind end, string close, bool nested = false)
    {
        List<List<Node>> groups = [[]];
        List<string> joints = [];
        while (true)
        {
            while (Is(",") || Is(";") || Is("\\\\") || IsWord("and") || IsWord("or"))
            {
                if (groups[^1].Count == 0 && joints.Count == 0)
                {
                    throw Unread();
                }

                if (Is(";") && groups[^1].Count > 0)
                {
                    groups.Add([]);
                }

                joints.Add(Next.Text);
                _at++;
            }

            if (Closes(end, close) && !(close == "|" && groups[0].Count == 0))
            {
                break;
            }

            if (groups.Sum(group => group.Count) > 0 && joints.Count == 0)
            {
                throw Unread();
            }

            groups[^1].Add(Relation());
            if (!(Is(",") || Is(";") || Is("\\\\") || IsWord("and") || IsWord("or") || Closes(end, close)))
            {
                throw Unread();
            }
        }

        Regroup(groups, joints);
        groups.RemoveAll(group => group.Count == 0);
        if (groups.Count == 0)
        {
            throw Unread();
        }

        List<Node> items = groups.Count > 1 && groups.Any(group => group.Count > 1) && !nested
            ? [.. groups.Select(group => group.Count == 1 ? group[0] : new GroupNode('(', ')', group))]
            : [.. groups.SelectMany(group => group)];
        if (items.Count == 1)
        {
            return items[0];
        }

        var relations = items.All(item => item is RelationNode);
        return relations && joints.All(joint => joint == "and") ? new CallNode("and", items)
            : relations && joints.All(joint => joint == "or") ? new CallNode("or", items)
            : new GroupNode(GroupNode.Bare, GroupNode.Bare, items);
    }

    // "p = 5, q = 2 and p = 7, q = 2": where names come again, the words set groups apart and the commas do not.
    private static void Regroup(List<List<Node>> groups, List<string> joints)
    {
        if (groups is not [var items] || joints.Count != items.Count - 1 || !joints.Contains(",") || !joints.Exists(joint => joint is "and" or "or")
            || !items.TrueForAll(item => item is RelationNode { Signs: ['='] }) || items.DistinctBy(item => ((RelationNode)item).Sides[0].Canonical).Count() == items.Count)
        {
            return;
        }

        List<List<Node>> apart = [[items[0]]];
        for (var i = 0; i < joints.Count; i++)
        {
            if (joints[i] is "and" or "or")
            {
                apart.Add([]);
            }

            apart[^1].Add(items[i + 1]);
        }

        groups.Clear();
        groups.AddRange(apart);
    }

    private bool Closes(TokenKind end, string close) => Next.Kind == end && (close.Length == 0 || Next.Text == close || (close == ")" && Next.Text == "]") || (_builder && close == "|" && Next.Text == ":"));

    private Node Relation()
    {
        List<Node> sides = [];
        List<char> signs = [];
        while (true)
        {
            sides.Add(Sets());
            if (Next.Kind == TokenKind.Sign && Next.Text is "=" or "<" or ">" or "≤" or "≥" or "≠" or "≈" or "∈" or "≡" or "∉" or "→")
            {
                signs.Add(Next.Text[0]);
                _at++;
            }
            else if (IsCommand("not") && _tokens[_at + 1].Text is "=" or "∈")
            {
                signs.Add(_tokens[_at + 1].Text == "=" ? '≠' : '∉');
                _at += 2;
            }
            else if (IsWord("in") && sides.Count > 0)
            {
                signs.Add('∈');
                _at++;
            }
            else
            {
                return sides.Count == 1 ? sides[0] : new RelationNode(sides, signs);
            }
        }
    }

    private Node Sets()
    {
        var left = Sum();
        if (IsCommand("choose"))
        {
            _at++;
            return new CallNode("binomial", [left, Sum()]);
        }

        while (Next.Kind == TokenKind.Sign && Next.Text is "∪" or "∩" or "∖" || IsWord("union"))
        {
            Nest();
            var sign = IsWord("union") ? '∪' : Next.Text[0];
            _at++;
            left = new SetOperationNode(sign, left, Sum());
        }

        return left;
    }

    private Node Sum()
    {
        _budget.Spend();
        if (++_depth > MaxDepth)
        {
            throw new ReadException("The nesting is too deep.");
        }

        List<Node> terms = [];
        var first = true;
        while (true)
        {
            var sign = '+';
            var signs = 0;
            while (Is("+") || Is("-") || Is("±") || Is("∓"))
            {
                sign = (sign, Next.Text[0]) switch { ('+', var next) => next, ('-', '+') => '-', ('-', '-') => '+', ('-', '±') => '∓', ('-', '∓') => '±', _ => throw Unread() };
                signs++;
                _at++;
            }

            if (!first && signs == 0)
            {
                break;
            }

            var term = Term(sign == '-');
            terms.Add(sign switch { '±' => new CallNode("±", [term]), '∓' => new CallNode("∓", [term]), _ => term });
            first = false;
            if (!(Is("+") || Is("-") || Is("±") || Is("∓")))
            {
                break;
            }
        }

        _depth--;
        return terms.Count == 1 ? terms[0] : new SumNode(terms);
    }

    // A minus belongs to the first factor, so that -1 mod 2 is 1.
    private Node Term(bool negative)
    {
        var left = Factor();
        if (negative)
        {
            left = Node.Negative(left);
        }

        while (true)
        {
            _budget.Spend();
            if (Take("*"))
            {
                left = Times(left, SignedFactor());
            }
            else if (Take("/") || (!_builder && Take(":")))
            {
                Nest();
                left = Node.Quotient(left, SignedFactor());
            }
            else if (IsWord("mod"))
            {
                Nest();
                _at++;
                left = new CallNode("mod", [left, SignedFactor()]);
            }
            else if (IsCommand("pmod"))
            {
                _at++;
                left = new CallNode("residue", [left, Argument()]);
            }
            else if (Is("(") && _tokens[_at + 1].Text == "mod")
            {
                _at += 2;
                left = new CallNode("residue", [left, Sum()]);
                Expect(")");
            }
            else if (Unit())
            {
            }
            else if (StartsFactor())
            {
                left = Times(left, Factor());
            }
            else
            {
                return left;
            }
        }
    }

    private void Nest()
    {
        if (++_chain > MaxChain)
        {
            throw new ReadException("The nesting is too deep.");
        }
    }

    private Node SignedFactor()
    {
        Nest();
        if (Take("-"))
        {
            return Node.Negative(SignedFactor());
        }

        return Take("+") ? SignedFactor() : Factor();
    }

    private static Node Times(Node left, Node right) => left is ProductNode product ? new ProductNode([.. product.Factors, right]) : new ProductNode([left, right]);

    /// <summary>Skips words that can only be the unit of what stands before them.</summary>
    private bool Unit()
    {
        var token = Next;
        if (token.Kind == TokenKind.Sign && token.Text == "." && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word)
        {
            _at++;
            return true;
        }

        if (token.Kind == TokenKind.Text || (token.Kind == TokenKind.Word && (Vocabulary.Units.ContainsKey(token.Text) || (!Vocabulary.IsWord(token.Text) && token.Text.Length > 3 && token.Space))))
        {
            if (BaseWord().Match(token.Text) is { Success: true })
            {
                throw Unread();
            }

            if (PercentWord().IsMatch(token.Text))
            {
                return false;
            }

            _at++;
            if (Is("^") && _tokens[_at + 1].Kind is TokenKind.Number or TokenKind.Sign)
            {
                _at++;
                Argument();
            }

            _unit = _unit is null ? token.Text : _unit + " " + token.Text;
            while (Is("/") && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word && !Vocabulary.IsFunction(_tokens[_at + 1].Text))
            {
                _unit += "/" + _tokens[_at + 1].Text;
                _at += 2;
            }

            return true;
        }

        return false;
    }

    private bool StartsFactor() => Next.Kind switch
    {
        TokenKind.Number or TokenKind.Letter => true,
        TokenKind.Word => Vocabulary.IsFunction(Next.Text) || Vocabulary.Lists.Contains(Next.Text) || Next.Text is "sqrt" or "pi" or "theta" or "alpha" or "beta" or "cbrt" or "infinity" or "asin" or "acos" or "atan" || (!Vocabulary.IsWord(Next.Text) && Next.Text.Length <= 4),
        TokenKind.Command => Next.Text is not ("and" or "or" or "mod" or "end" or "not" or "choose" or "pmod" or "circ" or "over"),
        TokenKind.Sign => Next.Text is "(" or "[" or "{" or "\\{" or "(|" or "(f" or "(c" || (Next.Text == "|" && _bars == 0 && !_builder),
        _ => false,
    };

    private static NumberNode Parse(string text)
    {
        var split = text.IndexOfAny(['e', 'E']);
        var digits = split < 0 ? text : text[..split];
        var exponent = split < 0 ? 0 : int.TryParse(text[(split + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && Math.Abs(power) <= 5000 ? power : throw new ReadException("An exponent is too large.");
        var plain = NotInNumber().Replace(digits, "");
        if (plain.Length > 3000)
        {
            throw new ReadException("A number is too long.");
        }

        var point = plain.IndexOf('.');
        var places = point < 0 ? -1 : plain.Length - point - 1;
        var value = new Rational(BigInteger.Parse("0" + plain.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture), BigInteger.Pow(10, Math.Max(0, places)));
        return new NumberNode(exponent == 0 ? value : value * ((Rational)10).Pow(exponent), places <= 0 ? -1 : Math.Max(0, places - exponent));
    }

    [GeneratedRegex(@"[^0-9.]", RegexOptions.CultureInvariant)]
    private static partial Regex NotInNumber();

    [GeneratedRegex(@"^-?[0-9]+,[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex CommaDecimal();

    [GeneratedRegex(@"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*(?:\\text\{)?\s*[apAP]\.?\s?[mM]", RegexOptions.CultureInvariant)]
    private static partial Regex Clock();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|textnormal|boxed|mathsf|emph|textsf|texttt)\s*\{", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    [GeneratedRegex(@"^\(?\s*([A-Za-z])\s*\)?\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex ChoiceLetter();

    [GeneratedRegex(@"^[\p{L}][\p{L} ,.'’\-]*$", RegexOptions.CultureInvariant)]
    private static partial Regex WordsOnly();

    [GeneratedRegex(@"\b(?:sin|cos|tan|sqrt|pi|log|ln|exp|infinity|arcsin|arccos|arctan|cot|sec|csc|or|theta|[b-zB-Z])\b", RegexOptions.CultureInvariant)]
    private static partial Regex MathWord();

    [GeneratedRegex(@"^base\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex BaseWord();

    [GeneratedRegex(@"^(?:percent|pct|percentage)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PercentWord();
}
