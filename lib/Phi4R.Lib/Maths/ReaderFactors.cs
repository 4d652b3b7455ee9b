using System.Numerics;

namespace Phi4R.Maths;

/// <summary>Atoms and what is written behind them.</summary>
internal sealed partial class Reader
{
    private static readonly string[] RadixNames = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"];

    /// <summary>An atom with its powers, subscripts, factorials, percent signs and degrees.</summary>
    private Node Factor()
    {
        _budget.Spend();
        if (++_depth > MaxDepth)
        {
            throw new ReadException("The nesting is too deep.");
        }

        var node = Behind(Atom());
        _depth--;
        return node;
    }

    private Node Behind(Node node)
    {
        while (true)
        {
            if (Take("!"))
            {
                Nest();
                node = new CallNode("factorial", [node]);
            }
            else if (Is("%") || IsWord("percent") || IsWord("pct") || IsWord("percentage") || (Next.Kind == TokenKind.Text && PercentWord().IsMatch(Next.Text)))
            {
                _at++;
                Nest();
                node = node is SymbolNode { Name: "infinity" } ? node : new ProductNode([node, Node.Number(new Rational(1, 100))]);
            }
            else if (Is("'") && node is SymbolNode name)
            {
                _at++;
                node = new SymbolNode(name.Name + "'");
            }
            else if (IsCommand("degrees") || IsCommand("circ") || (IsWord("degrees") && node is not SymbolNode))
            {
                Nest();
                _at++;
                node = new CallNode("degree", [node]);
            }
            else if (Is("_"))
            {
                _at++;
                node = Subscript(node);
            }
            else if (Is("^"))
            {
                _at++;
                Nest();
                node = Raised(node);
            }
            else if (Next.Kind == TokenKind.Text && BaseWord().IsMatch(Next.Text) && node is NumberNode number && int.TryParse(Next.Text.AsSpan(4).Trim(), out var radix))
            {
                _at++;
                node = Base(number, radix);
            }
            else
            {
                return node;
            }
        }
    }

    private Node Raised(Node node)
    {
        var braced = Is("{") ? 1 : 0;
        var inside = _tokens[_at + braced];
        if (inside.Kind == TokenKind.Command && inside.Text is "circ" or "degrees")
        {
            _at += 1 + (2 * braced);
            return new CallNode("degree", [node]);
        }

        if (inside is { Kind: TokenKind.Sign, Text: "'" })
        {
            _at += 1 + (2 * braced);
            return node is SymbolNode symbol ? new SymbolNode(symbol.Name + "'") : throw Unread();
        }

        if (node is NumberNode && braced == 1 && inside.Kind is TokenKind.Text or TokenKind.Letter && Ordinal(inside, _tokens[_at + 2]))
        {
            while (!Take("}"))
            {
                _at++;
            }

            return node;
        }

        if (inside is { Kind: TokenKind.Letter, Text: "T" } && node is MatrixNode matrix)
        {
            _at += 1 + (2 * braced);
            return new MatrixNode([.. Enumerable.Range(0, matrix.Rows[0].Count).Select(column => (IReadOnlyList<Node>)[.. matrix.Rows.Select(row => row[column])])]);
        }

        var exponent = Exponent();
        if (Is("_") && node is SymbolNode)
        {
            _at++;
            node = Subscript(node);
        }

        return new PowerNode(node, exponent);
    }

    private static bool Ordinal(Token first, Token second) => (first.Text + (first.Kind == TokenKind.Letter ? second.Text : "")) is "th" or "st" or "nd" or "rd";

    private Node Exponent()
    {
        if (Is("-") || Is("+"))
        {
            Nest();
            var minus = Is("-");
            _at++;
            var value = Exponent();
            return minus ? Node.Negative(value) : value;
        }

        if (Next.Kind == TokenKind.Number)
        {
            return Parse(_tokens[_at++].Text);
        }

        if (Is("("))
        {
            return Atom();
        }

        var node = Argument();
        return node;
    }

