using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Algebra;

/// <summary>Answers with a parameter of few values, one by one: e^(ikπ/2), k = 0, 1, 2, 3 is 1, i, -1, -i.</summary>
internal static class Parameters
{
    private const int MostValues = 60;

    /// <summary>The answer for each value of its parameter; null where it has none from a finite set.</summary>
    public static Node? Expanded(Node node) => node switch
    {
        CallNode
        {
            Name: Phrases.Given, Arguments: [var value, RelationNode
            {
                Signs: ['∈'], Sides:
            [SymbolNode name, GroupNode { Open: '{' or GroupNode.Bare, Items: var values }]
            }]
        }
            when AreConstants(values) => Each(value, name, values),
        GroupNode { Open: GroupNode.Bare, Items: var items } => OfList(items),
        _ => null,
    };

    /// <summary>
    /// The set of numbers that a list with dots stands for, {0, 1, 2, …} and {…, -1, 0, 1, …}; else the node itself.
    /// </summary>
    public static Node Domain(Node node)
    {
        if (node is not GroupNode { Open: '{', Items: { Count: >= 3 } items } || items[^1] is not SymbolNode
            { Name: "..." })
        {
            return node;
        }

        var open = items[0] is SymbolNode { Name: "..." };
        var numbers = items.Skip(open ? 1 : 0).SkipLast(1).Select(Whole).ToList();
        return numbers.Count < 2 || numbers.Contains(null)
            || !Enumerable.Range(1, numbers.Count - 1).All(i => numbers[i] == numbers[i - 1] + 1) ? node
            : open ? new SymbolNode("set Z")
            : numbers[0] == Rational.Zero ? new SymbolNode("set N0")
            : numbers[0] == Rational.One ? new SymbolNode("set N")
            : node;
    }

    // z = e^{ikπ/2}, k = 0, 1, 2, 3: behind the first of its values only values follow.
    private static GroupNode? OfList(IReadOnlyList<Node> items)
    {
        var at = items.ToList().FindIndex(item => item is RelationNode
        {
            Signs: ['='], Sides:
            [SymbolNode { Name: "k" or "n" or "m" or "j" or "l" }, var first]
        } && Whole(first) is not null);
        if (at < 1 || at == items.Count - 1 || items.Skip(at + 1).Any(item => Whole(item) is null))
        {
            return null;
        }

        var (name, values) = ((SymbolNode)items[at].Children[0], items.Skip(at + 1).ToList());
        var heads = items.Take(at).ToList();
        values.Insert(0, items[at].Children[1]);
        return heads.TrueForAll(head => Calculus.Has(head, name.Name))
            ? new GroupNode(GroupNode.Bare, GroupNode.Bare, [.. heads.SelectMany(head =>
                Each(head, name, values)?.Items ?? [head])])
            : null;
    }

    private static GroupNode? Each(Node value, SymbolNode name, IReadOnlyList<Node> values) =>
        values.Count is > 0 and <= MostValues && Calculus.Has(value, name.Name)
        ? new GroupNode(GroupNode.Bare, GroupNode.Bare,
            [.. values.Select(each => Calculus.Replace(value, name.Name, each))])
        : null;

    private static bool AreConstants(IReadOnlyList<Node> values) =>
        values.All(value => value is not SymbolNode { Name: "..." } && Equality.Variables(value).Count == 0
            && !Equality.HasUnknown(value) && value is not (GroupNode or RelationNode or TextNode));

    private static Rational? Whole(Node node) => node switch
    {
        NumberNode { Value: { IsInteger: true } value } => value,
        ProductNode
        {
            Factors: [NumberNode { Value: { IsInteger: true } a }, NumberNode
            {
                Value: { IsInteger: true }
            b
            }]
        } => a * b,
        _ => null,
    };
}
