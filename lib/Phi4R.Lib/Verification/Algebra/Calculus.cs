using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Derivatives by the rules, and integrals of polynomials in the variable.</summary>
internal static class Calculus
{
    /// <summary>The closed form of an integral or derivative; null where no rule gives one.</summary>
    public static Node? Value(CallNode call)
    {
        if (call.Arguments is not [var body, SymbolNode { Name: var variable }, ..])
        {
            return null; // a name without its arguments has no value
        }

        if (call.Name == "derivative")
        {
            return Derivative(body, variable);
        }

        return call.Arguments.Count == 4 && Antiderivative(body, variable) is { } whole
            ? Node.Difference(Replace(whole, variable, call.Arguments[3]), Replace(whole, variable, call.Arguments[2]))
            : null;
    }

    public static bool Has(Node node, string variable) =>
        node is SymbolNode symbol ? symbol.Name == variable : node.Children.Any(child => Has(child, variable));

    public static Node Replace(Node node, string variable, Node by) => node switch
    {
        SymbolNode symbol when symbol.Name == variable => by,
        SumNode sum => new SumNode([.. sum.Terms.Select(term => Replace(term, variable, by))]),
        ProductNode product => new ProductNode([.. product.Factors.Select(factor => Replace(factor, variable, by))]),
        PowerNode power => new PowerNode(Replace(power.Base, variable, by), Replace(power.Exponent, variable, by)),
        CallNode call => new CallNode(call.Name, [.. call.Arguments.Select(item => Replace(item, variable, by))]),
        RelationNode relation =>
            new RelationNode([.. relation.Sides.Select(side => Replace(side, variable, by))], relation.Signs),
        GroupNode group =>
            new GroupNode(group.Open, group.Close, [.. group.Items.Select(item => Replace(item, variable, by))]),
        SetOperationNode operation => new SetOperationNode(operation.Sign, Replace(operation.Left, variable, by),
            Replace(operation.Right, variable, by)),
        MatrixNode matrix =>
            new MatrixNode(
                [.. matrix.Rows.Select(row =>
                    (IReadOnlyList<Node>)[.. row.Select(item => Replace(item, variable, by))])]),
        QuantityNode quantity => quantity with { Value = Replace(quantity.Value, variable, by) },
        _ => node,
    };

    /// <summary>The derivative by a variable; null where no rule gives one.</summary>
    public static Node? Derivative(Node node, string x)
    {
        if (!Has(node, x))
        {
            return Node.Number(0);
        }

        switch (node)
        {
            case SymbolNode:
                return Node.Number(1);
            case SumNode sum:
                var terms = sum.Terms.Select(term => Derivative(term, x)).ToList();
                return terms.Contains(null) ? null : new SumNode(terms!);
            case ProductNode product:
                List<Node> parts = [];
                for (var i = 0; i < product.Factors.Count; i++)
                {
                    if (Derivative(product.Factors[i], x) is not { } inner)
                    {
                        return null;
                    }

                    parts.Add(new ProductNode([inner, .. product.Factors.Where((_, j) => j != i)]));
                }

                return new SumNode(parts);
            case PowerNode power when !Has(power.Exponent, x):
                return Derivative(power.Base, x) is { } below
                    ? new ProductNode(
                        [power.Exponent,
                            new PowerNode(power.Base, Node.Difference(power.Exponent, Node.Number(1))), below])
                    : null;
            case PowerNode power when !Has(power.Base, x):
                return Derivative(power.Exponent, x) is { } above
                    ? new ProductNode([node, new CallNode("ln", [power.Base]), above])
                    : null;
            case CallNode { Name: "derivative" } nested:
                return Value(nested) is { } closed ? Derivative(closed, x) : null;
            case CallNode { Name: "root" } root when !Has(root.Arguments[1], x):
                return Derivative(new PowerNode(root.Arguments[0], new PowerNode(root.Arguments[1], Node.Number(-1))),
                    x);
            case CallNode { Name: "sin" or "cos" or "tan" or "ln" or "exp" or "arctan" } call
                when Derivative(call.Arguments[0], x) is { } inside:
                var argument = call.Arguments[0];
                var outer = call.Name switch
                {
                    "sin" => (Node)new CallNode("cos", [argument]),
                    "cos" => Node.Negative(new CallNode("sin", [argument])),
                    "tan" => new PowerNode(new CallNode("cos", [argument]), Node.Number(-2)),
                    "ln" => new PowerNode(argument, Node.Number(-1)),
                    "exp" => call,
                    _ => new PowerNode(new SumNode([Node.Number(1), new PowerNode(argument, Node.Number(2))]),
                        Node.Number(-1)),
                };
                return new ProductNode([outer, inside]);
            default:
                return null;
        }
    }

