using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Several families at once, π/4 + 2kπ and 3π/4 + 2kπ, and those whose sign alternates: (-1)^k π/4 + kπ is both.
/// </summary>
internal sealed partial class Comparison
{
    private const int MostClasses = 60;

    private IReadOnlyList<Family>? FamiliesOf(Node node, Node other)
    {
        if (Each(node).Any(item => item is RelationNode) && !IsOfIntegers(other))
        {
            return null;
        }

        var parts = Alternating(node) ?? Members(node);
        var families = parts.Select(FamilyOf).ToList();
        return families.Contains(null) || parts.Count is 0 or > MostClasses ? null : [.. families.OfType<Family>()];
    }

    // x = a + 2kπ or x = b + 2kπ, of integers k: each for itself.
    private static IReadOnlyList<Node> Members(Node node) => node switch
    {
        CallNode { Name: Phrases.Given, Arguments: [GroupNode { IsSet: true } or CallNode { Name: "or" }, var domain] }
            given => [.. given.Arguments[0].Children.Select(item => new CallNode(Phrases.Given, [item, domain]))],
        GroupNode { IsSet: true, Items: { Count: > 1 } items } when items.All(item => item is not CallNode
        { Name: "congruence" }) => items, // of congruences a comma may be "and"
        CallNode { Name: "or" } => node.Children,
        _ => [node],
    };

    // "x = π/2 + kπ" says of no k that it is an integer, but of an unknown angle nothing else is meant; and 23 + 105k
    // beside 128 + 105m is no formula of k: each letter is the answer's own.
    private static Node OfWholeSteps(Node node, Node other)
    {
        var items = Each(node);
        if (items.Count == 0 || Letter(items) is not { } letter)
        {
            return node;
        }

        var theirs = other is CallNode { Name: Phrases.Given, Arguments: [var value, var domain] }
            && IsFromIntegers(domain) ? Letter(Each(value)) : null; // 3n + 2 and 3k + 5 are terms, if nothing is said
        var angles = Each(other is CallNode { Name: Phrases.Given } given ? given.Arguments[0] : other).All(IsAngle);
        return items.All(item => IsAngle(item) || (angles && Calculus.Has(item, "pi"))
            || (theirs is not null && theirs != letter && IsShifted(Right(item))))
            ? new CallNode(Phrases.Given, [node, Integers(letter)])
            : node;
    }

    private static IReadOnlyList<Node> Each(Node node) =>
        node is GroupNode { IsSet: true } or CallNode { Name: "or" } ? node.Children : [node];

    private static bool IsAngle(Node node) => node is RelationNode
    {
        Signs: ['='], Sides: [SymbolNode { Name: "x" or "y" or "z" or "t" or "theta" or "phi" or "varphi" }, var of]
    }
        && Calculus.Has(of, "pi");

    // A sum with a constant part, or a multiple of one; 6m alone may be a length.
    private static bool IsShifted(Node node) => node switch
    {
        SumNode { Terms: var terms } => terms.Any(term => Equality.Variables(term).Count == 0)
            && !Equality.HasUnknown(node),
        ProductNode { Factors: var factors } => factors.Any(IsShifted),
        _ => false,
    };

    private static Node Right(Node node) =>
        node is RelationNode { Signs: ['='], Sides: [SymbolNode, var value] } ? value : node;

    // The letter that counts in all of them, and names none of them.
    private static string? Letter(IReadOnlyList<Node> items) =>
        items.Select(item => Parameter(Right(item))).Distinct().ToList() is [{ } letter]
        && items.All(item => item is SumNode or ProductNode
            || (item is RelationNode { Signs: ['='], Sides: [SymbolNode name, _] } && name.Name != letter))
            ? letter : null;

