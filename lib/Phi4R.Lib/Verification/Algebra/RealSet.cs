using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// A set of real numbers: breakpoints in rising order, and whether each gap between them and each of them belongs to
/// it.
/// </summary>
/// <param name="Edges">The breakpoints, n of them.</param>
/// <param name="Gaps">n + 1 flags, from below the first to above the last.</param>
/// <param name="Points">n flags.</param>
internal sealed record RealSet(IReadOnlyList<Value> Edges, IReadOnlyList<bool> Gaps, IReadOnlyList<bool> Points)
{
    private const int Bits = 192;

    public static RealSet Nothing { get; } = new([], [false], []);

    public static RealSet All { get; } = new([], [true], []);

    /// <summary>
    /// The set that an answer describes; null where it is no set of real numbers, or not one that can be worked out.
    /// </summary>
    public static RealSet? Of(Node node, Equality equality) => node switch
    {
        SymbolNode { Name: "set R" } => All,
        GroupNode { Open: '(' or '[', Items: [var low, var high] } interval =>
            Interval(low, high, interval.Open == '[', interval.Close == ']', equality),
        GroupNode { IsSet: true } set => Finite(set.Items, equality),
        SetOperationNode operation => Of(operation.Left, equality) is { } a && Of(operation.Right, equality) is { } b
            ? Merge(a, b, operation.Sign)
            : null,
        CallNode { Name: "and" or "or" } joined when Equality.Variables(joined).Count < 2 =>
            Joined(joined.Arguments, joined.Name == "and" ? '∩' : '∪', equality),
        CallNode
        {
            Name: "builder", Arguments: [SymbolNode
            or RelationNode { Signs: ['∈'], Sides: [_, SymbolNode { Name: "set R" }] }, var condition]
        } =>
                Of(condition, equality),
        RelationNode relation => OfRelation(relation, equality),
        _ => null,
    };

    public static RealSet? Joined(IReadOnlyList<Node> parts, char sign, Equality equality)
    {
        RealSet? whole = null;
        foreach (var part in parts)
        {
            if (Of(part, equality) is not { } set)
            {
                return null;
            }

            whole = whole is null ? set : Merge(whole, set, sign);
            if (whole is null)
            {
                return null;
            }
        }

        return whole;
    }

    public bool IsSame(RealSet other) => Merge(this, other, '△') is { } difference && difference.Gaps.All(gap => !gap)
        && difference.Points.All(point => !point);

    /// <summary>
    /// The union, intersection, difference, or symmetric difference (△); null where two edges are too close to order.
    /// </summary>
    public static RealSet? Merge(RealSet a, RealSet b, char sign)
    {
        List<Value> edges = [];
        List<bool> gaps = [Combine(a.Gaps[0], b.Gaps[0], sign)];
        List<bool> points = [];
        var (i, j) = (0, 0);
        while (i < a.Edges.Count || j < b.Edges.Count)
        {
            var order = i >= a.Edges.Count ? 1 : j >= b.Edges.Count ? -1 : Order(a.Edges[i], b.Edges[j]);
            if (order is not { } which)
            {
                return null;
            }

            edges.Add(which <= 0 ? a.Edges[i] : b.Edges[j]);
            points.Add(Combine(which <= 0 ? a.Points[i] : a.Gaps[i], which >= 0 ? b.Points[j] : b.Gaps[j], sign));
            i += which <= 0 ? 1 : 0;
            j += which >= 0 ? 1 : 0;
            gaps.Add(Combine(a.Gaps[i], b.Gaps[j], sign));
        }

        return new RealSet(edges, gaps, points);
    }

    private static bool Combine(bool a, bool b, char sign) =>
        sign switch { '∪' => a || b, '∩' => a && b, '△' => a != b, _ => a && !b };

