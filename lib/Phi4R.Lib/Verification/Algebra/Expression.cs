using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>What an answer says: a number, a formula, a set, a relation, words.</summary>
internal abstract record Node
{
    private string? _canonical;

    protected Node()
    {
    }

    /// <summary>A copy with another value has another spelling, so the old one is not kept.</summary>
    protected Node(Node original)
    {
    }

    /// <summary>One spelling for trees that differ only in the order of sums, products and sets.</summary>
    public string Canonical => _canonical ??= Spelling.Of(this);

    public virtual IReadOnlyList<Node> Children => [];

    public static Node Number(Rational value) => new NumberNode(value, -1);

    public static Node Negative(Node node) => node switch
    {
        NumberNode number => number with { Value = -number.Value },
        QuantityNode quantity => quantity with { Value = Negative(quantity.Value) },
        ProductNode { Factors: [NumberNode { Value: var minus }, var only] } when minus == -1 => only,
        _ => new ProductNode([Number(-1), node]),
    };

    public static Node Quotient(Node above, Node below) => new ProductNode([above, new PowerNode(below, Number(-1))]);

    public static Node Difference(Node a, Node b) => new SumNode([a, Negative(b)]);
}

/// <summary>A number; <paramref name="Places"/> counts the digits behind its point, -1 where it has none.</summary>
internal sealed record NumberNode(Rational Value, int Places) : Node
{
    /// <summary>The places of a decimal that never ends: no decimal that ends stands for it.</summary>
    public const int Repeating = -2;
}

/// <summary>A variable, or one of the constants pi, e, i and infinity.</summary>
internal sealed record SymbolNode(string Name) : Node;

internal sealed record SumNode(IReadOnlyList<Node> Terms) : Node
{
    public override IReadOnlyList<Node> Children => Terms;
}

internal sealed record ProductNode(IReadOnlyList<Node> Factors) : Node
{
    public override IReadOnlyList<Node> Children => Factors;
}

internal sealed record PowerNode(Node Base, Node Exponent) : Node
{
    public override IReadOnlyList<Node> Children => [Base, Exponent];
}

/// <summary>A function of arguments; a name that no rule knows stands for an unknown function.</summary>
internal sealed record CallNode(string Name, IReadOnlyList<Node> Arguments) : Node
{
    public override IReadOnlyList<Node> Children => Arguments;
}

internal sealed record MatrixNode(IReadOnlyList<IReadOnlyList<Node>> Rows) : Node
{
    public override IReadOnlyList<Node> Children => [.. Rows.SelectMany(row => row)];
}

/// <summary>Items in brackets: '{' a set, 'l' a bare list, else a tuple or interval whose brackets are given.</summary>
internal sealed record GroupNode(char Open, char Close, IReadOnlyList<Node> Items) : Node
{
    public const char Bare = 'l';

    public bool IsSet => Open is '{' or Bare;

    public override IReadOnlyList<Node> Children => Items;
}

/// <summary>A chain of sides with a sign between each two: = ≠ &lt; ≤ > ≥ ∈ ≈.</summary>
internal sealed record RelationNode(IReadOnlyList<Node> Sides, IReadOnlyList<char> Signs) : Node
{
    public override IReadOnlyList<Node> Children => Sides;
}

/// <summary>∪, ∩ or ∖ of two sets.</summary>
internal sealed record SetOperationNode(char Sign, Node Left, Node Right) : Node
{
    public override IReadOnlyList<Node> Children => [Left, Right];
}

internal sealed record TextNode(string Words) : Node;

/// <summary>Canonical spellings.</summary>
internal static class Spelling
{
    public static string Of(Node node) => node switch
    {
        NumberNode number => number.Value.ToString(),
        SymbolNode symbol => symbol.Name,
        QuantityNode quantity => quantity.Value.Canonical + " "
            + (quantity.Unit.Kind.Length > 0
                ? quantity.Unit.Scale + "·" + quantity.Unit.Kind + " " + quantity.Unit.Note
                : quantity.Unit.Words),
        TextNode text => "\"" + text.Words + "\"",
        SumNode sum => Sum(sum),
        ProductNode product => Product(product),
        PowerNode power => Power(power),
        CallNode { Name: "max" or "min" or "gcd" or "lcm" or "dot" } call =>
            call.Name + "(" + Sorted(call.Arguments) + ")",
        CallNode { Name: "sum" or "prod" or "integral" or "builder" } binder when Bound(binder) is { } renamed =>
            renamed.Name + "(" + string.Join(',', renamed.Arguments.Select(item => item.Canonical)) + ")",
        CallNode call => call.Name + "(" + string.Join(',', call.Arguments.Select(item => item.Canonical)) + ")",
        MatrixNode matrix => "["
            + string.Join(';', matrix.Rows.Select(row => string.Join(',', row.Select(item => item.Canonical)))) + "]",
        GroupNode { IsSet: true } set => "{"
            + string.Join(',', set.Items.Select(item => item.Canonical).Distinct().Order(StringComparer.Ordinal)) + "}",
        GroupNode group => group.Open + string.Join(',', group.Items.Select(item => item.Canonical)) + group.Close,
        RelationNode relation => Relation(relation),
        SetOperationNode operation => "(" + operation.Left.Canonical + operation.Sign + operation.Right.Canonical + ")",
        _ => node.GetType().Name,
    };

