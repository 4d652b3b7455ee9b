using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Matrices, sums, products, integrals and limits.</summary>
internal sealed partial class Reader
{
    private Node Environment()
    {
        var name = "";
        Expect("{");
        while (!Take("}"))
        {
            name += Next.Kind == TokenKind.End ? throw Unread() : Next.Text;
            _at++;
        }

        if (name == "array" && Take("{"))
        {
            while (!Take("}"))
            {
                _at += Next.Kind == TokenKind.End ? throw Unread() : 1;
            }
        }

        var (brackets, bars, builder) = (_brackets, _bars, _builder);
        (_brackets, _bars, _builder) = (brackets + 1, 0, false);
        List<IReadOnlyList<Node>> rows = [];
        List<Node> row = [];
        var isCases = name is "cases" or "dcases" or "rcases";
        while (!IsCommand("end"))
        {
            if (isCases && row.Count == 1 && StartsCase())
            {
                row.Add(Case());
            }
            else if (Take("\\\\"))
            {
                rows.Add(row);
                row = [];
            }
            else if (Take("&"))
            {
            }
            else
            {
                row.Add(Relation());
                Take(",");
            }
        }

        (_brackets, _bars, _builder) = (brackets, bars, builder);
        if (row.Count > 0)
        {
            rows.Add(row);
        }

        _at++;
        Expect("{");
        while (!Take("}"))
        {
            _at += Next.Kind == TokenKind.End ? throw Unread() : 1;
        }

        rows.RemoveAll(line => line.Count == 0);
        if (isCases && rows.Count > 0 && rows.TrueForAll(line => line.Count == 2))
        {
            return new CallNode("piecewise", [.. rows.Select(line => new CallNode("branch", line))]);
        }

        if (rows.Count == 0 || rows.Any(line => line.Count != rows[0].Count))
        {
            throw new ReadException("A matrix has rows of different lengths.");
        }

        return name switch
        {
            "matrix" or "pmatrix" or "bmatrix" or "Bmatrix" or "array" or "smallmatrix" => new MatrixNode(rows),
            "vmatrix" => new CallNode("det", [new MatrixNode(rows)]),
            "cases" or "aligned" or "align" or "gathered" when rows.All(line => line.Count == 1) => rows.Count == 1
                ? rows[0][0]
                : new GroupNode(GroupNode.Bare, GroupNode.Bare, [.. rows.Select(line => line[0])]),
            _ => throw new ReadException($"The environment {name} is not understood."),
        };
    }

    private bool StartsCase() => Is("&")
        || (Next.Kind == TokenKind.Word && Next.Text is Phrases.Given or Phrases.OnlyIf) || Phrases.IsText(Next);

    // What stands behind "if" in a row of cases, up to its end.
    private Node Case()
    {
        while (Take("&") || Take(",") || Is(TokenKind.Word, Phrases.Given) || Is(TokenKind.Word, Phrases.OnlyIf))
        {
            _at += Next.Kind == TokenKind.Word && Next.Text is Phrases.Given or Phrases.OnlyIf ? 1 : 0;
        }

        var end = _at;
        var depth = 0;
        while (!(depth == 0
            && (_tokens[end].Text is "\\\\" or "&" || _tokens[end] is { Kind: TokenKind.Command, Text: "end" })))
        {
            depth += _tokens[end].Text switch { "{" or "begin" => 1, "}" => -1, _ => 0 };
            end += _tokens[end].Kind == TokenKind.End ? throw Unread() : 1;
        }

        var tokens = _tokens[_at..end];
        _at = end;
        if (tokens is [.., { Text: "," or "." or ";" }])
        {
            tokens.RemoveAt(tokens.Count - 1);
        }

        return Conditions(tokens).ToList() switch
        {
            [var only] => only,
            [] => throw Unread(),
            var several => new CallNode("and", several),
        };
    }

    private Node Series(string name)
    {
        Node? low = null;
        Node? high = null;
        while (Is("_") || Is("^"))
        {
            var below = Is("_");
            _at++;
            if (below)
            {
                low = Argument();
            }
            else
            {
                high = Argument();
            }
        }

        if (high is null && low is RelationNode { Signs: var signs } range && signs.All(sign => sign is '<' or '≤')
            && range.Sides.Skip(1).SkipLast(1).All(side => side is SymbolNode))
        {
            return Ranged(name, range, Term(false));
        }

        return low is RelationNode { Sides: [SymbolNode variable, var start], Signs: ['='] } && high is not null
            ? new CallNode(name, [variable, start, high, Indexed(Term(false), variable.Name)])
            : throw Unread();
    }

