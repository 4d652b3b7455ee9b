using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Latex;

/// <summary>Subscripts: indices, labels and bases of numbers.</summary>
internal sealed partial class Reader
{
    private Node Subscript(Node node)
    {
        if (node is NumberNode number)
        {
            if (Is("{") && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word
                && Array.IndexOf(RadixNames, _tokens[_at + 1].Text.ToLowerInvariant()) is >= 0 and var named
                && _tokens[_at + 2].Text == "}")
            {
                _at += 3;
                return Base(number, named + 2);
            }

            var radix = Argument();
            return radix is NumberNode { Value: { IsInteger: true } value } && value.Numerator >= 2
                && value.Numerator <= 36 ? Base(number, (int)value.Numerator) : throw Unread();
        }

        var start = _at;
        if (node is SymbolNode zero && ZeroLabel() is { } digits)
        {
            return new SymbolNode(zero.Name + "_" + digits);
        }

        if (node is SymbolNode several && Indices() is { } indices)
        {
            return new SymbolNode(several.Name + "_" + indices);
        }

        Node? index = null;
        try
        {
            index = Argument();
            index = index is GroupNode { Open: GroupNode.Bare or '{', Items: var items }
                ? new GroupNode('(', ')', items) // the order of indices counts
                : index;
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
                label += Next.Kind == TokenKind.End ? throw Unread() : Is("{") || Is("}") ? "" : Next.Text;
                _at++;
            }
            while (depth > 0);
            return new SymbolNode(symbol.Name + "_" + label);
        }

        return index is NumberNode or SymbolNode or ProductNode or TextNode
            && !index.Children.Any(child => child is not SymbolNode)
            && index is not SymbolNode { Name: "n" or "k" or "i" or "j" or "m" }
            ? new SymbolNode(symbol.Name + "_"
                + (index is ProductNode
                    ? string.Concat(index.Children.Select(letter => letter.Canonical))
                    : index.Canonical))
            : index is SumNode { Terms: [SymbolNode { Name: var first }, ..] terms }
                && terms.All(term => term is SymbolNode { Name: var next } && next == first)
            ? new SymbolNode($"{symbol.Name}_{terms.Count}{first}") // a_{n+n} is a_{2n}
            : new CallNode(symbol.Name + "_", [index]);
    }

    // {2 1}, {2,1}, {i j}: single signs run together as in {21}; of longer ones the commas are kept.
    private string? Indices()
    {
        if (!Is("{"))
        {
            return null;
        }

        List<string> indices = [];
        var end = _at + 1;
        for (; _tokens[end].Kind is TokenKind.Number or TokenKind.Letter
            || IsGreekIndex(_tokens[end]) || (_tokens[end].Text == "," && indices.Count > 0); end++)
        {
            if (_tokens[end].Text != ",")
            {
                indices.Add(_tokens[end].Text);
            }
            else if (_tokens[end - 1].Text == ",")
            {
                return null;
            }
        }

        if (_tokens[end].Text != "}" || indices.Count < 2)
        {
            return null;
        }

        _at = end + 1;
        return string.Join(indices.TrueForAll(index => index.Length == 1 || char.IsAsciiLetter(index[0])) ? "" : ",",
            indices);
    }

    // {0x}, {01}: behind a leading zero the signs are a label and no product.
    private string? ZeroLabel()
    {
        if (!Is("{") || _tokens[_at + 1] is not { Kind: TokenKind.Number, Text: ['0', ..] }
            || (_tokens[_at + 1].Text == "0" && _tokens[_at + 2].Text == "}"))
        {
            return null;
        }

        var label = "";
        var end = _at + 1;
        for (; _tokens[end].Kind is TokenKind.Number or TokenKind.Letter; end++)
        {
            label += _tokens[end].Text;
        }

        if (_tokens[end].Text != "}")
        {
            return null;
        }

        _at = end + 1;
        return label;
    }

    private static bool IsGreekIndex(Token token) => token.Kind == TokenKind.Command && token.Text
        is "mu" or "nu" or "alpha" or "beta" or "rho" or "sigma" or "lambda" or "gamma" or "kappa";
}
