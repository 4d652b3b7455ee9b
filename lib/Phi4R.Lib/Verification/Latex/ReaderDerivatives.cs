using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Derivatives that are only named, in one name for all ways of writing, and known values of ζ.</summary>
internal sealed partial class Reader
{
    // \frac{d^2y}{dx^2} is y'', and \frac{d\theta}{dt} is \dot\theta: one name for the same function.
    private SymbolNode? Derivative()
    {
        var signs = _tokens.Skip(_at).Take(16).Select(token => token.Text == "partial" ? "?" : token.Text).ToList();
        var order = signs is ["{", "d", "^", "2" or "3", ..] ? signs[3] : "1";
        var from = order == "1" ? 2 : 4;
        if (signs.Count < from + 5 || signs[0] != "{" || signs[1] != "d" || signs[from + 1] != "}"
            || signs[from + 2] != "{"
            || signs[from + 3] != "d" || _tokens[_at + from].Kind is not (TokenKind.Letter or TokenKind.Command)
            || _tokens[_at + from + 4].Kind != TokenKind.Letter)
        {
            return null;
        }

        var (of, by, end) = (signs[from], signs[from + 4], from + 5);
        if (order != "1")
        {
            if (signs[end] != "^" || signs[end + 1] != order)
            {
                return null;
            }

            end += 2;
        }

        if (end >= signs.Count || signs[end] != "}")
        {
            return null;
        }

        _at += end + 1;
        return new SymbolNode(by == "t" || of is not ("y" or "u" or "f")
            ? Rate(of, by, order[0] - '0')
            : of + new string('\'', order[0] - '0'));
    }

    // \frac{\partial f}{\partial x} is f_x, and \frac{\partial^2 f}{\partial x\,\partial y} is f_{xy}.
    private SymbolNode? Partial()
    {
        var at = _at;
        if (Take("{") && PartialSign() && OrderSign() is { } order && Next.Kind is TokenKind.Letter
            && _tokens[_at++].Text is var of && Take("}") && Take("{"))
        {
            List<string> by = [];
            while (PartialSign() && Next.Kind == TokenKind.Letter)
            {
                var name = _tokens[_at++].Text;
                by.AddRange(Enumerable.Repeat(name, OrderSign() ?? order + 1));
            }

            if (by.Count == order && Take("}") && !Is("("))
            {
                return new SymbolNode(of + "_" + string.Concat(by.Order(StringComparer.Ordinal)));
            }
        }

        _at = at;
        return null;
    }

    private bool PartialSign()
    {
        var found = IsCommand("partial");
        _at += found ? 1 : 0;
        return found;
    }

    // The power behind the sign or a letter; 1 where there is none.
    private int? OrderSign()
    {
        if (!Take("^"))
        {
            return 1;
        }

        var braced = Take("{");
        return Next is { Kind: TokenKind.Number, Text: "2" or "3" } && _tokens[_at++].Text is var digits
            && (!braced || Take("}")) ? digits[0] - '0' : null;
    }

    private static string Rate(string of, string by, int order) =>
        order == 1 ? $"d{of}/d{by}" : $"d{order}{of}/d{by}{order}";

    private static Node Marked(string mark, Node inside) => (mark, inside) switch
    {
        ("dot", SymbolNode { Name: var name }) => new SymbolNode(Rate(name, "t", 1)),
        ("ddot", SymbolNode { Name: var name }) => new SymbolNode(Rate(name, "t", 2)),
        _ => new CallNode("named " + mark, [inside]),
    };

    // ζ(2), ζ(4) and ζ(6) are known; else it is a function like any other.
    private static Node Zeta(IReadOnlyList<Node> arguments)
    {
        var (power, below) = arguments is [NumberNode { Value: var value }]
            ? value == 2 ? (2, 6) : value == 4 ? (4, 90) : value == 6 ? (6, 945) : default
            : default;
        return power == 0
            ? new CallNode("zeta", arguments)
            : Node.Quotient(new PowerNode(new SymbolNode("pi"), Node.Number(power)), Node.Number(below));
    }
}
