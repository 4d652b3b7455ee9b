namespace Phi4R.Verification.Algebra;

/// <summary>Arithmetic of matrices whose entries are expressions.</summary>
internal static class Matrices
{
    private const int MaxSide = 12;

    /// <summary>Carries out the sums, products, powers and determinants of matrices in an expression.</summary>
    public static Node Reduce(Node node, Budget budget)
    {
        budget.Spend();
        switch (node)
        {
            case SumNode sum when sum.Terms.Any(HasMatrix):
                return sum.Terms.Select(term => Reduce(term, budget)).Aggregate(Add);
            case ProductNode product when product.Factors.Any(HasMatrix):
                return product.Factors.Select(factor => Reduce(factor, budget))
                    .Aggregate((a, b) => Multiply(a, b, budget));
            case PowerNode { Exponent: NumberNode { Value: { IsInteger: true, Sign: > 0 } exponent } } power
                when HasMatrix(power.Base) && exponent.Numerator <= 64:
                var matrix = Reduce(power.Base, budget);
                if (!matrix.Children.All(entry => entry is NumberNode)
                    && (exponent.Numerator > 4
                        || Math.Pow(matrix.Children.Count, ((int)exponent.Numerator - 1) / 2.0) > 300))
                {
                    return node; // entries that are formulas would grow without bound
                }

                return Enumerable.Repeat(matrix, (int)exponent.Numerator).Aggregate((a, b) => Multiply(a, b, budget));
            case PowerNode { Exponent: NumberNode { Value: var exponent } } power when exponent == -1
                && Reduce(power.Base, budget) is MatrixNode { Rows: { Count: <= 4 } rows }
                && rows.Count == rows[0].Count:
                return Inverse(rows, budget);
            case CallNode { Name: "det" or "abs", Arguments: [var inside] } when HasMatrix(inside)
                && Reduce(inside, budget) is MatrixNode square && square.Rows.Count == square.Rows[0].Count
                && square.Rows.Count <= 5:
                return Determinant([.. square.Rows.Select(row => row.ToList())], budget);
            default:
                return node;
        }
    }

    /// <summary>Whether a matrix stands anywhere in an expression.</summary>
    public static bool HasMatrix(Node node) => node is MatrixNode || node.Children.Any(HasMatrix);

    /// <summary>The matrix that a list of rows, [[1, 2], [3, 4]], writes; null where it is none.</summary>
    public static MatrixNode? FromLists(GroupNode list) =>
        list.Items.All(row => row is GroupNode { Open: '[' } group && group.Items.Count == list.Items[0].Children.Count)
        ? new MatrixNode([.. list.Items.Select(row => row.Children)])
        : null;

    // Cofactors over the determinant.
    private static MatrixNode Inverse(IReadOnlyList<IReadOnlyList<Node>> rows, Budget budget)
    {
        var whole = Determinant([.. rows.Select(row => row.ToList())], budget);
        return new MatrixNode(
            [.. Enumerable.Range(0, rows.Count)
                .Select(i => (IReadOnlyList<Node>)[.. Enumerable.Range(0, rows.Count).Select(j => Node.Quotient(
            rows.Count == 1
                ? Node.Number(1)
                : new ProductNode(
                    [Node.Number((i + j) % 2 == 0 ? 1 : -1),
                        Determinant(
                            [.. rows.Where((_, r) => r != j).Select(row => row.Where((_, c) => c != i).ToList())],
                            budget)]), whole))])]);
    }

    private static Node Add(Node a, Node b) =>
        a is MatrixNode x && b is MatrixNode y && x.Rows.Count == y.Rows.Count && x.Rows[0].Count == y.Rows[0].Count
        ? new MatrixNode(
            [.. x.Rows.Zip(y.Rows, (p, q) => (IReadOnlyList<Node>)[.. p.Zip(q, (s, t) => (Node)new SumNode([s, t]))])])
        : new SumNode([a, b]);

    private static Node Multiply(Node a, Node b, Budget budget)
    {
        if (a is MatrixNode x && b is MatrixNode y)
        {
            if (x.Rows[0].Count != y.Rows.Count || x.Rows.Count > MaxSide || y.Rows[0].Count > MaxSide)
            {
                return new ProductNode([a, b]);
            }

            budget.Spend(x.Rows.Count * y.Rows.Count * y.Rows[0].Count);
            return new MatrixNode(
                [.. x.Rows.Select(row =>
                    (IReadOnlyList<Node>)[.. Enumerable.Range(0, y.Rows[0].Count)
                        .Select(column => Entry(row, y, column))])]);
        }

        return (a, b) switch
        {
            (MatrixNode matrix, _) => Scale(matrix, b),
            (_, MatrixNode matrix) => Scale(matrix, a),
            _ => new ProductNode([a, b]),
        };
    }

    private static Node Entry(IReadOnlyList<Node> row, MatrixNode right, int column) =>
        Folded(new SumNode([.. row.Select((entry, k) => Folded(new ProductNode([entry, right.Rows[k][column]])))]));

    private static Node Folded(Node node) => node.Children.All(child => child is NumberNode { Value.Bits: < 4000 })
        ? Node.Number(node is SumNode
            ? node.Children.Aggregate(Rational.Zero, (sum, child) => sum + ((NumberNode)child).Value)
            : node.Children.Aggregate(Rational.One, (product, child) => product * ((NumberNode)child).Value))
        : node;

    private static MatrixNode Scale(MatrixNode matrix, Node factor) =>
        new([
            .. matrix.Rows.Select(row =>
                (IReadOnlyList<Node>)[.. row.Select(entry => (Node)new ProductNode([factor, entry]))])]);

    private static Node Determinant(List<List<Node>> rows, Budget budget)
    {
        budget.Spend();
        if (rows.Count == 1)
        {
            return rows[0][0];
        }

        return new SumNode([.. rows[0].Select((entry, column) => (Node)new ProductNode(
        [
            Node.Number(column % 2 == 0 ? 1 : -1),
            entry,
            Determinant([.. rows.Skip(1).Select(row => row.Where((_, i) => i != column).ToList())], budget),
        ]))]);
    }
}
