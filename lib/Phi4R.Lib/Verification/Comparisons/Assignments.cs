using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Names with the values given to them.</summary>
/// <param name="Names">In rising order, but for a tuple of names, whose order is its own.</param>
internal sealed record Assignments(IReadOnlyList<string> Names, IReadOnlyList<Node> Values, bool IsOrdered)
{
    /// <summary>What an answer gives values to; null where it is no assignment of at least two names.</summary>
    public static Assignments? Of(Node node)
    {
        if (node is RelationNode
            {
                Signs: ['='],
                Sides: [GroupNode { Open: '(', Items.Count: > 1 } names, GroupNode { Open: '(' or '{' } values],
            }
            && names.Items.Count == values.Items.Count && names.Items.All(Shapes.IsName))
        {
            return new([.. names.Items.Select(name => name.Canonical)], values.Items, true);
        }

        var parts = node switch
        {
            GroupNode { IsSet: true, Items: var items } => items,
            CallNode { Name: "and", Arguments: var all } => all,
            _ => [],
        };
        return parts.Count > 1
            && parts.All(part => part is RelationNode { Signs: ['='], Sides: [var name, _] } && Shapes.IsName(name))
            && parts.DistinctBy(part => part.Children[0].Canonical).Count() == parts.Count
            ? new Assignments([.. parts.Select(part => part.Children[0].Canonical)],
                [.. parts.Select(part => part.Children[1])], false).Sorted()
            : null;
    }

    /// <summary>Coordinates in the order of a point: (y, x) = (2, 3) is the point (3, 2).</summary>
    public Assignments Spatial() => Names.All(name => name is "x" or "y" or "z") ? Sorted() : this;

    /// <summary>The same in the rising order of names.</summary>
    public Assignments Sorted()
    {
        var order = Enumerable.Range(0, Names.Count).OrderBy(i => Names[i], StringComparer.Ordinal).ToList();
        return new([.. order.Select(i => Names[i])], [.. order.Select(i => Values[i])], IsOrdered);
    }
}
