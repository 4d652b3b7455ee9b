using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Constants of integration, which any letter may name: x² + C is x² + K.</summary>
internal static class Constants
{
    private const int Most = 3;

    /// <summary>
    /// The answer with its constants called as those of the reference, in each order; none where neither side has any.
    /// </summary>
    /// <remarks>One side must call them C, C_1, c_1 or add a c, and both must be about another variable, too.</remarks>
    public static IEnumerable<Node> Renamings(Node gold, Node answer)
    {
        var (all, others) = (Equality.Variables(gold), Equality.Variables(answer));
        var (names, found) = (Named(all), Named(others));
        if (names.Count is 0 or > Most || names.Count != found.Count
            || !(names.TrueForAll(name => IsUsual(name, gold)) || found.TrueForAll(name => IsUsual(name, answer)))
            || !all.Except(names).ToHashSet().SetEquals(others.Except(found)) || all.Count == names.Count)
        {
            return [];
        }

        return Orders(names).Select(order => Renamed(answer, found, order));
    }

    /// <summary>
    /// Whether two antiderivatives with a constant of their own differ by a number only: ln 2x + C and ln x + C.
    /// </summary>
    public static bool AreSameFamily(Node gold, Node answer, Equality equality)
    {
        if (Without(gold) is not { } a || Without(answer) is not { } b)
        {
            return false;
        }

        var gap = Node.Difference(a, b);
        return Equality.Variables(gap).ToList() is [var x] && ((int[])[2, 3]).All(factor => equality.Same(gap,
            Calculus.Replace(gap, x, new ProductNode([Node.Number(factor), new SymbolNode(x)]))) is true);
    }

    private static SumNode? Without(Node node) => node is SumNode { Terms: var terms }
        && terms.Count(IsAdded) == 1 ? new SumNode([.. terms.Where(term => !IsAdded(term))]) : null;

    private static bool IsAdded(Node term) => term is SymbolNode { Name: "C" or "c" or "K" };

    private static Node Renamed(Node node, List<string> from, List<string> to)
    {
        for (var i = 0; i < from.Count; i++)
        {
            node = Calculus.Replace(node, from[i], new SymbolNode("new " + to[i]));
        }

        return to.Aggregate(node, (result, name) => Calculus.Replace(result, "new " + name, new SymbolNode(name)));
    }

    private static List<string> Named(IEnumerable<string> names) =>
        [.. names.Where(IsName).Order(StringComparer.Ordinal)];

    private static bool IsName(string name) =>
        name is ['C' or 'K' or 'A' or 'B' or 'D' or 'c' or 'k']
            or ['C' or 'K' or 'A' or 'c' or 'k' or 'a', '_', >= '0' and <= '9'];

    private static bool IsUsual(string name, Node node) => name is "C" or ['C' or 'c', '_', _]
        || (name == "c" && node is SumNode sum && sum.Terms.Any(term => term is SymbolNode { Name: "c" }));

    private static IEnumerable<List<string>> Orders(List<string> names) => names.Count <= 1
        ? [names]
        : names.SelectMany(
            first => Orders([.. names.Where(name => name != first)]).Select(rest => (List<string>)[first, .. rest]));
}
