using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// Brings what was read into the shapes that are compared: both signs of ± written out, lists flat, chains cut to their
/// ends.
/// </summary>
internal static class Shapes
{
    /// <summary>
    /// The name of an element that only a set's condition is about, so that its own name does not matter.
    /// </summary>
    public const string Bound = "•";

    public static Node Normalize(Node node, Budget budget)
    {
        node = Matrices.Reduce(Chain(Together(node)), budget);
        switch (node)
        {
            case CallNode { Name: Phrases.Given } or GroupNode { Open: GroupNode.Bare }
                when Parameters.Expanded(node) is { } values:
                return Normalize(values, budget);
            case CallNode
            {
                Name: Phrases.Given, Arguments: [var value,
                RelationNode { Signs: ['∈'], Sides: [var of, GroupNode counted] }]
            }
                when Parameters.Domain(counted) is SymbolNode numbers:
                return Normalize(new CallNode(Phrases.Given, [value, new RelationNode([of, numbers], ['∈'])]), budget);
            case ProductNode { Factors: [SymbolNode point, GroupNode { Open: '(', Items.Count: > 1 } place] }
                when IsPoint(point.Name):
                return Normalize(new RelationNode([point, place], ['=']), budget); // A(1, 2)
            case CallNode { Name: Phrases.Given or Phrases.OnlyIf or "implies" or "piecewise" or "branch" } call:
                return new CallNode(call.Name, [.. call.Arguments.Select(item => Normalize(item, budget))]);
            case CallNode { Name: "and" or "or" } joined
                when joined.Arguments.All(item => Chain(item) is RelationNode { Signs: ['='] or ['≈'] })
                && (joined.Name == "and" || joined.Arguments.DistinctBy(item => Named(item.Children[0])).Count() == 1
                    || joined.Arguments.All(item => Together(item) is GroupNode)):
                return Normalize(new GroupNode(GroupNode.Bare, GroupNode.Bare, joined.Arguments), budget);
            case GroupNode { IsSet: true } set:
                return new GroupNode(set.Open, set.Close,
                    [.. Points(set.Items).SelectMany(item => Spread(item, budget)).DistinctBy(item => item.Canonical)]);
            case GroupNode { Open: '(', Close: ')' } pair when AreOneChoice(pair):
                return Normalize(new GroupNode(GroupNode.Bare, GroupNode.Bare,
                    [Choose(pair, plus: true), Choose(pair, plus: false)]), budget); // (±2, 0) is two points
            case SumNode sum when Tuples.Sum(sum) is { } tuple:
                return Normalize(tuple, budget);
            case RelationNode { Signs: ['='], Sides: [var name, SumNode sum] } when Tuples.Sum(sum) is { } tuple:
                return new RelationNode([name, Normalize(tuple, budget)], ['=']);
            case GroupNode tuple:
                return new GroupNode(tuple.Open, tuple.Close, [.. tuple.Items.Select(item => Normalize(item, budget))]);
            case RelationNode { Sides: [var name, GroupNode { Open: GroupNode.Bare } list], Signs: ['=' or '∈'] }:
                return Normalize(
                    new GroupNode(GroupNode.Bare, GroupNode.Bare,
                        [.. list.Items.Select(item => item is RelationNode
                            ? item
                            : new RelationNode([name, item], ['=']))]), budget);
            case SetOperationNode operation:
                return Finite(new SetOperationNode(operation.Sign, AsSet(Normalize(operation.Left, budget)),
                    AsSet(Normalize(operation.Right, budget))));
            case MatrixNode matrix:
                return matrix;
            case CallNode { Name: "builder", Arguments.Count: > 1 } rule when Enumerations.Of(rule) is { } members:
                return Normalize(members, budget);
            case CallNode { Name: "builder", Arguments: [var element, GroupNode { Open: GroupNode.Bare } all] }
                when all.Items.All(item => item is RelationNode or CallNode { Name: "congruence" or "incongruence" }):
                return Normalize(new CallNode("builder", [element, new CallNode("and", all.Items)]), budget);
            case CallNode { Name: "builder", Arguments: [SymbolNode element, var condition] }:
                return Normalize(Calculus.Replace(condition, element.Name, new SymbolNode(Bound)), budget);
            case CallNode
            {
                Name: "builder",
                Arguments:
                [
                    RelationNode { Signs: ['∈'], Sides: [SymbolNode element, SymbolNode { Name: "set R" }] },
                    var condition,
                ],
            }:
                return Normalize(Calculus.Replace(condition, element.Name, new SymbolNode(Bound)), budget);
        }

        var both = Spread(node, budget).ToList();
        return both.Count == 1 ? both[0] : new GroupNode(GroupNode.Bare, GroupNode.Bare, both);
    }

    // f(x) = 0 or f = x: the function alone names what is told of it.
    private static string Named(Node left) => left is CallNode { Name: "f" or "g" or "h" or "F" } function
        ? function.Name
        : left.Canonical;

