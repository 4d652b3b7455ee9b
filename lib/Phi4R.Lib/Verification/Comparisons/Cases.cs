using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Formulas in cases, roots by number, and other forms that the other side writes as one formula.</summary>
internal sealed partial class Comparison
{
    /// <summary>
    /// Cases beside a formula or other cases: at random points, and at every edge that a condition names.
    /// </summary>
    private bool? SameInCases(Node gold, Node answer)
    {
        var names = Equality.Variables(gold);
        names.UnionWith(Equality.Variables(answer));
        var whole = Equality.WholeNames(gold, answer).Count > 0;
        if ((names.Count != 1 && !whole) || HasWords(gold) || HasWords(answer))
        {
            return null;
        }

        Rule = whole
            ? "Cases at whole numbers, even and odd, and at their edges"
            : "Cases at random points and at their edges";
        var same = _equality.Same(gold, answer);
        if (same is not true || names.Count != 1)
        {
            return same;
        }

        var edges = Edges(gold).Concat(Edges(answer)).DistinctBy(edge => edge.Canonical)
            .Where(edge => !whole || edge is NumberNode { Value.IsInteger: true }).Take(20);
        foreach (var edge in edges)
        {
            var (a, b) = (Calculus.Replace(gold, names.First(), edge), Calculus.Replace(answer, names.First(), edge));
            if (_equality.Same(a, b) is not true and var other)
            {
                return other;
            }
        }

        return true;
    }

    private static bool HasWords(Node node) =>
        node is TextNode { Words: not ("otherwise" or "else") }
        || (!(node is RelationNode { Signs: ['∈'], Sides: [_, TextNode parity] } && Evaluator.IsParity(parity))
            && node.Children.Any(HasWords));

    private static IEnumerable<Node> Edges(Node node) => node is RelationNode relation
        ? relation.Sides.Where(side => side is not TextNode && Equality.Variables(side).Count == 0)
        : node is CallNode { Name: "piecewise" or "branch" or "and" or "or" } ? node.Children.SelectMany(Edges) : [];

    // x_1 = 1, x_2 = 2 beside x = 1 or x = 2, or beside 1, 2: numbered roots of one unknown.
    private static Node Numbered(Node node, Node other)
    {
        if (node is not GroupNode { IsSet: true, Items: { Count: > 1 } items }
            || !items.All(item => item is RelationNode
            {
                Signs: ['='], Sides: [SymbolNode { Name: [.., '_', >= '1' and <= '9'] }, _]
            }))
        {
            return node;
        }

        var name = ((SymbolNode)items[0].Children[0]).Name[..^2];
        var about = Equality.Variables(other);
        return items.All(item => ((SymbolNode)item.Children[0]).Name[..^2] == name)
            && !about.Any(letter => letter.Length > 2 && letter[^2] == '_')
            && (about.Count == 0 ? other is GroupNode { IsSet: true } : about.Contains(name))
            ? new GroupNode(GroupNode.Bare, GroupNode.Bare, [.. items.Select(item => other is GroupNode
                { IsSet: true, Items: [RelationNode, ..] }
                ? new RelationNode([new SymbolNode(name), item.Children[1]], ['='])
                : item.Children[1])])
            : node;
    }

    // P(2, -5) beside (2, -5): the capital names the point.
    private static Node Unnamed(Node node, Node other) => other is GroupNode { Open: '(' }
        && node is ProductNode { Factors: [SymbolNode { Name: [>= 'A' and <= 'Z'] }, GroupNode { Open: '(' } place] }
        ? place
        : node;

    // 2I_3 beside a matrix of three rows.
    private Node? WithIdentity(Node node, MatrixNode beside)
    {
        var side = beside.Rows.Count;
        if (node is MatrixNode || side != beside.Rows[0].Count)
        {
            return null;
        }

        var name = Calculus.Has(node, $"I_{side}") ? $"I_{side}" : "I";
        if (!Calculus.Has(node, name))
        {
            return null;
        }

        MatrixNode identity = new([.. Enumerable.Range(0, side).Select(row => (IReadOnlyList<Node>)
            [.. Enumerable.Range(0, side).Select(column => Node.Number(row == column ? 1 : 0))])]);
        return Matrices.Reduce(Calculus.Replace(node, name, identity), budget) is MatrixNode whole ? whole : null;
    }

    // Planck's constant over 2π where only one side writes ħ.
    private static Node Reduced(Node node, Node other) =>
        Calculus.Has(node, "hbar") && !Calculus.Has(other, "hbar") && Calculus.Has(other, "h")
        ? Calculus.Replace(node, "hbar", Node.Quotient(new SymbolNode("h"),
            new ProductNode([Node.Number(2), new SymbolNode("pi")])))
        : node;
}
