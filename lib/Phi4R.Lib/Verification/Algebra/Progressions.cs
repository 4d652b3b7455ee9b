namespace Phi4R.Verification.Algebra;

/// <summary>Lists of numbers with dots in them.</summary>
internal static class Progressions
{
    private const int MostItems = 200;

    /// <summary>
    /// The list with all its numbers where the dots stand between numbers of one arithmetic or geometric progression;
    /// else as it is.
    /// </summary>
    public static List<Node> Expanded(List<Node> items)
    {
        var dots = items.FindIndex(item => item is SymbolNode { Name: "..." });
        if (dots < 2 || dots >= items.Count - 1 || items[dots + 1] is not NumberNode { Value: var end }
            || !items.Take(dots).All(item => item is NumberNode))
        {
            return items;
        }

        var head = items.Take(dots).Select(item => ((NumberNode)item).Value).ToList();
        var between = Steps(head, end, (a, b) => b - a, (a, step) => a + step)
            ?? (dots >= 3 && head.TrueForAll(value => value.Sign != 0)
                ? Steps(head, end, (a, b) => b / a, (a, ratio) => a * ratio)
                : null);
        return between is null ? items : [.. items.Take(dots), .. between.Select(Node.Number), .. items.Skip(dots + 1)];
    }

    private static List<Rational>? Steps(List<Rational> head, Rational end, Func<Rational, Rational, Rational> step,
        Func<Rational, Rational, Rational> next)
    {
        var size = step(head[^2], head[^1]);
        if (head[^2] == head[^1] || !Enumerable.Range(1, head.Count - 1).All(i => step(head[i - 1], head[i]) == size))
        {
            return null;
        }

        List<Rational> between = [];
        for (var value = next(head[^1], size); between.Count < MostItems; value = next(value, size))
        {
            if (value == end)
            {
                return between;
            }

            between.Add(value);
        }

        return null;
    }
}
