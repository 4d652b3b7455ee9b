using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// Formulas of vectors, component by component: a · (b × c) is (a × b) · c, and (a · b) c is not a (b · c).
/// </summary>
internal static class VectorAlgebra
{
    private const int MostNodes = 3000;

    // One node is a number, three are a vector; the size bounds what is written out.
    private sealed record Parts(IReadOnlyList<Node> Nodes, int Size)
    {
        public bool IsVector => Nodes.Count == 3;
    }

    /// <summary>Whether two formulas of vectors agree; null where neither multiplies vectors, or one is none.</summary>
    public static bool? Same(Node gold, Node answer, Equality equality)
    {
        if (!(Multiplies(gold) || Multiplies(answer)) || Of(gold) is not { } a || Of(answer) is not { } b)
        {
            return null;
        }

        return a.Nodes.Count != b.Nodes.Count ? false
            : a.Nodes.Zip(b.Nodes, equality.Same).ToList() is var parts && parts.Contains(false) ? false
            : parts.Contains(null) ? null : true;
    }

    /// <summary>Whether a node is a vector by the way it is written: an arrow, a hat, or a product or sum of such.
    /// </summary>
    public static bool IsVector(Node node) => node switch
    {
        SymbolNode { Name: ['v', 'e', 'c', ' ', ..] } => true,
        CallNode { Name: "named vec" or "named hat" or "cross" } => true,
        SumNode sum => sum.Terms.All(IsVector),
        ProductNode product => product.Factors.Count(IsVector) == 1,
        _ => false,
    };

    private static bool Multiplies(Node node) =>
        node is CallNode { Name: "dot" or "cross" } || node.Children.Any(Multiplies);

    private static Parts? Of(Node node) => node switch
    {
        SymbolNode { Name: ['v', 'e', 'c', ' ', var axis] } => new([.. "ijk".Select(name =>
            Node.Number(name == axis ? 1 : 0))], 3),
        CallNode { Name: "named vec" or "named hat", Arguments: [SymbolNode name] } call => new([.. "ijk".Select(axis =>
            new SymbolNode($"{call.Name} {name.Name} {axis}"))], 3),
        NumberNode or SymbolNode => new([node], 1),
        SumNode sum => All(sum.Terms, Added),
        ProductNode product => All(product.Factors, Times),
        CallNode { Name: "dot", Arguments: [var a, var b] } => Of(a) is { IsVector: true } x
            && Of(b) is { IsVector: true } y ? Times(x, y) : null,
        CallNode { Name: "cross", Arguments: [var a, var b] } => Of(a) is { IsVector: true } x
            && Of(b) is { IsVector: true } y ? Crossed(x, y) : null,
        CallNode { Name: "abs", Arguments: [var inside] } => Of(inside) is not { } size ? null
            : size.IsVector && Times(size, size) is { } square
                ? square with { Nodes = [new CallNode("root", [square.Nodes[0], Node.Number(2)])] }
            : size.IsVector ? null : size with { Nodes = [new CallNode("abs", size.Nodes)] },
        PowerNode { Base: var below, Exponent: var exponent } => Of(below) is not { } x ? null
            : !x.IsVector
                ? Equality.HasUnknown(exponent) ? null : new([new PowerNode(x.Nodes[0], exponent)], x.Size + 1)
            : exponent is NumberNode { Value: var power } && power == 2 ? Times(x, x) : null,
        CallNode call when !Equality.HasUnknown(new CallNode(call.Name, [])) =>
            call.Arguments.Select(Of).ToList() is var items && items.TrueForAll(item => item is { IsVector: false })
                ? new([new CallNode(call.Name, [.. items.Select(item => item!.Nodes[0])])],
                    1 + items.Sum(item => item!.Size))
                : null,
        _ => null,
    };

    private static Parts? All(IReadOnlyList<Node> nodes, Func<Parts, Parts, Parts?> join)
    {
        var all = Of(nodes[0]);
        foreach (var node in nodes.Skip(1))
        {
            all = all is not null && Of(node) is { } next ? join(all, next) : null;
        }

        return all;
    }

    private static Parts? Added(Parts a, Parts b) => a.Nodes.Count == b.Nodes.Count
        ? Sized([.. a.Nodes.Zip(b.Nodes, (x, y) => new SumNode([x, y]))], a.Size + b.Size)
        : null;

    // Two vectors side by side are their scalar product, as some write it.
    private static Parts? Times(Parts a, Parts b) => a.IsVector && b.IsVector
        ? Sized([new SumNode([.. a.Nodes.Zip(b.Nodes, (x, y) => new ProductNode([x, y]))])], a.Size + b.Size)
        : a.IsVector ? Sized([.. a.Nodes.Select(x => new ProductNode([x, b.Nodes[0]]))], a.Size + (3 * b.Size))
        : Sized([.. b.Nodes.Select(y => new ProductNode([a.Nodes[0], y]))], (3 * a.Size) + b.Size);

    private static Parts? Crossed(Parts a, Parts b) => Sized([.. Enumerable.Range(0, 3).Select(i =>
        Node.Difference(new ProductNode([a.Nodes[(i + 1) % 3], b.Nodes[(i + 2) % 3]]),
            new ProductNode([a.Nodes[(i + 2) % 3], b.Nodes[(i + 1) % 3]])))], 2 * (a.Size + b.Size));

    private static Parts? Sized(IReadOnlyList<Node> nodes, int size) => size > MostNodes ? null : new(nodes, size);
}
