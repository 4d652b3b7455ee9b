namespace Phi4R.Verification.Algebra;

/// <summary>Sums of tuples: (1, 0, 2) + t(1, 1, 1) is (1 + t, t, 2 + t).</summary>
internal static class Tuples
{
    /// <summary>The tuple that a sum of tuples and of their multiples is; null for any other sum.</summary>
    public static GroupNode? Sum(SumNode sum)
    {
        var parts = sum.Terms.Select(Multiple).ToList();
        if (parts.Exists(part => part is null) || parts.Select(part => part!.Count).Distinct().Count() != 1)
        {
            return null;
        }

        return new GroupNode('(', ')', [.. Enumerable.Range(0, parts[0]!.Count)
            .Select(i => (Node)new SumNode([.. parts.Select(part => part![i])]))]);
    }

    /// <summary>The tuple that a number times a tuple is, (3, 4)/5; null for all else.</summary>
    public static GroupNode? Scaled(Node node) => node is ProductNode { Factors: var factors }
        && factors.Count(factor => factor is GroupNode) == 1
        && factors.All(factor => factor is GroupNode || Comparisons.Equality.Variables(factor).Count == 0)
        && Multiple(node) is { } items ? new GroupNode('(', ')', items) : null;

    private static List<Node>? Multiple(Node term) => term switch
    {
        GroupNode { Open: '(', Close: ')', Items.Count: > 1 } tuple => [.. tuple.Items],
        ProductNode product when product.Factors.OfType<GroupNode>().ToList() is
            [{ Open: '(', Close: ')', Items.Count: > 1 } tuple] => [.. tuple.Items.Select(item =>
                (Node)new ProductNode([.. product.Factors.Where(factor => factor is not GroupNode), item]))],
        _ => null,
    };
}
