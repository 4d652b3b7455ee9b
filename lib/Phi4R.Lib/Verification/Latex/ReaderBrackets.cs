using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Brackets: tuples, intervals, sets, absolute values, steps.</summary>
internal sealed partial class Reader
{
    private Node Bracketed(bool keep = false)
    {
        var open = Next.Text;
        var (close, kind) = open switch
        {
            "(" => (")", '('),
            "[" => (")", '['),
            "{" => ("}", 'g'),
            "\\{" => ("\\}", '{'),
            "|" => ("|", '|'),
            "(|" => ("|)", '|'),
            "(f" => ("f)", 'f'),
            "(c" => ("c)", 'c'),
            _ => throw Unread(),
        };
        _at++;
        var (bars, brackets, builder) = (_bars, _brackets, _builder);
        _bars = open == "|" ? 1 : 0;
        _brackets += kind == 'g' ? 0 : 1;
        _builder = kind == '{' && HasBuilderBar();
        try
        {
            return Inside(close, kind, keep);
        }
        finally
        {
            (_bars, _brackets, _builder) = (bars, brackets, builder);
        }
    }

    private Node Inside(string close, char kind, bool keep)
    {
        if (kind == '{' && Take(close))
        {
            return new GroupNode('{', '}', []);
        }

        if (kind == 'g' && Is("}") && _tokens[_at - 1].Text == "{")
        {
            throw Unread();
        }

        var first = List(TokenKind.Sign, kind switch
        {
            '{' when _builder => "|",
            _ => close
        }, nested: kind is '(' or '[');
        if (_builder && (Take("|") || Take(":")))
        {
            _builder = false;
            var condition = List(TokenKind.Sign, close);
            Expect(close);
            return new CallNode("builder", [first, condition]);
        }

        if (kind == 'g' && IsCommand("choose"))
        {
            throw Unread();
        }

        if (kind is '(' or '[' && Is("]"))
        {
            _at++;
            return Tuple(kind, ']', first);
        }

        if (kind == '{' && Is("}"))
        {
            _at++; // \left{ and \{ are closed by a plain brace now and then
        }
        else
        {
            Expect(close);
        }

        return kind switch
        {
            '|' => new CallNode("abs", [first]),
            'f' => new CallNode("floor", [first]),
            'c' => new CallNode("ceil", [first]),
            '{' => first is GroupNode { Open: GroupNode.Bare } list
                ? new GroupNode('{', '}', list.Items)
                : keep ? first
                : new GroupNode('{', '}', [first]),
            'g' => first is GroupNode { Open: GroupNode.Bare } list ? new GroupNode('{', '}', list.Items) : first,
            _ => Tuple(kind, ')', first),
        };
    }

    private static Node Tuple(char open, char close, Node inside) =>
        inside is GroupNode { Open: GroupNode.Bare } list ? new GroupNode(open, close, list.Items)
        : (open, close) is ('(', ')') or ('[', ']')
            ? inside
            : throw new ReadException("A bracket is closed by another one.");

    private bool HasBuilderBar()
    {
        var depth = 0;
        for (var i = _at; i < _tokens.Count; i++)
        {
            switch (_tokens[i].Text)
            {
                case "\\{" or "(" or "{" or "(|":
                    depth++;
                    break;
                case "\\}" or ")" or "}" or "|)":
                    if (depth-- == 0)
                    {
                        return false;
                    }

                    break;
                case "|" or ":" when depth == 0 && i > _at && _tokens[i].Kind == TokenKind.Sign:
                    return true;
            }
        }

        return false;
    }
}