    public static int? Order(Value a, Value b)
    {
        if (a.Exact is { } x && b.Exact is { } y)
        {
            return x.CompareTo(y);
        }

        if (Equality.Meet(a, b, Bits))
        {
            return 0;
        }

        var gap = Ball.Add(a.ToBall(Bits).Re, b.ToBall(Bits).Re.Negate(), Bits);
        return gap.IsPositive ? 1 : gap.IsNegative ? -1 : null;
    }

    private static RealSet? Interval(Node low, Node high, bool lowIn, bool highIn, Equality equality)
    {
        var below = IsInfinity(low, -1);
        var above = IsInfinity(high, 1);
        var from = below ? null : equality.Constant(low);
        var to = above ? null : equality.Constant(high);
        if ((from is null && !below) || (to is null && !above) || (below && lowIn) || (above && highIn))
        {
            return null;
        }

        if (from is { } bottom && to is { } top)
        {
            return Order(bottom, top) switch
            {
                < 0 => new([bottom, top], [false, true, false], [lowIn, highIn]),
                0 => lowIn && highIn ? new([bottom], [false, false], [true]) : Nothing,
                _ => null,
            };
        }

        return from is { } start
            ? new([start], [false, true], [lowIn])
            : to is { } end ? new([end], [true, false], [highIn])
            : All;
    }

    private static bool IsInfinity(Node node, int sign) => node is SymbolNode { Name: "infinity" } ? sign > 0
        : sign < 0
            && node is ProductNode { Factors: [NumberNode { Value: var value }, SymbolNode { Name: "infinity" }] }
            && value == -1;

    private static RealSet? Finite(IReadOnlyList<Node> items, Equality equality)
    {
        var set = Nothing;
        foreach (var item in items)
        {
            if (equality.Constant(item) is not { } value
                || Merge(set, new([value], [false, false], [true]), '∪') is not { } next)
            {
                return null;
            }

            set = next;
        }

        return set;
    }

    // Relations of one variable: membership, chains of inequalities, each linear in it.
    private static RealSet? OfRelation(RelationNode relation, Equality equality)
    {
        if (relation is { Signs: ['∈'], Sides: [SymbolNode, var set] })
        {
            return Of(set, equality);
        }

        if (Relations.OnlyVariable(relation) is not { } variable)
        {
            return null;
        }

        RealSet? whole = null;
        for (var i = 0; i < relation.Signs.Count; i++)
        {
            if (relation.Signs[i] == '<' && (IsInfinity(relation.Sides[i], -1) || IsInfinity(relation.Sides[i + 1], 1)))
            {
                whole ??= All; // 3 ≤ x < ∞
                continue;
            }

            if (Linear(Node.Difference(relation.Sides[i], relation.Sides[i + 1]), relation.Signs[i], variable,
                equality) is not { } part)
            {
                return null;
            }

            whole = whole is null ? part : Merge(whole, part, '∩');
            if (whole is null)
            {
                return null;
            }
        }

        return whole;
    }

    private static RealSet? Linear(Node difference, char sign, string variable, Equality equality)
    {
        if (sign is not ('<' or '>' or '≤' or '≥' or '≠' or '='))
        {
            return null;
        }

        Node At(int value) => Calculus.Replace(difference, variable, Node.Number(value));
        var atZero = At(0);
        var slope = Node.Difference(At(1), atZero);
        var line = new SumNode([atZero, new ProductNode([slope, new SymbolNode(variable)])]);
        if (equality.Same(line, difference) is not true || equality.Constant(slope) is not { } steepness
            || equality.Constant(Node.Negative(Node.Quotient(atZero, slope))) is not { } edge)
        {
            return null;
        }

        var rising = steepness.ToBall(Bits).Re.IsPositive;
        var above = sign is '>' or '≥' == rising;
        return sign == '=' ? new([edge], [false, false], [true])
            : sign == '≠' ? new([edge], [true, true], [false]) : new([edge], [!above, above], [sign is '≤' or '≥']);
    }
}