    // One sign that is free, or several of which one is turned: (±1, ∓3). Of (±1, ±3) nobody says whether the signs
    // are the same.
    private static bool AreOneChoice(GroupNode tuple) =>
        tuple.Items.Sum(Signs) == 1 || (tuple.Items.Sum(Signs) > 1 && tuple.Items.Any(HasTurned));

    private static bool HasTurned(Node node) => node is CallNode { Name: "∓" } || node.Children.Any(HasTurned);

    // A, F_1
    private static bool IsPoint(string name) =>
        name is [>= 'A' and <= 'Z'] or [>= 'A' and <= 'Z', '_', >= '0' and <= '9'];

    /// <summary>Whether an equation's left side is only a name for what is right.</summary>
    public static bool IsName(Node node) => node switch
    {
        SymbolNode symbol => symbol.Name is not ("pi" or "infinity" or "...")
            && !symbol.Name.StartsWith("set ", StringComparison.Ordinal),
        CallNode { Name: "abs", Arguments: [var size] } => Capitals(size)
            || size is SymbolNode { Name: "z" or "w" or "v" or "u" } or CallNode { Name: "named vec" },
        CallNode { Name: "Re" or "Im" or "det", Arguments: [SymbolNode] } => true,
        CallNode { Name: "integral" or "derivative" } call => Calculus.Value(call) is null,
        CallNode call => Equality.HasUnknown(new CallNode(call.Name, [])),
        ProductNode
        {
            Factors: [SymbolNode { Name: "Delta" or "delta" }, SymbolNode]
            or [SymbolNode { Name: "m" }, CallNode { Name: "named angle" }]
        } => true,
        ProductNode product => product.Factors.All(Capitals),
        GroupNode { Open: '(', Items.Count: > 0 } tuple => tuple.Items.All(IsName),
        SetOperationNode sets => Capitals(sets.Left) && Capitals(sets.Right),
        _ => false,
    };

    private static bool Capitals(Node node) => node switch
    {
        SymbolNode symbol => char.IsAsciiLetterUpper(symbol.Name[0]),
        ProductNode product => product.Factors.All(Capitals),
        PowerNode { Exponent: NumberNode { Value: var value } } power => value == -1 && Capitals(power.Base),
        CallNode call => call.Name.EndsWith('_') || call.Name.StartsWith("named ", StringComparison.Ordinal),
        _ => false,
    };

    // x = y = 0 or x = y = 2: of the same names, so that each is a point.
    private static IReadOnlyList<Node> Points(IReadOnlyList<Node> items)
    {
        List<GroupNode> points = [.. items.Select(Together).OfType<GroupNode>()
            .Where(point => point.Open == GroupNode.Bare && point.Items.All(item => item is RelationNode))];
        return points.Count < 2 || points.Count < items.Count
            || points.Exists(point => !Names(point).SequenceEqual(Names(points[0])))
            ? items
            : [.. points.Select(point => new GroupNode('(', ')', [.. point.Items.Select(item => item.Children[1])]))];

        static IEnumerable<string> Names(GroupNode point) => point.Items.Select(item => item.Children[0].Canonical);
    }

    // x = y = 0 gives both names the value.
    private static Node Together(Node node) => node is RelationNode { Sides: { Count: > 2 } sides } relation
        && relation.Signs.All(sign => sign == '=') && Equality.Variables(sides[^1]).Count == 0
        && sides.SkipLast(1).All(side => side is SymbolNode { Name: [>= 'a' and <= 'z'] and not ("e" or "i") })
        && sides.SkipLast(1).DistinctBy(side => side.Canonical).Count() == sides.Count - 1
        ? new GroupNode(GroupNode.Bare, GroupNode.Bare,
            [.. sides.SkipLast(1).Select(side => new RelationNode([side, sides[^1]], ['=']))])
        : node is RelationNode { Sides: { Count: > 3 } shares } ratios && ratios.Signs.All(sign => sign == '=')
            && Equality.Variables(shares[^1]).Count == 0 && shares.SkipLast(1).Select(Share).ToList() is var parts
            && parts.TrueForAll(part => part is not null)
            && parts.DistinctBy(part => part!.Value.Name).Count() == parts.Count
        ? new GroupNode(GroupNode.Bare, GroupNode.Bare, [.. parts.Select(part =>
            new RelationNode(
                [new SymbolNode(part!.Value.Name), new ProductNode([part.Value.Times, shares[^1]])], ['=']))])
        : node;

    // The name in a = b = c/2 = 1, and what the value is to be taken by.
    private static (string Name, Node Times)? Share(Node side) => side switch
    {
        SymbolNode { Name: [>= 'a' and <= 'z'] and not ("e" or "i") and var name } => (name, Node.Number(1)),
        ProductNode { Factors: var factors } when factors.OfType<SymbolNode>().ToList() is
            [{ Name: [>= 'a' and <= 'z'] and not ("e" or "i") and var name }]
            && factors.All(factor => factor is SymbolNode || Equality.Variables(factor).Count == 0) => (name,
                new PowerNode(new ProductNode([.. factors.Where(factor => factor is not SymbolNode)]),
                    Node.Number(-1))),
        _ => null,
    };

