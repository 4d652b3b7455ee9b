using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Formulas of matrices with transposes, (AB)^T beside B^T A^T: at matrices of numbers, since the order of factors
/// counts.
/// </summary>
internal static class Transposes
{
    private const int MostNames = 8;
    private const string Vectors = "xyuvw";

    // Small letters that may be numbers or vectors: only what holds for both is the same.
    private const string Either = "abdgpqrz";

    // A scalar has no fields but the first; the entries of a matrix stand row by row.
    private readonly record struct Entry(bool IsScalar, Rational A, Rational B, Rational C, Rational D);

    /// <summary>
    /// Whether two formulas agree; null where neither has a transpose, or one holds more than matrices.
    /// </summary>
    public static bool? Same(Node gold, Node answer)
    {
        HashSet<string> turned = [];
        Collect(gold, turned);
        Collect(answer, turned);
        var names = Equality.Variables(gold);
        names.UnionWith(Equality.Variables(answer));
        names.Remove("T");
        if (turned.Count == 0 || names.Count > MostNames || names.Any(name => name.Length != 1))
        {
            return null;
        }

        var same = Same(gold, answer, turned, names, "");
        return names.Any(name => Either.Contains(name[0]) && !turned.Contains(name))
            && same is true && Same(gold, answer, turned, names, Either) is not true ? false : same;
    }

    private static bool? Same(
        Node gold, Node answer, HashSet<string> turned, HashSet<string> names, string alsoVectors)
    {
        var seed = 1;
        Dictionary<string, Entry> values = [];
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            var isMatrix = char.IsAsciiLetterUpper(name[0]) || turned.Contains(name)
                || Vectors.Contains(name[0], StringComparison.Ordinal)
                || alsoVectors.Contains(name[0], StringComparison.Ordinal);
            // A vector is a column beside a column of zeros, so that x^T y is y^T x.
            values[name] = name == "I" ? new(false, 1, 0, 0, 1)
                : isMatrix && char.IsAsciiLetterLower(name[0]) ? new(false, 2 + seed, 0, (seed * seed) - 5, 0)
                : isMatrix ? new(false, 2 + seed, 3 * seed, (seed * seed) - 5, 7 - (4 * seed))
                : new(true, 11 + (3 * seed), 0, 0, 0);
            seed += 2;
        }

        return Of(gold, values) is { } a && Of(answer, values) is { } b ? a == b : null;
    }

    private static void Collect(Node node, HashSet<string> turned)
    {
        if (node is PowerNode { Exponent: SymbolNode { Name: "T" }, Base: var below })
        {
            turned.UnionWith(Equality.Variables(below));
        }

        foreach (var child in node.Children)
        {
            Collect(child, turned);
        }
    }

    private static Entry? Of(Node node, Dictionary<string, Entry> values) => node switch
    {
        NumberNode number => new(true, number.Value, 0, 0, 0),
        SymbolNode { Name: var name } => values.TryGetValue(name, out var value) ? value : null,
        SumNode sum => All(sum.Terms, values, (x, y) => x.IsScalar == y.IsScalar
            ? new(x.IsScalar, x.A + y.A, x.B + y.B, x.C + y.C, x.D + y.D)
            : null),
        ProductNode product => All(product.Factors, values, Times),
        PowerNode { Base: var below, Exponent: SymbolNode { Name: "T" } } => Of(below, values) is { } inside
            ? inside with { B = inside.C, C = inside.B }
            : null,
        PowerNode { Base: var below, Exponent: NumberNode { Value: { IsInteger: true } power } } =>
            Of(below, values) is { } inside ? Power(inside, power) : null,
        GroupNode { IsSet: false, Items: [var only] } => Of(only, values),
        _ => null,
    };

    private static Entry? All(IReadOnlyList<Node> nodes, Dictionary<string, Entry> values,
        Func<Entry, Entry, Entry?> join)
    {
        var all = Of(nodes[0], values);
        foreach (var node in nodes.Skip(1))
        {
            all = all is { } left && Of(node, values) is { } right ? join(left, right) : null;
        }

        return all;
    }

    private static Entry? Times(Entry x, Entry y) => x.IsScalar ? Scaled(y, x.A)
        : y.IsScalar ? Scaled(x, y.A)
        : new(false, (x.A * y.A) + (x.B * y.C), (x.A * y.B) + (x.B * y.D), (x.C * y.A) + (x.D * y.C),
            (x.C * y.B) + (x.D * y.D));

    private static Entry Scaled(Entry x, Rational by) => new(x.IsScalar, x.A * by, x.B * by, x.C * by, x.D * by);

    private static Entry? Power(Entry x, Rational power)
    {
        var whole = x.IsScalar ? x.A : (x.A * x.D) - (x.B * x.C);
        return power == 1 ? x
            : power == 2 ? Times(x, x)
            : power == -1 && whole.Sign != 0
                ? x.IsScalar ? new(true, Rational.One / whole, 0, 0, 0)
                    : new(false, x.D / whole, -x.B / whole, -x.C / whole, x.A / whole)
            : null;
    }
}