    // Each family falls into classes by the least common step; two unions are the same if their classes are.
    private bool? SameUnions(IReadOnlyList<Family> a, IReadOnlyList<Family> b)
    {
        var shares = new List<Rational>();
        foreach (var family in a.Concat(b))
        {
            var ratio = Node.Quotient(family.Step, a[0].Step);
            if (_equality.Approximate(ratio) is not { } near || Simple(near.Abs()) is not { } share
                || _equality.Same(ratio, Node.Number(near.Sign < 0 ? -share : share)) is not true)
            {
                return false;
            }

            shares.Add(share);
        }

        var common = shares.Aggregate((x, y) => new Rational(Least(x.Numerator * y.Denominator,
            y.Numerator * x.Denominator), x.Denominator * y.Denominator));
        var step = new ProductNode([Node.Number(common), a[0].Step]);
        var (ours, theirs) = (Classes(a, common, shares), Classes(b, common, [.. shares.Skip(a.Count)]));
        return ours is null || theirs is null ? null : Within(ours, theirs) && Within(theirs, ours);

        bool Within(List<Node> some, List<Node> all) => some.TrueForAll(one =>
            all.Exists(other => IsWhole(Node.Quotient(Node.Difference(one, other), step))));
    }

    private static List<Node>? Classes(IReadOnlyList<Family> families, Rational common, List<Rational> shares)
    {
        List<Node> classes = [];
        for (var i = 0; i < families.Count; i++)
        {
            var count = common / shares[i];
            if (count.CompareTo(MostClasses - classes.Count) > 0)
            {
                return null;
            }

            classes.AddRange(Enumerable.Range(0, (int)count.Numerator).Select(j => (Node)new SumNode(
                [families[i].First, new ProductNode([Node.Number(j), families[i].Step])])));
        }

        return classes;
    }

    private static System.Numerics.BigInteger Least(System.Numerics.BigInteger a, System.Numerics.BigInteger b) =>
        a / System.Numerics.BigInteger.GreatestCommonDivisor(a, b) * b;

    // A fraction with a small denominator close to a number.
    private static Rational? Simple(Rational near)
    {
        for (var below = 1; below <= 24; below++)
        {
            var above = ((near * below) + new Rational(1, 2)).Floor();
            if (((near * below) - above).Abs().CompareTo(new Rational(1, 1_000_000)) < 0 && above.Sign > 0)
            {
                return new Rational(above, below);
            }
        }

        return null;
    }

    // The values of even and of odd parameters; null where no sign alternates.
    private static List<Node>? Alternating(Node node)
    {
        if (node is not CallNode { Name: Phrases.Given, Arguments: [var value, var domain] } || !IsFromIntegers(domain)
            || domain.Children[0] is not SymbolNode { Name: var name } || !HasSign(value, name))
        {
            return null;
        }

        var twice = new ProductNode([Node.Number(2), new SymbolNode(name)]);
        return
        [
            new CallNode(Phrases.Given, [Calculus.Replace(Signed(value, name, 1), name, twice), domain]),
            new CallNode(Phrases.Given,
                [Calculus.Replace(Signed(value, name, -1), name, new SumNode([twice, Node.Number(1)])), domain]),
        ];
    }

    private static bool HasSign(Node node, string name) =>
        IsSign(node, name) || (node is SumNode or ProductNode or RelationNode
            && node.Children.Any(child => HasSign(child, name)));

    private static bool IsSign(Node node, string name) =>
        node is PowerNode { Base: NumberNode { Value: var value }, Exponent: SymbolNode exponent }
        && value == -1 && exponent.Name == name;

    private static Node Signed(Node node, string name, int sign) => node switch
    {
        _ when IsSign(node, name) => Node.Number(sign),
        SumNode sum => new SumNode([.. sum.Terms.Select(term => Signed(term, name, sign))]),
        ProductNode product => new ProductNode([.. product.Factors.Select(factor => Signed(factor, name, sign))]),
        RelationNode relation =>
            new RelationNode([.. relation.Sides.Select(side => Signed(side, name, sign))], relation.Signs),
        _ => node,
    };
}
