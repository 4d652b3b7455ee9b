using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Formulas in cases: the value of the case that holds.</summary>
internal sealed partial class Evaluator
{
    private Value Cases(CallNode cases)
    {
        Value? found = null;
        foreach (var branch in cases.Arguments)
        {
            if (branch is not CallNode { Name: "branch", Arguments: [var value, var condition] })
            {
                throw new UndefinedException("a case without a condition");
            }

            if (condition is TextNode { Words: "otherwise" or "else" } ? found is null : Holds(condition))
            {
                // Where two cases hold and say two things, the formula says nothing.
                found = found is not { } first || Equality.Meet(first, Of(value), bits)
                    ? Of(value)
                    : throw new UndefinedException("two cases that hold");
            }
        }

        return found ?? throw new UndefinedException("no case that holds");
    }

    /// <summary>Whether words say "even" or "odd".</summary>
    internal static bool IsParity(TextNode node) => node.Words
        is "even" or "odd" or "even integer" or "odd integer" or "even number" or "odd number";

    private bool Holds(Node condition) => condition switch
    {
        RelationNode { Signs: ['∈'], Sides: [var number, TextNode parity] } when IsParity(parity) =>
            Of(number).Exact is { IsInteger: true } whole
                ? whole.Numerator.IsEven == parity.Words.StartsWith("even", StringComparison.Ordinal)
                : throw new UndefinedException("the parity of what is not whole"),
        RelationNode relation => Enumerable.Range(0, relation.Signs.Count).All(i =>
            Order(Of(Node.Difference(relation.Sides[i], relation.Sides[i + 1]))) is var order
                && relation.Signs[i] switch
                {
                    '<' => order < 0,
                    '>' => order > 0,
                    '≤' => order <= 0,
                    '≥' => order >= 0,
                    '=' => order == 0,
                    '≠' => order != 0,
                    _ => throw new UndefinedException("a condition of another kind"),
                }),
        CallNode { Name: "congruence" or "incongruence", Arguments: [var name, var value, var modulus] } call =>
            (Call(new CallNode("mod", [Node.Difference(name, value), modulus])).Exact is { } rest
                ? rest.Sign == 0
                : throw new UndefinedException("a remainder that is not whole")) == (call.Name == "congruence"),
        CallNode { Name: "and" } all => all.Arguments.All(Holds),
        CallNode { Name: "or" } any => any.Arguments.Any(Holds),
        _ => throw new UndefinedException("a condition in words"),
    };

    private int Order(Value value)
    {
        var ball = value.ToBall(bits);
        return value.Exact is { } exact ? exact.Sign
            : !ball.MayBeReal ? throw new UndefinedException("an order of numbers that are not real")
            : ball.Re.IsPositive ? 1
            : ball.Re.IsNegative ? -1
            : throw new UndefinedException("an order that is too close");
    }

    private Value Symbol(string name)
    {
        if (_bound.TryGetValue(name, out var bound))
        {
            return bound;
        }

        return name switch
        {
            "pi" => Real(Elementary.Pi(bits)),
            "e" => Real(Elementary.Exp(Ball.One, bits)),
            "i" => new(null, ComplexBall.I),
            "infinity" or "..." => throw new UndefinedException(name),
            _ when name.StartsWith("set ", StringComparison.Ordinal) => throw new UndefinedException(name),
            _ => variables(name),
        };
    }
}
