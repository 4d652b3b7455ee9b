using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Formulas that only whole numbers make sense in, (-1)^n or cases of even and odd n: at many of them.
/// </summary>
internal sealed partial class Equality
{
    private const int WholeNeeded = 10;

    private static readonly int[] Wholes = [.. Enumerable.Range(1, 24), 97, 98, 255, 300];

    /// <summary>The names that can only stand for whole numbers: exponents of -1, and what is even or odd.</summary>
    public static HashSet<string> WholeNames(params ReadOnlySpan<Node> nodes)
    {
        HashSet<string> names = [];
        HashSet<string> free = [];
        foreach (var node in nodes)
        {
            CollectWhole(node, names);
            free.UnionWith(Variables(node));
        }

        if (nodes.Length > 1)
        {
            names.UnionWith(Stepped(nodes[0]).Intersect(Stepped(nodes[1]), StringComparer.Ordinal));
        }

        names.IntersectWith(free);
        return names;
    }

    // ⌈n/2⌉ beside ⌊(n+1)/2⌋: a letter that counts, where both sides cut it to a whole number.
    private static IEnumerable<string> Stepped(Node node) => node is CallNode { Name: "floor" or "ceil" }
        ? Variables(node).Where(name => name is "n" or "m" or "k" or "N")
        : node.Children.SelectMany(Stepped);

    private static void CollectWhole(Node node, HashSet<string> names)
    {
        switch (node)
        {
            case PowerNode { Base: NumberNode { Value.Sign: < 0 }, Exponent: var exponent }:
                names.UnionWith(Variables(exponent));
                break;
            case RelationNode { Signs: ['∈'], Sides: [SymbolNode name, TextNode] }:
                names.Add(name.Name);
                break;
            case CallNode { Name: "congruence" or "incongruence", Arguments: [SymbolNode name, ..] }:
                names.Add(name.Name);
                break;
        }

        foreach (var child in node.Children)
        {
            CollectWhole(child, names);
        }
    }

    // At even and odd numbers alike; a value on one side alone decides nothing.
    private bool? SameAtWholeNumbers(Node a, Node b, HashSet<string> names)
    {
        var order = names.Order(StringComparer.Ordinal).ToList();
        var agreed = new int[2];
        foreach (var number in Wholes)
        {
            var (x, y) = (AtWhole(a, number, order), AtWhole(b, number, order));
            if (x is null && y is null)
            {
                continue;
            }

            if (x is not { } left || y is not { } right)
            {
                return null;
            }

            if (!Meet(left, right, Bits))
            {
                return false;
            }

            agreed[number % 2]++;
        }

        return agreed.All(count => count >= WholeNeeded) ? true : null;
    }

    // The first name is the number; the others run through other numbers of both kinds.
    private Value? AtWhole(Node node, int number, List<string> names)
    {
        try
        {
            return new Evaluator(budget, Bits, number, name => names.IndexOf(name) switch
            {
                < 0 => Number(number % Points.Kinds, name, false),
                0 => Value.Of(number, Bits),
                var i => Value.Of((((number * ((2 * i) + 5)) + (number / 2)) % 23) + 1, Bits),
            }).Of(node);
        }
        catch (UndefinedException)
        {
            return null;
        }
    }
}