    private Node Subscript(Node node)
    {
        if (node is NumberNode number)
        {
            if (Is("{") && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word && Array.IndexOf(RadixNames, _tokens[_at + 1].Text.ToLowerInvariant()) is >= 0 and var named && _tokens[_at + 2].Text == "}")
            {
                _at += 3;
                return Base(number, named + 2);
            }

            var radix = Argument();
            return radix is NumberNode { Value: { IsInteger: true } value } && value.Numerator >= 2 && value.Numerator <= 36 ? Base(number, (int)value.Numerator) : throw Unread();
        }

        var start = _at;
        Node? index = null;
        try
        {
            index = Argument();
        }
        catch (ReadException)
        {
            _at = start;
        }

        if (node is not SymbolNode symbol)
        {
            throw Unread();
        }

        if (index is null)
        {
            // A label such as \max or k_{\mathrm{B}}: its words are the name.
            var label = "";
            var depth = 0;
            do
            {
                depth += Is("{") ? 1 : Is("}") ? -1 : 0;
                label += Next.Kind == TokenKind.End ? throw Unread() : Next.Text;
                _at++;
            }
            while (depth > 0);
            return new SymbolNode(symbol.Name + "_" + label);
        }

        return index is NumberNode or SymbolNode or ProductNode or TextNode && !index.Children.Any(child => child is not SymbolNode) && index is not SymbolNode { Name: "n" or "k" or "i" or "j" or "m" }
            ? new SymbolNode(symbol.Name + "_" + index.Canonical)
            : new CallNode(symbol.Name + "_", [index]);
    }

    private static Node Base(NumberNode number, int radix)
    {
        if (!number.Value.IsInteger || radix is < 2 or > 36)
        {
            throw new ReadException("A number in a base has no fraction here.");
        }

        var digits = number.Value.Numerator.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var value = BigInteger.Zero;
        foreach (var digit in digits)
        {
            if (digit - '0' >= radix)
            {
                throw new ReadException($"The digit {digit} does not exist in base {radix}.");
            }

            value = (value * radix) + (digit - '0');
        }

        return new CallNode("base", [Node.Number(value), Node.Number(radix)]);
    }

    /// <summary>One argument of a command: a group in braces or the next single sign, of a number its first digit.</summary>
    private Node Argument()
    {
        if (Is("{"))
        {
            return Atom();
        }

        if (Next.Kind == TokenKind.Number && Next.Text.Length > 1 && Next.Text.All(char.IsAsciiDigit))
        {
            var digit = Next.Text[..1];
            _tokens[_at] = Next with { Text = Next.Text[1..], Space = false };
            return Parse(digit);
        }

        return Atom();
    }

    private Node Atom()
    {
        _budget.Spend();
        if (++_depth > MaxDepth)
        {
            throw new ReadException("The nesting is too deep.");
        }

        var node = Next.Kind switch
        {
            TokenKind.Number => NumberAtom(),
            TokenKind.Letter => Letter(),
            TokenKind.Word => Word(),
            TokenKind.Command => Command(),
            TokenKind.Text when _tokens[_at + 1].Text is "=" or "≈" or "≤" or "≥" or "<" or ">" => new SymbolNode("\"" + _tokens[_at++].Text + "\""),
            TokenKind.Sign => Bracketed(),
            _ => throw Unread(),
        };
        _depth--;
        return node;
    }

    private Node NumberAtom()
    {
        var token = _tokens[_at++];
        // A comma between groups of three digits belongs to the number, unless brackets make it a list.
        var text = token.Text;
        while (_brackets == 0 && Is(",") && !Next.Space && text.Split(',')[0].Length <= 3 && !text.Contains('.') && text[0] != '0' && text.All(c => char.IsAsciiDigit(c) || c == ',')
            && _tokens[_at + 1] is { Kind: TokenKind.Number, Space: false, Text: var group } && (group.Length == 3 || (group.Length > 4 && group[3] == '.')) && group.Take(3).All(char.IsAsciiDigit))
        {
            text += "," + group;
            _at += 2;
        }

        if (Next is { Kind: TokenKind.Command, Text: "overline" or "bar" or "dot" } && RepeatingStarts(token.Text))
        {
            return Repeating(text);
        }

        if (IsCommand("ldots") && text.Contains('.') && _tokens[_at + 1].Kind == TokenKind.End)
        {
            _at++;
            return Repeated(text);
        }

        var number = Parse(text);
        if (Next.Kind == TokenKind.Sign && Next.Text == "(" && _tokens[_at + 1] is { Kind: TokenKind.Number } cycle && (number.Places > 0 || text.EndsWith('.')) && _tokens[_at + 2].Text == ")" && !Next.Space && _tokens[_at + 3].Kind == TokenKind.End && cycle.Text.All(char.IsAsciiDigit))
        {
            _at += 3;
            return Cycle(text, cycle.Text);
        }

        return Mixed(number) ?? number;
    }