    // 1 ≤ i < j ≤ n below the sign: j runs to n, and i up to before j.
    private static Node Ranged(string name, RelationNode range, Node body)
    {
        var (sides, signs) = (range.Sides, range.Signs);
        var low = signs[0] == '≤' ? sides[0] : new SumNode([sides[0], Node.Number(1)]);
        for (var i = 1; i < sides.Count - 1; i++)
        {
            var top = signs[i] == '≤' ? sides[i + 1] : Node.Difference(sides[i + 1], Node.Number(1));
            body = new CallNode(name, [sides[i], low, top, Indexed(body, ((SymbolNode)sides[i]).Name)]);
        }

        return sides.Count > 2 ? body : throw new ReadException("A sum has no ends.");
    }

    // x_a and x_ij, where a or i is counted, is the term at a or i and no label.
    private static Node Indexed(Node body, string index) => Comparisons.Equality.Variables(body)
        .Aggregate(body, (result, name) => name.IndexOf('_', StringComparison.Ordinal) is > 0 and var at
            && Indices(name[(at + 1)..], index) is { } indices
            ? Calculus.Replace(result, name, new CallNode(name[..(at + 1)], indices))
            : result);

    private static List<Node>? Indices(string written, string index) => written == index
        ? [new SymbolNode(index)]
        : written.Length is 2 or 3 && written.All(char.IsAsciiLetterOrDigit)
            && written.Contains(index, StringComparison.Ordinal) && index.Length == 1
            ? [.. written.Select(sign => char.IsAsciiDigit(sign)
                ? Node.Number(sign - '0')
                : new SymbolNode(sign.ToString()))]
            : null;

    private Node Integral()
    {
        Node? low = null;
        Node? high = null;
        while (Is("_") || Is("^"))
        {
            var below = Is("_");
            _at++;
            if (Is("{") && _tokens[_at + 1].Text == "}")
            {
                _at += 2;
                continue;
            }

            if (below)
            {
                low = Argument();
            }
            else
            {
                high = Argument();
            }
        }

        var variable = TakeDifferential();
        var body = Sum();
        return new CallNode("integral", low is null || high is null ? [body, variable] : [body, variable, low, high]);
    }

    // Cuts the first "dx" out of what follows and puts a 1 where nothing is left.
    private SymbolNode TakeDifferential()
    {
        for (var i = _at; i < _tokens.Count - 1; i++)
        {
            var isName = _tokens[i + 1].Kind == TokenKind.Letter
                || (_tokens[i + 1].Kind == TokenKind.Command && Vocabulary.IsCommand(_tokens[i + 1].Text)
                    && !Vocabulary.IsFunction(_tokens[i + 1].Text) && _tokens[i + 1].Text is not ("frac" or "sqrt"));
            if (_tokens[i] is { Kind: TokenKind.Letter, Text: "d" } && isName)
            {
                var name = _tokens[i + 1].Text;
                _tokens.RemoveRange(i, 2);
                if (i > _at && _tokens[i - 1].Text == "*")
                {
                    _tokens.RemoveAt(--i);
                }

                if ((i == _at || _tokens[i - 1].Text is "{" or "(")
                    && (_tokens[i].Kind == TokenKind.End || _tokens[i].Text is "}" or ")" or "+" or "-" or "=" or ","))
                {
                    _tokens.Insert(i, new Token(TokenKind.Number, "1", false));
                }

                return new SymbolNode(name);
            }
        }

        return new SymbolNode("x");
    }

    private Node Limit()
    {
        Expect("_");
        Expect("{");
        var place = "";
        while (!Is("}"))
        {
            if (Take("{"))
            {
                place += Is("+") ? "" : Next.Text;
                _at += Next.Kind == TokenKind.End ? throw Unread() : 1;
                Expect("}");
                continue;
            }

            if (Is("^") && _tokens[_at + 1].Text is "+" or "-" or "{")
            {
                _at++;
                continue;
            }

            place += Next.Kind == TokenKind.End
                ? throw Unread()
                : Next.Text switch { "+" => "", "⇒" => "→", var text => text };
            _at++;
        }

        Expect("}");
        return new CallNode("limit " + place, [Term(false)]);
    }
}
