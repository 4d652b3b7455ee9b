using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Lists, tuples and sets, item by item.</summary>
internal sealed partial class Comparison
{
    private bool? SameGroups(Node gold, Node answer)
    {
        (gold, answer) = (gold is SetOperationNode ? gold : Union(gold, answer),
            answer is SetOperationNode ? answer : Union(answer, gold));
        switch (gold, answer)
        {
            case (GroupNode { IsSet: true } a, GroupNode { IsSet: true } b)
                when Progressions.AreSame(a.Items, b.Items, Same):
                Rule = "Lists with dots";
                return true;
            case (GroupNode { Open: GroupNode.Bare } a, GroupNode { Open: GroupNode.Bare } b)
                when AreNamed(a.Items) != AreNamed(b.Items) && a.Items.Count == b.Items.Count
                    && !a.Items.Concat(b.Items).Any(item => item is CallNode or GroupNode):
                Rule = "Values of several names and a list in their order";
                return InOrder(a.Items, b.Items) is true ? true : SameMembers(a, b) is false ? false : null;
            case (GroupNode { IsSet: true } a, GroupNode { IsSet: true } b):
                Rule = "Items in any order";
                return SameMembers(a, b);
            case (GroupNode { IsSet: false } a, GroupNode { IsSet: false } b):
                Rule = "Items in order";
                return a.Items.Count == 2 && (a.Open != b.Open || a.Close != b.Close)
                    ? false
                    : InOrder(a.Items, b.Items);
            case (GroupNode { Open: '(', Close: ')' } a, GroupNode { Open: '{' } b) when b.Items.Count == a.Items.Count:
                Rule = "A tuple in braces";
                return InOrder(a.Items, b.Items);
            case (GroupNode { IsSet: true, Items: [var only] }, _) when only is GroupNode { IsSet: false }
                && _within == 0:
                return Same(only, answer);
            case (_, GroupNode { IsSet: true, Items: [var only] }) when only is GroupNode { IsSet: false }
                && _within == 0:
                return Same(gold, only);
            case (GroupNode { IsSet: true }, GroupNode { IsSet: false })
                or (GroupNode { IsSet: false }, GroupNode { IsSet: true }):
                return Kinds();
        }

        Rule = "Sets of real numbers";
        if (Relations.SameSets(gold, answer, _equality) is { } same)
        {
            return same;
        }

        return gold is SetOperationNode { Sign: '∪' or '∩' } p && answer is SetOperationNode q && p.Sign == q.Sign
            ? SameItems(Parts(p, p.Sign), Parts(q, q.Sign))
            : gold is SetOperationNode != answer is SetOperationNode ? false
            : null;
    }

    // A = 30, P = 22: of names apart the order counts, of x_1 and x_2 it does not.
    private static bool AreNamed(IReadOnlyList<Node> items) => items.Count > 1
        && items.All(item => item is RelationNode { Signs: ['='], Sides: [SymbolNode { Name.Length: 1 }, _] })
        && items.DistinctBy(item => item.Children[0].Canonical).Count() == items.Count;

    // (-∞, -1), (1, ∞) beside a union: no point has an end at infinity.
    private static Node Union(Node node, Node other) => other is SetOperationNode { Sign: '∪' }
        && node is GroupNode { Open: GroupNode.Bare, Items: { Count: > 1 } items }
        && items.All(item => item is GroupNode { Open: '(' or '[', Items.Count: 2 })
        && items.Any(item => item.Children.Any(end => Calculus.Has(end, "infinity")))
        ? items.Aggregate((left, right) => new SetOperationNode('∪', left, right))
        : node;

    private static List<Node> Parts(Node node, char sign) =>
        node is SetOperationNode operation && operation.Sign == sign
            ? [.. Parts(operation.Left, sign), .. Parts(operation.Right, sign)]
            : [node];

    private bool? InOrder(IReadOnlyList<Node> a, IReadOnlyList<Node> b)
    {
        if (a.Count != b.Count)
        {
            return false;
        }

        for (var i = 0; i < a.Count; i++)
        {
            if (Same(a[i], b[i]) is not true)
            {
                return Same(a[i], b[i]);
            }
        }

        return true;
    }
}