    // The variable of a sum, product, integral or set has a name of its own; here it gets one by how deep it binds.
    private static CallNode? Bound(CallNode call)
    {
        var variable = call.Name == "integral" ? call.Arguments[1] : call.Arguments[0];
        if (variable is RelationNode { Signs: ['∈'], Sides: [var element, _] })
        {
            variable = element;
        }

        if (variable is not SymbolNode { Name: var name } || name[0] == '•')
        {
            return null;
        }

        var own = new SymbolNode("•" + Depth(call).ToString(System.Globalization.CultureInfo.InvariantCulture));
        return new CallNode(call.Name, [.. call.Arguments.Select(item => Calculus.Replace(item, name, own))]);
    }

    private static int Depth(Node node) =>
        node.Children.Select(Depth).DefaultIfEmpty().Max()
            + (node is CallNode { Name: "sum" or "prod" or "integral" or "builder" } ? 1 : 0);

    private static string Sorted(IEnumerable<Node> nodes) =>
        string.Join(',', nodes.Select(item => item.Canonical).Order(StringComparer.Ordinal));

    private static string Sum(SumNode sum)
    {
        var constant = Rational.Zero;
        List<string> parts = [];
        foreach (var term in Flat(sum))
        {
            if (term is NumberNode number)
            {
                constant += number.Value;
            }
            else
            {
                parts.Add(term.Canonical);
            }
        }

        if (constant.Sign != 0 || parts.Count == 0)
        {
            parts.Add(constant.ToString());
        }

        return parts.Count == 1 ? parts[0] : "(" + string.Join('+', parts.Order(StringComparer.Ordinal)) + ")";
    }

    private static string Product(ProductNode product)
    {
        var constant = Rational.One;
        List<string> parts = [];
        foreach (var factor in Flat(product))
        {
            switch (factor)
            {
                case NumberNode number when constant.Bits + number.Value.Bits < 100_000:
                    constant *= number.Value;
                    break;
                case PowerNode
                {
                    Base: NumberNode { Value.Sign: not 0 } below,
                    Exponent: NumberNode { Value: { IsInteger: true } power },
                }
                    when power == -1 && constant.Bits + below.Value.Bits < 100_000:
                    constant /= below.Value;
                    break;
                default:
                    parts.Add(factor.Canonical);
                    break;
            }
        }

        if (constant != Rational.One || parts.Count == 0)
        {
            parts.Add(constant.ToString());
        }

        return parts.Count == 1 ? parts[0] : "(" + string.Join('*', parts.Order(StringComparer.Ordinal)) + ")";
    }

    private static string Power(PowerNode power) =>
        power.Exponent is NumberNode { Value: var value } && value == Rational.One
        ? power.Base.Canonical
        : power is { Base: NumberNode { Value.Sign: not 0 } below } && power.Exponent is NumberNode { Value: var minus }
            && minus == -1
            ? (Rational.One / below.Value).ToString()
            : (power.Base is PowerNode ? "(" + power.Base.Canonical + ")" : power.Base.Canonical)
                + "^" + power.Exponent.Canonical; // (x^2)^3 is not x^(2^3)

    private static string Relation(RelationNode relation)
    {
        var (sides, signs) = (relation.Sides, relation.Signs);
        if (signs.All(sign => sign is '>' or '≥'))
        {
            sides = [.. sides.Reverse()];
            signs = [.. signs.Reverse().Select(sign => sign == '>' ? '<' : '≤')];
        }

        return string.Concat(sides.Select((side, i) => i == 0 ? side.Canonical : signs[i - 1] + side.Canonical));
    }

    private static IEnumerable<Node> Flat(Node node) => node switch
    {
        SumNode sum => sum.Terms.SelectMany(term => term is SumNode ? Flat(term) : [term]),
        ProductNode product => product.Factors.SelectMany(factor => factor is ProductNode ? Flat(factor) : [factor]),
        _ => [node],
    };
}
