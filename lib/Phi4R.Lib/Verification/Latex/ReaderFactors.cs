using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Atoms and what is written behind them.</summary>
internal sealed partial class Reader
{
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
                var twice = Is("!") && !Next.Space && _tokens[_at + 1].Text != "!" && _tokens[_at - 2].Text != "!";
                _at += twice ? 1 : 0;
                node = new CallNode(twice ? "double factorial" : "factorial", [node]);
            }
            else if (Is("%") || IsWord("percent") || IsWord("pct") || IsWord("percentage"))
            {
                _at++;
                Nest();
                node = node is SymbolNode { Name: "infinity" }
                    ? node
                    : new ProductNode([node, Node.Number(new Rational(1, 100))]);
            }
            else if (node is not SymbolNode && Next.Kind == TokenKind.Text && NumberWords.Scale(Next.Text) is { } scale)
            {
                _at++;
                Nest();
                node = new ProductNode([node, Node.Number(scale)]);
            }
            else if (node is NumberNode { Value: { IsInteger: true } parts } && Next.Kind == TokenKind.Text
                && NumberWords.Share(Next.Text, parts == 1) is { } share)
            {
                _at++;
                node = new ProductNode([node, Node.Number(new Rational(1, share))]);
            }
            else if (node is CallNode { Name: "degree", Arguments: [var warmth] } && Temperature() is { } temperature)
            {
                _at++;
                node = new QuantityNode(warmth, temperature);
            }
            else if (Is("'") && node is SymbolNode name)
            {
                _at++;
                node = new SymbolNode(name.Name + "'");
            }
            else if (Is("'") && _tokens[_at - 1].Text is ")" or "]" or "'" && node is not GroupNode
                && Equality.Variables(node).ToList() is [var by] && !Equality.HasUnknown(node))
            {
                _at++;
                Nest();
                node = new CallNode("derivative", [node, new SymbolNode(by)]); // (\sin 2x)'
            }
            else if (IsCommand("circ") && node is SymbolNode or CallNode
                && (_tokens[_at + 1].Kind == TokenKind.Letter || _tokens[_at + 1].Text == "("))
            {
                Nest();
                _at++;
                node = new CallNode("composed", [node, Factor()]); // in order: a ∘ b is not b ∘ a
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
            else if (IsWord("base") && node is NumberNode number && _tokens[_at + 1].Kind == TokenKind.Number
                && int.TryParse(_tokens[_at + 1].Text, out var radix))
            {
                _at += 2;
                node = Base(number, radix);
            }
            else
            {
                return node;
            }
        }
    }

    // °C and °F: a letter behind the sign of degrees that nothing follows, or the word.
    private Unit? Temperature() => Next.Kind is TokenKind.Text or TokenKind.Letter ? Next.Text.ToLowerInvariant() switch
    {
        "c" or "celsius" => Unit.Find("celsius"),
        "f" or "fahrenheit" => Unit.Find("fahrenheit"),
        "kelvin" => Unit.Find("kelvin"),
        "k" when Next.Text == "K" || Next.Kind == TokenKind.Text => Unit.Find("kelvin"), // 180° k is k half turns
        _ => null,
    }
    : null;

    private Node Raised(Node node)
    {
        var braced = Is("{") ? 1 : 0;
        var inside = _tokens[_at + braced];
        if (inside.Kind == TokenKind.Command && inside.Text is "circ" or "degrees")
        {
            _at += 1 + (2 * braced);
            return new CallNode("degree", [node]);
        }

        if (node is NumberNode && inside.Text is "o" or "O" && (braced == 0 || _tokens[_at + 2].Text == "}"))
        {
            _at += 1 + (2 * braced);
            return new CallNode("degree", [node]);
        }

        if (inside is { Kind: TokenKind.Sign, Text: "'" })
        {
            _at += 1 + (2 * braced);
            return node is SymbolNode symbol ? new SymbolNode(symbol.Name + "'") : throw Unread();
        }

        if (node is NumberNode && braced == 1 && inside.Kind is TokenKind.Text or TokenKind.Letter
            && Ordinal(inside, _tokens[_at + 2]))
        {
            while (!Take("}"))
            {
                _at++;
            }

            return node;
        }

        if (inside.Text is "T" or "top" && node is GroupNode { Open: '(' or '[', Items.Count: > 1 } row)
        {
            _at += 1 + (2 * braced);
            return new MatrixNode([.. row.Items.Select(item => (IReadOnlyList<Node>)[item])]);
        }

        if (inside.Text is "T" or "top" && node is MatrixNode matrix)
        {
            _at += 1 + (2 * braced);
            return new MatrixNode(
                [.. Enumerable.Range(0, matrix.Rows[0].Count)
                    .Select(column => (IReadOnlyList<Node>)[.. matrix.Rows.Select(row => row[column])])]);
        }

        var exponent = Exponent();
        if (Is("_") && node is SymbolNode)
        {
            _at++;
            node = Subscript(node);
        }

        return new PowerNode(node, exponent);
    }

    private static bool Ordinal(Token first, Token second) =>
        (first.Text + (first.Kind == TokenKind.Letter ? second.Text : "")) is "th" or "st" or "nd" or "rd";

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

    /// <summary>
    /// One argument of a command: a group in braces or the next single sign, of a number its first digit.
    /// </summary>
    private Node Argument()
    {
        if (Is("{"))
        {
            return Atom();
        }

        if (Next.Kind == TokenKind.Number && Next.Text.All(char.IsAsciiDigit))
        {
            var digit = Next.Text[..1];
            if (Next.Text.Length == 1)
            {
                _at++;
                return Parse(digit);
            }

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
            TokenKind.Text or TokenKind.Word when _tokens[_at + 1].Kind == TokenKind.Number
                && Unit.Find(Next.Text) is { IsCurrency: true } currency => Priced(currency),
            TokenKind.Text when _tokens[_at + 1].Text == "." && _tokens[_at + 2].Kind == TokenKind.Number
                && Unit.Find(Next.Text) is { IsCurrency: true } currency => Priced(currency),
            TokenKind.Letter => Letter(),
            TokenKind.Word => Word(),
            TokenKind.Command => Command(),
            TokenKind.Text => Name(),
            TokenKind.Sign => Bracketed(),
            _ => throw Unread(),
        };
        _depth--;
        return node;
    }
}
