using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Values in steps of an integer: x ≡ 3 (mod 7) is 7k + 3, and 2k + 1 runs over what 2m - 1 does.</summary>
internal sealed partial class Comparison
{
    // A name where one is written, a value of it, and the step to the next; the step may have any sign.
    private sealed record Family(Node? Name, Node First, Node Step);

    /// <summary>Whether two families hold the same values; null unless both sides are families.</summary>
    private bool? SameFamilies(Node gold, Node answer)
    {
        if (FamiliesOf(gold, answer) is not { } a || FamiliesOf(answer, gold) is not { } b
            || (gold is CallNode { Name: "residue" or "congruence" }
            && answer is CallNode { Name: "residue" or "congruence" }))
        {
            return null;
        }

        Rule = "Values in steps of an integer";
        var names = a.Concat(b).Select(family => family.Name)
            .Where(name => name is not (null or SymbolNode { Name: Shapes.Bound }))
            .DistinctBy(name => name!.Canonical).ToList();
        if (names.Count > 1)
        {
            return false;
        }

        (a, b) = ([.. a.Select(family => InRadians(family, b[0]))], [.. b.Select(family => InRadians(family, a[0]))]);
        if (a is [var one] && b is [var other])
        {
            return (_equality.Same(one.Step, other.Step) is true
                || _equality.Same(one.Step, Node.Negative(other.Step)) is true)
                && IsWhole(Node.Quotient(Node.Difference(one.First, other.First), one.Step));
        }

        return SameUnions(a, b);
    }

    private static Family InRadians(Family family, Family other) => family with
    {
        First = Turned(family.First, other.Step),
        Step = Turned(family.Step, other.Step),
    };

    // What says that its parameter is an integer, so that the other side need not.
    private static bool IsOfIntegers(Node node) => node is CallNode call && (call.Name == "congruence"
        || (call.Name == Latex.Phrases.Given && call.Arguments is [_, var domain] && IsFromIntegers(domain)));

    private static bool IsFromIntegers(Node node) =>
        node is RelationNode { Signs: ['∈'], Sides: [_, SymbolNode { Name: "set Z" }] };

    private static RelationNode Integers(string letter) =>
        new([new SymbolNode(letter), new SymbolNode("set Z")], ['∈']);

    // The one letter of a value, where it is one that counts.
    private static string? Parameter(Node value) =>
        Equality.Variables(value).ToList() is [("k" or "m" or "n" or "t") and var letter] ? letter : null;

    private Family? FamilyOf(Node node) => node switch
    {
        RelationNode { Signs: ['∈'], Sides: [var name, ProductNode or CallNode { Name: "builder" }] } relation
            when Shapes.IsName(name) && FamilyOf(relation.Sides[1]) is { } family => family with { Name = name },
        CallNode { Name: "congruence", Arguments: [var name, var value, var modulus] } when Shapes.IsName(name) =>
            new(name, value, modulus),
        RelationNode { Signs: ['='], Sides: [var name, var value] } when Shapes.IsName(name)
            && Parameter(value) is { } letter && name.Canonical != letter => Steps(name, value, Integers(letter)),
        CallNode
        {
            Name: Latex.Phrases.Given, Arguments: [RelationNode { Signs: ['='], Sides: [var name, var value] },
            var domain]
        }
            when Shapes.IsName(name) => Steps(name, value, domain),
        CallNode { Name: Latex.Phrases.Given, Arguments: [var value, var domain] } => Steps(null, value, domain),
        CallNode { Name: "builder", Arguments: [var value, var domain] } => Steps(null, value, domain),
        ProductNode { Factors: [_, .., SymbolNode { Name: "set Z" }] } multiples
            when Equality.Variables(multiples).Count == 1 =>
                new(null, Node.Number(0), new ProductNode([.. multiples.Factors.SkipLast(1)])),
        _ => null,
    };

    // a k + b with k from all integers, and nothing else unknown.
    private Family? Steps(Node? name, Node value, Node domain)
    {
        if (domain is not RelationNode { Signs: ['∈'], Sides: [SymbolNode parameter, SymbolNode { Name: "set Z" }] }
            || value is RelationNode
            // Of a_n and f(n) the parameter is the index: which value comes first counts.
            || (name is not null && (Calculus.Has(name, parameter.Name)
                || (name is SymbolNode { Name: var called } && called.EndsWith("_" + parameter.Name,
                    StringComparison.Ordinal))))
            || !Equality.Variables(value).SetEquals([parameter.Name]))
        {
            return null;
        }

        var first = Calculus.Replace(value, parameter.Name, Node.Number(0));
        var step = Node.Difference(Calculus.Replace(value, parameter.Name, Node.Number(1)), first);
        return _equality.Same(new SumNode([first, new ProductNode([step, parameter])]), value) is true
            && _equality.Same(step, Node.Number(0)) is false
            ? new(name, first, step)
            : null;
    }

    private PeriodicSets Periodic => new(
        node => FamilyOf(node) is { } family && WholeValue(family.First) is { } first
            && WholeValue(family.Step) is { } step ? (family.Name, first, step) : null,
        WholeValue);

    private System.Numerics.BigInteger? WholeValue(Node node) =>
        Equality.Variables(node).Count == 0 && _equality.Constant(node) is { Exact: { IsInteger: true } value }
            ? value.Numerator
            : null;

    private bool IsWhole(Node node) => _equality.Approximate(node) is { } near
        && new Rational((near + new Rational(1, 2)).Floor(), 1) is var whole
        && _equality.Same(node, Node.Number(whole)) is true;
}