    // a = b = c says a = c; what follows ≈ only rounds what stands before it.
    private static Node Chain(Node node)
    {
        if (node is not RelationNode relation || !relation.Signs.All(sign => sign is '=' or '≈' or '≡'))
        {
            return node;
        }

        var sides = relation.Sides.ToList();
        var cut = relation.Signs.ToList().IndexOf('≈');
        if (cut >= 0)
        {
            var kept = sides.Take(cut + 1).ToList();
            sides = kept.Count == 1 && (IsName(kept[0]) || Equality.Variables(sides[cut + 1]).Count > 0)
                ? [kept[0], sides[cut + 1]]
                : kept;
        }

        if (sides.Count == 1)
        {
            return sides[0];
        }

        // 2 + 3 = 5 says no more than 5.
        return Equality.Variables(sides[0]).Count == 0 && !Equality.HasUnknown(sides[0]) && sides[0] is not GroupNode
            && sides[0] is not SymbolNode { Name: "e" or "i" } && Equality.Variables(sides[^1]).Count == 0
            ? sides[^1]
            : new RelationNode([sides[0], sides[^1]],
                [relation.Signs[0] == '≡' && relation.Sides.Any(HasModulus) ? '≡' : '=']);
    }

    private static bool HasModulus(Node node) =>
        node is CallNode { Name: "residue" or "mod" or "congruence" } || node.Children.Any(HasModulus);

    private static IEnumerable<Node> Spread(Node node, Budget budget)
    {
        if (node is GroupNode { Open: GroupNode.Bare } list)
        {
            return list.Items.SelectMany(item => Spread(item, budget));
        }

        if (node is GroupNode { Open: '(' } pair && HasBoth(node) && !AreOneChoice(pair))
        {
            return [Normalize(node, budget)];
        }

        if (node is ProductNode { Factors: [SymbolNode point, GroupNode { Open: '(', Items.Count: > 1 }] }
            && IsPoint(point.Name))
        {
            return [Normalize(node, budget)];
        }

        if (!HasBoth(node))
        {
            return node is GroupNode or RelationNode or CallNode { Name: "and" or "or" }
                ? [node is GroupNode ? Normalize(node, budget) : Chain(node)]
                : [Matrices.Reduce(node, budget)];
        }

        return [Choose(node, plus: true), Choose(node, plus: false)];
    }

    private static bool HasBoth(Node node) => node is CallNode { Name: "±" or "∓" } || node.Children.Any(HasBoth);

    private static int Signs(Node node) => (node is CallNode { Name: "±" or "∓" } ? 1 : 0) + node.Children.Sum(Signs);

    private static Node Choose(Node node, bool plus)
    {
        switch (node)
        {
            case CallNode { Name: "±" or "∓", Arguments: [var signed] } both:
                var inner = Choose(signed, plus);
                return both.Name == "±" == plus ? inner
                    : (Tuples.Scaled(inner) ?? inner) is GroupNode { Open: '(' } tuple
                        ? new GroupNode('(', tuple.Close, [.. tuple.Items.Select(Node.Negative)])
                    : Node.Negative(inner);
            case SumNode sum:
                return new SumNode([.. sum.Terms.Select(term => Choose(term, plus))]);
            case ProductNode product:
                return new ProductNode([.. product.Factors.Select(factor => Choose(factor, plus))]);
            case PowerNode power:
                return new PowerNode(Choose(power.Base, plus), Choose(power.Exponent, plus));
            case CallNode call:
                return new CallNode(call.Name, [.. call.Arguments.Select(item => Choose(item, plus))]);
            case GroupNode group:
                return new GroupNode(group.Open, group.Close, [.. group.Items.Select(item => Choose(item, plus))]);
            case RelationNode relation:
                return new RelationNode([.. relation.Sides.Select(side => Choose(side, plus))], relation.Signs);
            default:
                return node;
        }
    }

    private static Node AsSet(Node node) =>
        node is NumberNode or SumNode or ProductNode or PowerNode ? new GroupNode('{', '}', [node]) : node;

    // Unions of explicit sets of anything are one explicit set.
    private static Node Finite(SetOperationNode operation)
    {
        if (operation.Left is not GroupNode { IsSet: true } left
            || operation.Right is not GroupNode { IsSet: true } right)
        {
            return operation;
        }

        HashSet<string> others = [.. right.Items.Select(item => item.Canonical)];
        var items = operation.Sign switch
        {
            '∪' =>
                (List<Node>)[.. left.Items,
                    .. right.Items.Where(item => left.Items.All(other => other.Canonical != item.Canonical))],
            '∩' => left.Items.Where(item => others.Contains(item.Canonical)),
            _ => left.Items.Where(item => !others.Contains(item.Canonical)),
        };
        return new GroupNode('{', '}', [.. items]);
    }
}
