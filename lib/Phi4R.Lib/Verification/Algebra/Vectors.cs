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

    /// <summary>The coefficients of the unit vectors; null where there are none, or one more than asked for.</summary>
    public static IReadOnlyList<Node>? Components(Node node, int count)
    {
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

    private static bool Has(Node node) => Names.Any(name => Calculus.Has(node, Dressed(name)));
}
