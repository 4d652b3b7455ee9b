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

    /// <summary>
    /// Whether two sums with constants of integration run over the same functions: C_1 e^x + C_2 e^-x is
    /// A cosh x + B sinh x.
    /// </summary>
    /// <remarks>Each function of one must be a sum of those of the other, by a determinant at as many places.</remarks>
    public static bool AreSameSpan(Node gold, Node answer, Equality equality)
    {
        (gold, answer) = (WithoutPhase(gold), WithoutPhase(answer));
        var (all, others) = (Equality.Variables(gold), Equality.Variables(answer));
        var (names, found) = (Named(all), Named(others));
        if (names.Count != 2 || found.Count != 2
            || !(names.TrueForAll(name => IsUsual(name, gold)) || found.TrueForAll(name => IsUsual(name, answer)))
            || all.Except(names).ToList() is not [("x" or "t") and var x]
            || others.Except(found).ToList() is not [var y] || x != y
            || Basis(gold, names, equality) is not { } a || Basis(answer, found, equality) is not { } b)
        {
            return false;
        }

        var gap = Node.Difference(a[0], b[0]);
        return AreBound(a.Skip(1)) is false && AreBound(b.Skip(1)) is false
            && b.Skip(1).Append(gap).All(function => AreBound([.. a.Skip(1), function]) is true);

        bool? AreBound(IEnumerable<Node> functions)
        {
            var columns = functions.ToList();
            var rows = columns.Select((_, place) => columns.Select(function => equality.Approximate(
                Calculus.Replace(function, x, Node.Number(new Rational((5 * place) + 3, 7))))).ToList()).ToList();
            return rows.Exists(row => row.Contains(null)) ? null : IsZero(Determinant(rows));
        }
    }

    private static Rational Determinant(List<List<Rational?>> rows) => rows.Count == 1
        ? rows[0][0]!.Value
        : Enumerable.Range(0, rows.Count).Aggregate(Rational.Zero, (sum, column) => sum
            + ((column % 2 == 0 ? 1 : -1) * rows[0][column]!.Value * Determinant(
                [.. rows.Skip(1).Select(row => row.Where((_, i) => i != column).ToList())])));

    // Of numbers known to some fifty digits; what is neither is not known.
    private static bool? IsZero(Rational value) =>
        value.Abs().CompareTo(Rational.One / ((Rational)10).Pow(30)) < 0 ? true
        : value.Abs().CompareTo(Rational.One / ((Rational)10).Pow(12)) > 0 ? false : null;

    // A cos(2x - φ) runs over what A cos 2x + B sin 2x does.
    private static Node WithoutPhase(Node node)
    {
        var factors = node is ProductNode product ? product.Factors : [node];
        return factors.Count == 2 && factors.OfType<SymbolNode>().ToList() is [{ Name: "A" or "C" or "R" }]
            && factors.OfType<CallNode>().ToList() is [
                {
                    Name: "sin" or "cos", Arguments: [SumNode { Terms.Count: 2 }
                sum]
                }]
            && sum.Terms.Where(term => !IsPhase(term)).ToList() is [var angle]
            ? new SumNode([new ProductNode([new SymbolNode("A"), new CallNode("cos", [angle])]),
                new ProductNode([new SymbolNode("B"), new CallNode("sin", [angle])])])
            : node;
    }

    private static bool IsPhase(Node term) => term is SymbolNode
    { Name: "phi" or "varphi" or "delta" or "alpha" or "beta" or "theta" or "B" }
        || (term is ProductNode { Factors: [NumberNode { Value: var minus }, var name] } && minus == -1
            && IsPhase(name));

    // What is left without the constants, and what each of them multiplies; null where it is no such sum.
    private static List<Node>? Basis(Node node, List<string> names, Equality equality)
    {
        Node At(string? one) => names.Aggregate(node, (result, name) =>
            Calculus.Replace(result, name, Node.Number(name == one ? 1 : 0)));
        var rest = At(null);
        List<Node> basis = [rest, .. names.Select(name => Node.Difference(At(name), rest))];
        var sum = new SumNode([rest, .. names.Select((name, i) =>
            new ProductNode([new SymbolNode(name), basis[i + 1]]))]);
        return equality.Same(sum, node) is true ? basis : null;
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
