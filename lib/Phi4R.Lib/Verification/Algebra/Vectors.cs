namespace Phi4R.Verification.Algebra;

/// <summary>Vectors written as sums of the unit vectors i, j and k.</summary>
internal static class Vectors
{
    private static readonly string[] Names = ["i", "j", "k"];

    /// <summary>The name of a unit vector where it is dressed as one: a hat, an arrow, or bold.</summary>
    public static string Dressed(string letter) => "vec " + letter;

    /// <summary>
    /// The node with its letters i, j, k read as unit vectors where only the other side dresses them.
    /// </summary>
    public static Node Like(Node node, Node other) => Has(other) && !Has(node)
        ? Names.Aggregate(node, (result, name) => Calculus.Replace(result, name, new SymbolNode(Dressed(name))))
        : node;

    /// <summary>
    /// A binomial beside a pair or a vector as the column that it looks like, and a multiple of a tuple as a tuple.
    /// </summary>
    public static Node Column(Node node, Node other) => node switch
    {
        CallNode { Name: "binomial", Arguments: [var top, var below] } when other is
            GroupNode { Open: '(', Items.Count: 2 } or MatrixNode { Rows: [[_], [_]] }
            || Tuples.Scaled(other) is { Items.Count: 2 } || Components(other, 2) is not null =>
                new MatrixNode([[top], [below]]),
        ProductNode => Tuples.Scaled(node) ?? node,
        _ => node,
    };

    /// <summary>The coefficients of the unit vectors; null where there are none, or one more than asked for.</summary>
    public static IReadOnlyList<Node>? Components(Node node, int count)
    {
        node = Usual(node);
        if (!Has(node) || count is < 2 or > 3 || node is not (SymbolNode or SumNode or ProductNode or CallNode)
            || (count == 2 && Calculus.Has(node, Dressed("k"))))
        {
            return null;
        }

        return [
            .. Names.Take(count)
                .Select(
                    name =>
                        Names.Aggregate(node, (result, other) =>
                            Calculus.Replace(result, Dressed(other), Node.Number(other == name ? 1 : 0))))];
    }

    // \hat x, \mathbf e_x and e_1 beside coordinates are the unit vectors, too.
    private static Node Usual(Node node) => node switch
    {
        CallNode { Name: "named hat", Arguments: [SymbolNode { Name: ['x' or 'y' or 'z'] and var axis }] } =>
            new SymbolNode(Dressed(Names[axis[0] - 'x'])),
        SymbolNode { Name: ['e', '_', 'x' or 'y' or 'z'] and var axis } =>
            new SymbolNode(Dressed(Names[axis[2] - 'x'])),
        SymbolNode { Name: ['e', '_', '1' or '2' or '3'] and var axis } =>
            new SymbolNode(Dressed(Names[axis[2] - '1'])),
        SumNode sum => new SumNode([.. sum.Terms.Select(Usual)]),
        ProductNode product => new ProductNode([.. product.Factors.Select(Usual)]),
        _ => node,
    };

    private static bool Has(Node node) => Names.Any(name => Calculus.Has(node, Dressed(name)));
}
