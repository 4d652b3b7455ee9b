using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Functions by their names, and their arguments.</summary>
internal sealed partial class Reader
{
    private Node Function(string name)
    {
        Node? power = null;
        Node? subscript = null;
        while (Is("^") || Is("_"))
        {
            var raised = Is("^");
            _at++;
            if (raised)
            {
                power = Exponent();
            }
            else
            {
                subscript = Argument();
            }
        }

        if ((Vocabulary.Lists.Contains(name) || (name == "det" && Is("="))) && Labeled(name) is { } label)
        {
            return label;
        }

        if (Vocabulary.Lists.Contains(name))
        {
            return Powered(new CallNode(name, Is("(") || Is("{") || Is("\\{") ? Arguments() : throw Unread()), power);
        }

        if (power is NumberNode { Value: var value } && value == -1
            && (name.StartsWith("sin", StringComparison.Ordinal) || name.StartsWith("cos", StringComparison.Ordinal)
                || name.StartsWith("tan", StringComparison.Ordinal) || name is "cot" or "sec" or "csc"))
        {
            (name, power) = ("arc" + name, null);
        }

        var argument = FunctionArgument();
        if (name is "log" && subscript is not null)
        {
            return Powered(Node.Quotient(new CallNode("ln", [argument]), new CallNode("ln", [subscript])), power);
        }

        return subscript is not null ? throw Unread()
            : Powered(name is "log" or "lg"
                ? Node.Quotient(new CallNode("ln", [argument]), new CallNode("ln", [Node.Number(10)]))
                : new CallNode(name, [argument]), power);
    }

    // "max = 15", "max value = 15", \max f = 15, \max f(x) = 15: what is largest is only named.
    private SymbolNode? Labeled(string name)
    {
        var end = _at;
        while (Phrases.IsText(_tokens[end]) && Phrases.MayName(_tokens[end].Text.ToLowerInvariant())
            && Phrases.IsPlainName(_tokens[end].Text))
        {
            end++;
        }

        if (end == _at && _tokens[end] is { Kind: TokenKind.Letter, Text: "f" or "g" or "h" or "y" or "z" or "x" })
        {
            end += _tokens[end + 1].Text == "(" && _tokens[end + 2].Kind == TokenKind.Letter
                && _tokens[end + 3].Text == ")" ? 4 : 1;
        }

        if (!(_tokens[end].Kind == TokenKind.Sign && _tokens[end].Text is "=" or "≈"))
        {
            return null;
        }

        _at = end;
        return new SymbolNode("\"" + name + "\"");
    }

    private static Node Powered(Node node, Node? power) => power is null ? node : new PowerNode(node, power);

    // A bracket is the whole argument; without one, the factors up to the next sign or function are.
    private Node FunctionArgument()
    {
        if (Is("(") || Is("[") || Is("\\{") || Is("(|"))
        {
            return Bracketed();
        }

        if (Is("-"))
        {
            Nest();
            _at++;
            return Node.Negative(FunctionArgument());
        }

        var node = Factor();
        while (StartsFactor() && !Is("(") && !Is("[") && !(Next.Kind is TokenKind.Word or TokenKind.Command
            && (Vocabulary.IsFunction(Next.Text) || Vocabulary.Lists.Contains(Next.Text))))
        {
            node = Times(node, Factor());
        }

        return node;
    }
}
