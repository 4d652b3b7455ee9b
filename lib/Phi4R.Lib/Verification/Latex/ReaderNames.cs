using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>
/// Letters, words and marks that name something: variables, functions, sets, vectors, corners, money.
/// </summary>
internal sealed partial class Reader
{
    // The sign of a currency stands before its number.
    private QuantityNode Priced(Unit currency)
    {
        _at++;
        Take(".");
        return new QuantityNode(Factor(), currency);
    }

    // Words before a relation name a quantity.
    private Node Name()
    {
        if (Is(TokenKind.Text, "$") && _tokens[_at + 1].Kind != TokenKind.Number)
        {
            _at++;
            return Factor(); // a stray dollar sign
        }

        if (_tokens[_at + 1] is { Text: "(", Space: false } && Phrases.IsPlainName(Next.Text))
        {
            return Operator(_tokens[_at++].Text); // \mathrm{tr}(A)
        }

        var start = _at;
        var name = Spoken().Words;
        if (!name.Split(' ').All(Phrases.MayName))
        {
            throw Unread(start);
        }

        return Next.Text is "=" or "≈" or "≤" or "≥" or "<" or ">" && name.Length > 0
            ? new SymbolNode("\"" + Called(name) + "\"")
            : throw Unread(start);
    }

    // One name for "maximum value", "max" and "maximum".
    private static string Called(string name) => name switch
    {
        "maximum" or "maximum value" or "max value" or "greatest value" or "largest value" => "max",
        "minimum" or "minimum value" or "min value" or "least value" or "smallest value" => "min",
        _ => name,
    };

    private Node Letter()
    {
        var name = _tokens[_at++].Text;
        var isFunction = name is "f" or "g" or "F" or "W"
            || (name is "h" or "H" or "P" or "p" or "q" or "Q" or "G" or "V" or "A" or "N" or "T" or "u" or "v" or "y"
                or "S" && Defines());
        if (name is "f" or "g" or "h" && Is("^")
            && string.Concat(_tokens.Skip(_at).Take(6).Select(token => token.Text))
                .StartsWith("^{-1}(", StringComparison.Ordinal))
        {
            _at += 5;
            return new CallNode(name + "^-1", Arguments()); // the inverse function, not a power
        }

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
        return node is not GroupNode group ? [node]
            : group.Items.Count > 0 ? group.Items
            : throw new ReadException("A function has no argument.");
    }

    // ℝ⁺, ℝ_{>0}, ℝ*, ℤ⁺: the letter of the set and a mark that takes a part of it.
    private Node NamedSet(string letter)
    {
        var set = new SymbolNode("set " + letter);
        if (!(Is("^") || Is("_")))
        {
            return set;
        }

        var start = _at++;
        var mark = "";
        var braced = Take("{");
        while (Next.Kind is TokenKind.Sign or TokenKind.Number
            && Next.Text is "+" or "-" or "*" or ">" or "<" or "≥" or "≤" or "0" or "≠")
        {
            mark += _tokens[_at++].Text;
        }

        if (mark.Length > 0 && (!braced || Take("}")))
        {
            var zero = Node.Number(0);
            var infinity = new SymbolNode("infinity");
            switch (letter, mark)
            {
                case ("R", "+" or ">0"):
                    return new GroupNode('(', ')', [zero, infinity]);
                case ("R", "-" or "<0"):
                    return new GroupNode('(', ')', [Node.Negative(infinity), zero]);
                case ("R", "≥0" or "+0" or "0+"):
                    return new GroupNode('[', ')', [zero, infinity]);
                case ("R", "≤0"):
                    return new GroupNode('(', ']', [Node.Negative(infinity), zero]);
                case ("R", "*" or "≠0"):
                    return new SetOperationNode('∖', set, new GroupNode('{', '}', [zero]));
                case ("Z", "+" or ">0") or ("N", "+" or "*"):
                    return new SymbolNode("set N");
                case ("Z", "≥0") or ("N", "0"):
                    return new SymbolNode("set N0");
            }
        }

        _at = start;
        return set;
    }

