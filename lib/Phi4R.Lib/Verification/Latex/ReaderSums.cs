using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Sums of terms and terms of factors.</summary>
internal sealed partial class Reader
{
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
                sign = (sign, Next.Text[0]) switch
                {
                    ('+', var next) => next,
                    ('-', '+') => '-',
                    ('-', '-') => '+',
                    ('-', '±') => '∓',
                    ('-', '∓') => '±',
                    _ => throw Unread(),
                };
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
        terms = [.. terms.Select(term => Progressions.Product(term))];
        return terms.Count == 1 ? terms[0] : SetDifference(terms) ?? Progressions.Sum(terms) ?? Quantities.Sum(terms);
    }

    // ℝ - {0}: between sets a minus takes away.
    private static Node? SetDifference(List<Node> terms) =>
        IsSet(terms[0])
            && terms.Skip(1)
                .All(term => term is ProductNode { Factors: [NumberNode { Value: var minus }, var set] } && minus == -1
                    && IsSet(set))
        ? terms.Skip(1).Aggregate(terms[0], (left, term) => new SetOperationNode('∖', left, term.Children[1]))
        : null;

    private static bool IsSet(Node node) =>
        node is SetOperationNode or GroupNode { Items.Count: > 1 } or GroupNode { Open: '{' }
            || (node is SymbolNode symbol && symbol.Name.StartsWith("set ", StringComparison.Ordinal));

    // Of vectors, and of capitals, the order counts: b × a is the opposite of a × b.
    private static Node Crossed(Node left, Node right)
    {
        if (left is ProductNode { Factors: [NumberNode { Value: var minus }, var vector] } && minus == -1
            && IsVector(vector) && IsVector(right))
        {
            return Node.Negative(Crossed(vector, right));
        }

        // q v × B is q times the cross product.
        if (left is ProductNode { Factors: var factors } && IsVector(factors[^1]) && IsVector(right)
            && factors.Count(IsVector) == 1)
        {
            return new ProductNode([.. factors.Take(factors.Count - 1), Crossed(factors[^1], right)]);
        }

        if (!(IsVector(left) && IsVector(right)))
        {
            return Times(left, right);
        }

        return string.CompareOrdinal(left.Canonical, right.Canonical) <= 0
            ? new CallNode("cross", [left, right])
            : Node.Negative(new CallNode("cross", [right, left]));
    }

    // (a · b) c is another vector than a (b · c), so a product of two vectors is kept as one.
    private static Node Dotted(Node left, Node right) =>
        VectorAlgebra.IsVector(left) && VectorAlgebra.IsVector(right)
            ? left is ProductNode { Factors: var factors } && VectorAlgebra.IsVector(factors[^1])
                ? new ProductNode([.. factors.SkipLast(1), new CallNode("dot", [factors[^1], right])])
                : new CallNode("dot", [left, right])
            : Times(left, right);

    private static bool IsVector(Node node) =>
        node is CallNode { Name: "named vec" or "named hat" or "cross" }
            or SymbolNode { Name: ['v', 'e', 'c', ' ', ..] or [>= 'A' and <= 'Z'] or "nabla" };

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
            if (left is QuantityNode { Unit: var priced } amount
                && (Is("/") || IsWord("per") || Is(TokenKind.Text, "per"))
                && _tokens[_at + 1].Kind is TokenKind.Text or TokenKind.Word
                && Unit.Find(_tokens[_at + 1].Text) is { } each)
            {
                _at += 2;
                left = amount with { Unit = priced.Times(each, -1) };
            }
            else if (Take("*"))
            {
                left = Dotted(left, SignedFactor());
            }
            else if (Take("×"))
            {
                left = Crossed(left, SignedFactor());
            }
            else if (left is CallNode { Name: "degree", Arguments: [var degrees] } && Next.Kind == TokenKind.Number
                && ArcMinutes() is { } more)
            {
                left = new CallNode("degree", [new SumNode([degrees, more])]);
            }
            else if (Next.Kind == TokenKind.Number && _tokens[_at - 1].Kind == TokenKind.Number && !IsBehindIndex())
            {
                throw Unread(); // two numbers side by side are neither one number nor a product
            }
            else if (!_builder && Is(":") && Ratio(left) is { } ratio)
            {
                left = ratio;
            }
            else if (Take("/") || (!_builder && Take(":")))
            {
                Nest();
                left = Divided(left, SignedFactor());
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
            else if (WithUnit(left) is { } quantity)
            {
                left = quantity;
            }
            else if (left is QuantityNode && Next.Kind != TokenKind.Number && StartsFactor())
            {
                // (3 cm)(4 cm) is a product; what else follows a unit is neither a factor nor part of it.
                var start = _at;
                left = Is("(") && Factor() is QuantityNode second ? Times(left, second) : throw Unread(start);
            }
            else if (left is CallNode { Name: "named triangle" } && (IsCommand("sim") || IsCommand("cong"))
                && Matched() is { } alike)
            {
                left = alike;
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

    // A_0 2^n: the number before is an index.
    private bool IsBehindIndex() => _at > 2 && Next.Space && _tokens[_at - 2].Text == "_"
        && _tokens[_at - 3].Kind == TokenKind.Letter;

    // a:b is a quotient; a:b:c is no number, and is kept in order.
    private CallNode? Ratio(Node first)
    {
        var at = _at;
        List<Node> parts = [first];
        while (Take(":"))
        {
            Nest();
            parts.Add(SignedFactor());
        }

        if (parts.Count > 2)
        {
            return new CallNode("ratio", parts);
        }

        _at = at;
        return null;
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

    private static Node Divided(Node left, Node right) => left is QuantityNode || right is QuantityNode
        ? Quantities.Product(left, right, divide: true)
        : Node.Quotient(left, right);

    private static Node Times(Node left, Node right) =>
        left is QuantityNode || right is QuantityNode
            ? Quantities.Product(left, right, divide: false)
            : left is ProductNode product ? new ProductNode([.. product.Factors, right])
            : new ProductNode([left, right]);

    private bool StartsFactor() => Next.Kind switch
    {
        TokenKind.Number or TokenKind.Letter => true,
        TokenKind.Word => Next.Text is not (Phrases.Given or Phrases.OnlyIf or Phrases.Is)
            && (Vocabulary.IsFunction(Next.Text) || Vocabulary.Lists.Contains(Next.Text)
                || Next.Text is "sqrt" or "pi" or "theta" or "alpha" or "beta" or "cbrt" or "infinity" or "asin"
                    or "acos" or "atan"),
        TokenKind.Command => Next.Text is not ("and" or "or" or "mod" or "end" or "not" or "choose" or "pmod"
            or "circ" or "over" or "nmid"),
        TokenKind.Sign => Next.Text is "(" or "[" or "{" or "\\{" or "(|" or "(f" or "(c"
            || (Next.Text == "|" && _bars == 0 && !_builder),
        _ => false,
    };
}
