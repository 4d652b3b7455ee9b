using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>What the same items, or the same letters, may still differ in: how often, and in which order.</summary>
internal static class Repeats
{
    /// <summary>
    /// Whether both lists repeat some items, but not the same ones as often (2, 2, 5 and 2, 5, 5), or both are the
    /// first capitals in an order of their own (CABD and ABCD), which is no product.
    /// </summary>
    public static bool Differ(Node gold, Node answer) => (gold, answer) switch
    {
        (GroupNode { Open: GroupNode.Bare, Items: var a }, GroupNode { Open: GroupNode.Bare, Items: var b }) =>
            Counted(a) is { } ours && Counted(b) is { } theirs && !ours.SequenceEqual(theirs, StringComparer.Ordinal),
        (ProductNode a, ProductNode b) => Letters(a) is { } ours && Letters(b) is { } theirs && ours != theirs
            && ours.Length == theirs.Length,
        _ => false,
    };

    // Numbers of which some are written more than once, in rising order; null for all else.
    private static List<string>? Counted(IReadOnlyList<Node> items)
    {
        List<string> values = [.. items.Select(item => item.Canonical).Order(StringComparer.Ordinal)];
        return items.All(item => Equality.Variables(item).Count == 0) && values.Distinct().Count() < values.Count
            ? values
            : null;
    }

    // A, B, C and so on without a gap, each once.
    private static string? Letters(ProductNode product)
    {
        var letters = product.Factors.All(factor => factor is SymbolNode { Name: [>= 'A' and <= 'Z'] })
            ? string.Concat(product.Factors.Select(factor => factor.Canonical))
            : "";
        return letters.Length > 3 && letters.Order().Select((letter, i) => letter == 'A' + i).All(next => next)
            ? letters
            : null;
    }
}
