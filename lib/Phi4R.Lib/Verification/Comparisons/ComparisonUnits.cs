using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Values with units against each other and against bare values.</summary>
internal sealed partial class Comparison
{
    // Both sides with their units, where at least one has one. Letters behind a number are a unit where the other side
    // is a constant.
    private static (Node Gold, Node Answer)? WithUnits(Node gold, Node answer)
    {
        var (a, b) = (Quantities.Of(gold), Quantities.Of(answer));
        a ??= Equality.Variables(answer).Count == 0 ? Quantities.FromLetters(gold, b is not null) : null;
        b ??= Equality.Variables(gold).Count == 0 ? Quantities.FromLetters(answer, a is not null) : null;
        return a is null && b is null ? null : (a ?? gold, b ?? answer);
    }

    private bool? SameQuantities(Node gold, Node answer)
    {
        (gold, answer) = (Meant(gold, answer), Meant(answer, gold));
        switch (gold, answer)
        {
            case (QuantityNode a, QuantityNode b):
                if (a.Unit.IsLike(b.Unit) is not { } like)
                {
                    Rule = $"What is counted, {a.Unit} and {b.Unit}, is not known to be the same";
                    return _equality.Same(a.Value, b.Value) is false ? false : null;
                }

                if (!like && (Temperatures(a, b) ?? Turns(a, b)) is { } converted)
                {
                    return converted;
                }

                if (!like && !(IsAngle(a) && IsAngle(b)))
                {
                    Rule = $"Units {a.Unit} and {b.Unit} differ";
                    return false;
                }

                Rule = "Values in units";
                return _equality.Same(Value(a, b), Value(b, a));
            case (QuantityNode { IsMixed: true } a, _):
                return Mixed(a, answer);
            case (_, QuantityNode { IsMixed: true } b):
                return Mixed(b, gold);
        }

        Rule = "Values, where one side names no unit";
        if (Radians(gold, answer) is { } radians)
        {
            Rule = "An angle in degrees and one in radians";
            return _equality.Same(radians.Gold, radians.Answer);
        }

        return _equality.Same(gold is QuantityNode x ? x.Value : gold, answer is QuantityNode y ? y.Value : answer);
    }

    // Pounds are money beside money, and C is the coulomb beside coulombs.
    private static Node Meant(Node node, Node other) => (node, other) switch
    {
        (QuantityNode { Unit.Words: "pound" or "pounds" } price, QuantityNode { Unit: { Kind: "sterling" } money }) =>
            price with { Unit = Unit.Find("GBP") ?? money },
        (QuantityNode { Unit: { Kind: "celsius", Note.Length: 0 } } charge, QuantityNode { Unit: { } unit })
            when unit.Kind == Unit.Find("C")?.Kind => charge with { Unit = Unit.Find("C") ?? unit },
        _ => node,
    };

    // A bare angle with π in it is in radians; what is written with the sign of degrees is not.
    private static (Node Gold, Node Answer)? Radians(Node gold, Node answer)
    {
        var (a, b) = (Quantities.Of(gold), Quantities.Of(answer));
        var (ours, theirs) = (a is { Unit.Kind: "angle" }, b is { Unit.Kind: "angle" });
        if (ours == theirs || !Calculus.Has(ours ? answer : gold, "pi") || (ours ? b : a) is not null)
        {
            return null;
        }

        Node Turned(QuantityNode angle) => new ProductNode([Quantities.In(angle, Unit.Degree), new SymbolNode("pi"),
            Node.Number(new Rational(1, 180))]);
        return (ours ? Turned(a!) : gold, theirs ? Turned(b!) : answer);
    }

    // A formula in degrees beside one with π: 45° + 180° k as π/4 + π k.
    private static Node Turned(Node node, Node other) =>
        HasDegrees(node) && !HasDegrees(other) && Calculus.Has(other, "pi") ? InRadians(node) : node;

