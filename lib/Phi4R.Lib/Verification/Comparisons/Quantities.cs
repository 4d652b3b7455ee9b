using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>A value in a unit. A mixed one, such as 5 feet 3 inches, holds its sum in the smallest unit.</summary>
internal sealed record QuantityNode(Node Value, Unit Unit, bool IsMixed = false) : Node
{
    public override IReadOnlyList<Node> Children => [Value];
}

/// <summary>Arithmetic of values with units.</summary>
internal static class Quantities
{
    public static Node Times(Node value, Unit unit) => value is QuantityNode quantity
        ? quantity with { Unit = quantity.Unit.Times(unit, 1) }
        : new QuantityNode(value, unit);

    /// <summary>The larger and the smaller part as one value; null where they do not measure the same.</summary>
    public static QuantityNode? Mixed(QuantityNode large, QuantityNode small) => OfArc(large, small) is { } arc
        ? Mixed(large, arc)
        : large.Unit.Kind == small.Unit.Kind && !small.Unit.IsCount && small.Unit.Scale.CompareTo(large.Unit.Scale) < 0
        ? new QuantityNode(new SumNode([In(large, small.Unit), small.Value]), small.Unit, IsMixed: true)
        : null;

    // Behind degrees, minutes and seconds are parts of a degree.
    private static QuantityNode? OfArc(QuantityNode large, QuantityNode small) => large.Unit.Kind != "angle" ? null
        : small.Unit switch
        {
            { Kind: "time", Words: "minute" or "minutes" or "min" or "mins" } =>
                small with { Unit = Unit.Find("arcminute")! },
            { Kind: "time", Words: "second" or "seconds" or "sec" or "secs" or "s" } =>
                small with { Unit = Unit.Find("arcsecond")! },
            _ => null,
        };

    /// <summary>A product or quotient in which the units are factors of their own.</summary>
    public static Node Product(Node left, Node right, bool divide)
    {
        var (a, b) = (left as QuantityNode, right as QuantityNode);
        var value = divide
            ? Node.Quotient(a?.Value ?? left, b?.Value ?? right)
            : new ProductNode([a?.Value ?? left, b?.Value ?? right]);
        return (a, b) switch
        {
            (null, null) => value,
            ({ } x, null) => new QuantityNode(value, x.Unit),
            (null, { } y) => new QuantityNode(value, y.Unit.Power(divide ? -1 : 1)),
            ({ } x, { } y) => new QuantityNode(value, x.Unit.Times(y.Unit, divide ? -1 : 1)),
        };
    }

    /// <summary>A sum whose terms measure the same, or of which only the last names the unit of all.</summary>
    public static Node Sum(IReadOnlyList<Node> terms)
    {
        if (terms[^1] is QuantityNode { Unit: var unit }
            && terms.All(term => term is QuantityNode { Unit: var other }
                ? unit.Kind == other.Kind
                : ReferenceEquals(term, terms[^1]) || !terms.SkipLast(1).Any(each => each is QuantityNode)))
        {
            return new QuantityNode(
                new SumNode([.. terms.Select(term => term is QuantityNode quantity ? In(quantity, unit) : term)]),
                unit);
        }

        return new SumNode(terms);
    }

    /// <summary>The number of units that a quantity of the same kind is.</summary>
    public static Node In(QuantityNode quantity, Unit unit) =>
        quantity.Unit.Scale == unit.Scale
            ? quantity.Value
            : new ProductNode([Node.Number(quantity.Unit.Scale / unit.Scale), quantity.Value]);

    /// <summary>The value and unit of an answer: a quantity, or an angle in degrees.</summary>
    public static QuantityNode? Of(Node node) => node switch
    {
        QuantityNode quantity => quantity,
        CallNode { Name: "degree", Arguments: [var value] } => new QuantityNode(value, Unit.Degree),
        ProductNode { Factors: [.., var last] factors } when Of(last) is { Unit: var unit, Value: var value } =>
            new QuantityNode(new ProductNode([.. factors.SkipLast(1), value]), unit),
        ProductNode { Factors: [NumberNode minus, QuantityNode quantity] } =>
            quantity with { Value = new ProductNode([minus, quantity.Value]) },
        _ => null,
    };

    /// <summary>
    /// A number and letters that are its unit where the other side is a constant: any symbol beside a value with a
    /// unit, beside a bare one only metres, 100m^2; null where the letters are no unit.
    /// </summary>
    /// <param name="beside">Whether the other side names a unit, so that any symbol may be one.</param>
    public static QuantityNode? FromLetters(Node node, bool beside)
    {
        if (node is not ProductNode { Factors: { Count: > 1 } factors })
        {
            return null;
        }

        // The e of eV is no number.
        var letters = factors.Reverse().TakeWhile(factor => Equality.Variables(factor).Count > 0
            || factor is SymbolNode { Name: "e" }).Reverse().ToList();
        var value = factors.SkipLast(letters.Count).ToList();
        return value.Count > 0 && value.TrueForAll(factor => Equality.Variables(factor).Count == 0)
            && letters.Count is > 0 and < 4 && Letters(letters, beside) is { } unit
            ? new QuantityNode(value.Count == 1 ? value[0] : new ProductNode(value), unit)
            : null;
    }

    private static Unit? Letters(IReadOnlyList<Node> letters, bool beside)
    {
        var power = letters[^1] is PowerNode { Exponent: NumberNode { Value: { IsInteger: true, Sign: > 0 } exponent } }
            ? (int)System.Numerics.BigInteger.Min(exponent.Numerator, 10)
            : 1;
        var names = letters.Select(letter => letter is PowerNode { Base: var below } ? below : letter).ToList();
        if (!names.TrueForAll(name => name is SymbolNode) || letters.SkipLast(1).Any(letter => letter is PowerNode))
        {
            return null;
        }

        var run = string.Concat(names.Select(name => ((SymbolNode)name).Name switch
        {
            "mu" => "μ",
            "Omega" =>
            "Ω",
            var letter => letter
        }));
        return run switch
        {
            "m" => Unit.Find(run)!.Power(power),
            "C" when beside => Unit.Find("celsius"),
            "F" when beside => Unit.Find("fahrenheit"),
            _ => beside ? Unit.Find(run)?.Power(power) : null,
        };
    }
}