    // 1 1/2 and 1\frac12 are one and a half; 3.1\frac12 is a product.
    private Node? Mixed(NumberNode whole)
    {
        if (whole.Places >= 0 || !whole.Value.IsInteger)
        {
            return null;
        }

        if (Next is { Kind: TokenKind.Number, Space: true } above && _tokens[_at + 1].Text == "/" && _tokens[_at + 2].Kind == TokenKind.Number && above.Text.All(char.IsAsciiDigit) && _tokens[_at + 2].Text.All(char.IsAsciiDigit))
        {
            var (over, under) = (Parse(above.Text), Parse(_tokens[_at + 2].Text));
            if (over.Value.CompareTo(under.Value) >= 0)
            {
                return null;
            }

            _at += 3;
            return Node.Number(whole.Value + (over.Value / under.Value));
        }

        if (IsCommand("frac"))
        {
            var start = _at;
            var count = _tokens.Count;
            var saved = _tokens.GetRange(start, Math.Min(5, count - start));
            _at++;
            var over = Argument();
            var under = Argument();
            if (over is NumberNode { Value: { IsInteger: true } p } && under is NumberNode { Value: { IsInteger: true, Sign: > 0 } q } && p.CompareTo(q) < 0 && p.Sign >= 0 && !Is("^"))
            {
                return Node.Number(whole.Value + (p / q));
            }

            for (var i = 0; i < saved.Count; i++)
            {
                _tokens[start + i] = saved[i];
            }

            _at = start;
        }

        return null;
    }

    private bool RepeatingStarts(string text) => text.Contains('.') && _tokens[_at + 1].Text == "{" && _tokens[_at + 2].Kind == TokenKind.Number;

    // 0.1\overline{6}; two dots mark the first and the last digit of the cycle.
    private Node Repeating(string head)
    {
        var dots = IsCommand("dot");
        _at += 2;
        var cycle = _tokens[_at++].Text;
        Expect("}");
        if (dots)
        {
            while (Next.Kind == TokenKind.Number && _tokens[_at + 1] is { Kind: TokenKind.Command, Text: "dot" })
            {
                cycle += _tokens[_at++].Text;
            }

            if (IsCommand("dot") && _tokens[_at + 1].Text == "{" && _tokens[_at + 2].Kind == TokenKind.Number)
            {
                cycle += _tokens[_at + 2].Text;
                _at += 4;
            }
        }

        return cycle.All(char.IsAsciiDigit) && cycle.Length < 500 ? Cycle(head, cycle) : throw Unread();
    }

    // 0.333... and 0.142857142857...: the dots are understood where the digits show what goes on.
    private static Node Repeated(string text)
    {
        var digits = text[(text.IndexOf('.') + 1)..];
        for (var length = 1; length * 2 <= digits.Length; length++)
        {
            var cycle = digits[^length..];
            var times = length == 1 ? 3 : 2;
            if (digits.Length >= times * length && digits.EndsWith(string.Concat(Enumerable.Repeat(cycle, times)), StringComparison.Ordinal))
            {
                return Cycle(text, cycle);
            }
        }

        throw new ReadException("The dots behind a decimal do not show what goes on.");
    }

    private static Node Cycle(string head, string cycle)
    {
        var number = Parse(head);
        var places = Math.Max(0, number.Places);
        var nines = BigInteger.Pow(10, cycle.Length) - 1;
        var tail = new Rational(BigInteger.Parse(cycle, System.Globalization.CultureInfo.InvariantCulture), nines * BigInteger.Pow(10, places));
        return Node.Number(number.Value + tail);
    }

    private Node Letter()
    {
        var name = _tokens[_at++].Text;
        var isFunction = name is "f" or "g" or "F" or "W" || (name is "h" or "H" or "P" or "p" or "q" or "Q" or "G" or "V" or "A" or "N" or "T" or "u" or "v" or "y" or "S" && Defines());
        if (isFunction && Is("{") && _tokens[_at + 1].Text == "(")
        {
            return new CallNode(name, [Argument()]);
        }

        return isFunction && (Is("(") || Is("'")) ? Applied(name) : new SymbolNode(name);
    }

    // Whether a bracket follows, and an equals sign follows it.
    private bool Defines()
    {
        var depth = 0;
        for (var i = _at; i < _tokens.Count; i++)
        {
            depth += _tokens[i].Text switch { "(" => 1, ")" => -1, _ => 0 };
            if (depth == 0)
            {
                return i > _at && _tokens[i + 1].Text == "=";
            }
        }

        return false;
    }

    private Node Applied(string name)
    {
        while (Take("'"))
        {
            name += "'";
        }

        return Is("(") ? new CallNode(name, Arguments()) : new SymbolNode(name);
    }

    private IReadOnlyList<Node> Arguments()
    {
        var node = Bracketed(keep: true);
        return node is GroupNode group ? group.Items : [node];
    }
}