    // \operatorname{diag}(1, 2) is a matrix; a name that no rule knows is an unknown function.
    private Node Operator(string name)
    {
        var items = Is("(") || Is("\\{") ? Arguments() : [FunctionArgument()];
        return name is "grad" or "div" or "curl" or "rot" && items is [var field]
            ? new CallNode("named nabla" + (name is "grad" ? "" : name is "div" ? "*" : "×"), [Undressed(field)])
            : name == "diag"
            ? new MatrixNode(
                [.. items.Select((_, row) =>
                    (IReadOnlyList<Node>)[.. items.Select((item, column) => row == column ? item : Node.Number(0))])])
            : new CallNode(OwnNames.Contains(name) && !(Known.TryGetValue(name, out var count) && count == items.Count)
                ? "named " + name
                : name, items);
    }

    // What the reader calls its own nodes is no operator of a text: \mathrm{clock}(3) is no time of day.
    private static readonly HashSet<string> OwnNames =
    [
        "root", "mod", "residue", "congruence", "incongruence", "sum", "prod", "integral", "derivative", "base",
        "clock", "builder", "branch", "piecewise", "degree", "ratio", "cross", "composed", "conj", "factorial",
        "binomial", "implies", "and", "or", Phrases.Given, Phrases.OnlyIf,
    ];

    // Those that may be written as functions, with the number of their arguments.
    private static readonly Dictionary<string, int> Known = new()
    {
        ["root"] = 2,
        ["mod"] = 2,
        ["binomial"] = 2,
        ["factorial"] = 1,
        ["degree"] = 1,
        ["conj"] = 1,
    };

    // Of what the operators of fields act on the arrow says nothing.
    private static Node Undressed(Node field) => field is CallNode { Name: "named vec", Arguments: [SymbolNode bare] }
        ? bare
        : field;

    // △ABC ∼ △DEF says which corners belong together: the pairs have no order, each of them has.
    private CallNode? Matched()
    {
        var kind = Next.Text;
        var (first, at) = (CornersBefore(_at), _at);
        _at++;
        if (first is { } one && IsCommand("triangle") && CornersBehind() is { } other && other.Length == one.Length)
        {
            var pairs = one.Zip(other, (a, b) => $"{a}{b}").Order(StringComparer.Ordinal).ToList();
            var turned = one.Zip(other, (a, b) => $"{b}{a}").Order(StringComparer.Ordinal).ToList();
            return new CallNode("named " + kind, [new SymbolNode(string.Join(' ',
                string.CompareOrdinal(pairs[0], turned[0]) <= 0 ? pairs : turned))]);
        }

        _at = at;
        return null;
    }

    private string? CornersBefore(int at)
    {
        var start = at;
        while (start > 0 && _tokens[start - 1].Kind == TokenKind.Letter)
        {
            start--;
        }

        return start > 0 && _tokens[start - 1].Text == "triangle"
            ? string.Concat(_tokens[start..at].Select(token => token.Text))
            : null;
    }

    private string? CornersBehind()
    {
        var end = _at + 1;
        while (_tokens[end].Kind == TokenKind.Letter)
        {
            end++;
        }

        var corners = string.Concat(_tokens[(_at + 1)..end].Select(token => token.Text));
        _at = corners.Length > 0 ? end : _at;
        return corners.Length > 0 ? corners : null;
    }

    // ∠ABC is ∠CBA; of a triangle the corners have no order.
    private Node Corners(string name)
    {
        if (Next.Kind != TokenKind.Letter)
        {
            return new CallNode("named " + name, [Argument()]);
        }

        var corners = "";
        while (Next.Kind == TokenKind.Letter && (corners.Length == 0 || char.IsAsciiLetterUpper(Next.Text[0])))
        {
            corners += _tokens[_at++].Text;
        }

        var letters = corners.ToCharArray();
        if (name == "triangle")
        {
            Array.Sort(letters);
        }
        else if (letters[^1] < letters[0])
        {
            Array.Reverse(letters);
        }

        return new CallNode("named " + name, [new SymbolNode(new string(letters))]);
    }
}