    private static Node? Antiderivative(Node node, string x)
    {
        if (!Has(node, x))
        {
            return new ProductNode([node, new SymbolNode(x)]);
        }

        switch (node)
        {
            case SymbolNode:
                return new ProductNode([Node.Number(new Rational(1, 2)), new PowerNode(node, Node.Number(2))]);
            case SumNode sum:
                var terms = sum.Terms.Select(term => Antiderivative(term, x)).ToList();
                return terms.Contains(null) ? null : new SumNode(terms!);
            case ProductNode product when product.Factors.Count(factor => Has(factor, x)) == 1:
                return Antiderivative(product.Factors.First(factor => Has(factor, x)), x) is { } inner
                    ? new ProductNode([inner, .. product.Factors.Where(factor => !Has(factor, x))])
                    : null;
            case PowerNode { Base: SymbolNode, Exponent: NumberNode { Value: var n } } power when n != -1:
                return new ProductNode(
                    [Node.Number(Rational.One / (n + 1)), new PowerNode(power.Base, Node.Number(n + 1))]);
            case PowerNode { Base: SymbolNode, Exponent: NumberNode } power:
                return new CallNode("ln", [power.Base]);
            case PowerNode { Base: SymbolNode { Name: "e" }, Exponent: SymbolNode }:
                return node;
            case CallNode { Name: "root", Arguments: [SymbolNode below, NumberNode { Value.Sign: > 0 } degree] }:
                return Antiderivative(new PowerNode(below, Node.Number(Rational.One / degree.Value)), x);
            case CallNode { Name: "sin", Arguments: [SymbolNode] } call:
                return Node.Negative(new CallNode("cos", call.Arguments));
            case CallNode { Name: "cos", Arguments: [SymbolNode] } call:
                return new CallNode("sin", call.Arguments);
            case PowerNode { Base: SumNode { Terms: [var one, var square] }, Exponent: NumberNode { Value: var below } }
                when below == -1 && (IsOneAndSquare(one, square) || IsOneAndSquare(square, one)):
                return new CallNode("arctan", [new SymbolNode(x)]);
            default:
                return OfLine(node, x);
        }
    }

    private static bool IsOneAndSquare(Node one, Node square) => one is NumberNode { Value: var unit } && unit == 1
        && square is PowerNode { Base: SymbolNode, Exponent: NumberNode { Value: var two } } && two == 2;

    // e^{2x}, sin(3x + 1) and (2x + 1)^4: a function of a line is that of the variable over the slope.
    private static Node? OfLine(Node node, string x)
    {
        var inside = node switch
        {
            PowerNode { Base: SymbolNode { Name: "e" }, Exponent: var above } => above,
            PowerNode { Base: var below, Exponent: NumberNode } => below,
            CallNode { Name: "sin" or "cos", Arguments: [var argument] } => argument,
            _ => null,
        };
        if (inside is null or SymbolNode || Derivative(inside, x) is not { } slope || Has(Simple(slope), x))
        {
            return null;
        }

        var name = new SymbolNode(x);
        Node outer = node switch
        {
            PowerNode { Base: SymbolNode { Name: "e" } } power => power with { Exponent = name },
            PowerNode power => power with { Base = name },
            _ => new CallNode(((CallNode)node).Name, [name]),
        };
        return Antiderivative(outer, x) is { } whole ? Node.Quotient(Replace(whole, x, inside), Simple(slope)) : null;
    }

    // Without the terms that a factor of zero leaves nothing of.
    private static Node Simple(Node node) => node switch
    {
        ProductNode product when product.Factors.Any(factor => Simple(factor) is NumberNode { Value.Sign: 0 }) =>
            Node.Number(0),
        SumNode sum => new SumNode([.. sum.Terms.Select(Simple).Where(term => term is not NumberNode { Value.Sign: 0 })
            .DefaultIfEmpty(Node.Number(0))]),
        _ => node,
    };
}