    private static bool HasDegrees(Node node) => node is CallNode call
        ? call.Name == "degree"
        : node is SumNode or ProductNode && node.Children.Any(HasDegrees);

    private static Node InRadians(Node node) => node switch
    {
        CallNode { Name: "degree", Arguments: [var value] } =>
            new ProductNode([value, new SymbolNode("pi"), Node.Number(new Rational(1, 180))]),
        SumNode sum => new SumNode([.. sum.Terms.Select(InRadians)]),
        ProductNode product => new ProductNode([.. product.Factors.Select(InRadians)]),
        _ => node,
    };

    // 25 °C is 77 °F and 298.15 K; where both are whole, 298 K too, as school books have it.
    private bool? Temperatures(QuantityNode a, QuantityNode b)
    {
        if (Kelvins(a) is not { } first || Kelvins(b) is not { } second)
        {
            return null;
        }

        Rule = "Temperatures";
        return _equality.Same(a.Value, Degrees(second, a.Unit)) is true
            || _equality.Same(Degrees(first, b.Unit), b.Value) is true
            || (a.Unit.Kind == "celsius" ? IsRound(a, b) : IsRound(b, a));
    }

    private static bool IsRound(QuantityNode celsius, QuantityNode kelvin) =>
        celsius is { Unit.Kind: "celsius", Value: NumberNode { Places: < 0, Value: var below } }
        && kelvin is { Unit.Kind: "temperature", Value: NumberNode { Places: < 0, Value: var above } }
        && kelvin.Unit.Words is "K" or "kelvin" or "kelvins"
        && above - below == 273;

    private static Node? Kelvins(QuantityNode node) => node.Unit switch
    {
        { Note.Length: > 0 } => null,
        { Kind: "temperature" } => Quantities.In(node, Unit.Find("K")!),
        { Kind: "celsius" } => new SumNode([node.Value, Node.Number(new Rational(5463, 20))]),
        { Kind: "fahrenheit" } => new ProductNode([new SumNode([node.Value, Node.Number(new Rational(45967, 100))]),
            Node.Number(new Rational(5, 9))]),
        _ => null,
    };

    private static Node Degrees(Node kelvins, Unit unit) => unit.Kind switch
    {
        "celsius" => new SumNode([kelvins, Node.Number(new Rational(-5463, 20))]),
        "fahrenheit" => new SumNode([new ProductNode([kelvins, Node.Number(new Rational(9, 5))]),
            Node.Number(new Rational(-45967, 100))]),
        _ => new ProductNode([kelvins, Node.Number(Rational.One / unit.Scale)]),
    };

    // 120 rpm are 4π rad/s.
    private bool? Turns(QuantityNode a, QuantityNode b)
    {
        if (a.Unit.Turning() is not var (rest, ours) || b.Unit.Turning() is not var (other, theirs) || rest != other)
        {
            return null;
        }

        Rule = "Angles and turns";
        return _equality.Same(new ProductNode([a.Value, ours]), new ProductNode([b.Value, theirs]));
    }

    private static bool IsAngle(QuantityNode node) => node.Unit.Kind is "angle" or "radian";

    // In the smaller unit of the two; radians beside degrees are turned into degrees.
    private static Node Value(QuantityNode node, QuantityNode other) => node.Unit.Kind == other.Unit.Kind
        ? node.Unit.Scale.CompareTo(other.Unit.Scale) > 0 ? Quantities.In(node, other.Unit) : node.Value
        : node.Unit.Kind == "radian"
            ? new ProductNode([node.Value, Node.Number(180), new PowerNode(new SymbolNode("pi"), Node.Number(-1))])
        : node.Unit.Kind == "angle" ? Quantities.In(node, Unit.Degree)
        : node.Value;

    // 150 beside 2 hours 30 minutes: the unit is a guess.
    private bool? Mixed(QuantityNode mixed, Node bare)
    {
        Rule = "A value in two units and one without";
        return _equality.Same(mixed.Value, bare) is false ? false : null;
    }
}
