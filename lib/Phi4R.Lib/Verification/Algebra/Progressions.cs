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

    /// <summary>1 + 3 + … + (2n - 1) as what it comes to; null where the terms show no one step.</summary>
    public static Node? Sum(List<Node> terms)
    {
        if (terms.Count < 4 || terms[^2] is not SymbolNode { Name: "..." } || !terms.Take(terms.Count - 2)
            .All(item => item is NumberNode))
        {
            return null;
        }

        var head = terms.Take(terms.Count - 2).Select(item => ((NumberNode)item).Value).ToList();
        var step = head[1] - head[0];
        if (step.Sign == 0 || !Enumerable.Range(1, head.Count - 1).All(i => head[i] - head[i - 1] == step)
            || !IsLinear(terms[^1]) || (terms[^1] is NumberNode { Value: var last }
                && (!((last - head[0]) / step).IsInteger || ((last - head[^1]) / step).Sign <= 0)))
        {
            return null;
        }

        var count = new SumNode([Node.Quotient(Node.Difference(terms[^1], Node.Number(head[0])), Node.Number(step)),
            Node.Number(1)]);
        return new ProductNode([count, new SumNode([Node.Number(head[0]), terms[^1]]),
            Node.Number(new Rational(1, 2))]);
    }

    /// <summary>
    /// 3 · 4 · 5 ⋯ 100 as what it comes to, 100!/2!, and 1 · 3 · 5 ⋯ (2n - 1) as a double factorial; any other term as
    /// it is.
    /// </summary>
    public static Node Product(Node term)
    {
        if (term is ProductNode { Factors: var all } && Falling(all) is { } from)
        {
            return new CallNode("factorial", [from]); // n(n-1) ⋯ 2 · 1
        }

        if (term is not ProductNode { Factors: { Count: >= 4 } factors }
            || factors[^2] is not SymbolNode { Name: "..." }
            || !factors.SkipLast(2).All(item => item is NumberNode { Value: { IsInteger: true, Sign: > 0 } })
            || !IsLinear(factors[^1]))
        {
            return term;
        }

        var head = factors.Take(factors.Count - 2).Select(item => ((NumberNode)item).Value).ToList();
        var step = head[1] - head[0];
        if (factors[^1] is NumberNode { Value: var end } && step == -1 && end.Sign > 0)
        {
            return Product(new ProductNode([Node.Number(end), Node.Number(end + 1), factors[^2], factors[0]]));
        }

        var name = step == 1 ? "factorial" : step == 2 ? "double factorial" : null;
        return name is null || !Enumerable.Range(1, head.Count - 1).All(i => head[i] - head[i - 1] == step)
            || (factors[^1] is NumberNode { Value: var last } && ((last - head[^1]).Sign <= 0
                || !((last - head[0]) / step).IsInteger))
            ? term
            : head[0].CompareTo(step) <= 0 ? new CallNode(name, [factors[^1]])
            : Node.Quotient(new CallNode(name, [factors[^1]]), new CallNode(name, [Node.Number(head[0] - step)]));
    }

    // n and n - 1 before the dots, and whole numbers down to 1 behind them.
    private static Node? Falling(IReadOnlyList<Node> factors)
    {
        var dots = Dots(factors);
        var last = factors.Skip(dots + 1).ToList();
        return dots > 1 && last.Count > 0 && factors[0] is SymbolNode { Name: "n" or "N" or "m" or "k" } name
            && factors.Take(dots).Select((factor, i) => i == 0
                || factor.Canonical == Node.Difference(name, Node.Number(i)).Canonical).All(alike => alike)
            && last.Select((factor, i) => factor is NumberNode { Value: var value } && value == last.Count - i)
                .All(alike => alike)
            ? name
            : null;
    }

    /// <summary>
    /// Whether two lists with dots are the same of which one writes more of its first terms: 1, 2, …, n and
    /// 1, 2, 3, …, n.
    /// </summary>
    public static bool AreSame(IReadOnlyList<Node> a, IReadOnlyList<Node> b, Func<Node, Node, bool?> same)
    {
        var (i, j) = (Dots(a), Dots(b));
        if (i < 1 || j < 1 || a.Count - i != b.Count - j
            || !a.Skip(i + 1).Zip(b.Skip(j + 1), same).All(alike => alike is true)
            || !a.Take(i).Zip(b.Take(j), same).All(alike => alike is true))
        {
            return false;
        }

        var head = (i > j ? a.Take(i) : b.Take(j)).ToList();
        return i == j || (head.TrueForAll(item => item is NumberNode)
            ? GoesOn([.. head.Select(item => ((NumberNode)item).Value)], Math.Min(i, j))
            : head.TrueForAll(item => Index(item) is not null && Index(item)!.Value.Name == Index(head[0])!.Value.Name)
                && Enumerable.Range(1, head.Count - 1).All(k =>
                    Index(head[k])!.Value.Place == Index(head[k - 1])!.Value.Place + 1));
    }

    private static int Dots(IReadOnlyList<Node> items)
    {
        var places = Enumerable.Range(0, items.Count).Where(k => items[k] is SymbolNode { Name: "..." }).ToList();
        return places is [var only] ? only : -1;
    }

    // x_1, x_2: the letter and its number.
    private static (string Name, int Place)? Index(Node node) =>
        node is SymbolNode { Name: var name } && name.Split('_') is [var letter, var digits]
            && int.TryParse(digits, System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out var place)
        ? (letter, place)
        : null;

    // One rule for all terms, which the first few show: equal steps by two, equal ratios or second steps by three.
    private static bool GoesOn(List<Rational> head, int shown)
    {
        bool Equal(IEnumerable<Rational> values) => values.Distinct().Count() == 1;
        var steps = head.Skip(1).Zip(head, (next, value) => next - value).ToList();
        return (shown >= 2 && Equal(steps))
            || (shown >= 3 && (Equal(steps.Skip(1).Zip(steps, (next, step) => next - step))
                || (head.TrueForAll(value => value.Sign != 0)
                    && Equal(head.Skip(1).Zip(head, (next, value) => next / value)))));
    }

    private static bool IsLinear(Node node) => node is NumberNode or SymbolNode { Name: "n" or "N" or "m" or "k" }
        || (node is ProductNode { Factors: [NumberNode, var name] } && IsLinear(name))
        || (node is SumNode { Terms: [var first, NumberNode] } && IsLinear(first));

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
