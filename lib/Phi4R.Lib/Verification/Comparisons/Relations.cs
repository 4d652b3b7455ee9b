using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Equations and inequalities against each other and against sets.</summary>
internal static class Relations
{
    /// <summary>The one variable of a relation; null where it has none or several.</summary>
    public static string? OnlyVariable(Node node)
    {
        var names = Equality.Variables(node);
        return names.Count == 1 && !Equality.HasUnknown(node) ? names.First() : null;
    }

    /// <summary>
    /// Whether two equations have the same solutions: equal up to a factor, or each solved for a variable solves the
    /// other.
    /// </summary>
    public static bool? SameEquations(RelationNode a, RelationNode b, Equality equality)
    {
        var (f, g) = (Node.Difference(a.Sides[0], a.Sides[1]), Node.Difference(b.Sides[0], b.Sides[1]));
        if (equality.Ratio(f, g) is not null)
        {
            return true;
        }

        var shared = Equality.Variables(f);
        if (!shared.SetEquals(Equality.Variables(g)) || Equality.HasUnknown(f) || Equality.HasUnknown(g))
        {
            return false;
        }

        foreach (var variable in shared.Order(StringComparer.Ordinal))
        {
            if (Solved(f, variable, equality) is { } x && Solved(g, variable, equality) is { } y)
            {
                return equality.Same(x, y);
            }
        }

        return false;
    }

    /// <summary>Whether two inequalities, or chains of them, say the same.</summary>
    public static bool? SameInequalities(RelationNode a, RelationNode b, Equality equality)
    {
        if (a.Canonical == b.Canonical)
        {
            return true;
        }

        if (IsOrder(a) && IsOrder(b) && a.Signs.Count == 1 && b.Signs.Count == 1
            && IsStrict(a.Signs[0]) == IsStrict(b.Signs[0]) && (a.Signs[0] == '≠') == (b.Signs[0] == '≠'))
        {
            if (equality.Ratio(Below(a), Below(b)) is { } sign && (sign > 0 || a.Signs[0] == '≠'))
            {
                return true;
            }
        }

        if (!IsOrder(a) || !IsOrder(b))
        {
            return a.Signs.SequenceEqual(b.Signs) ? SameSides(a, b, equality) : IsOrder(a) != IsOrder(b) ? false : null;
        }

        if (SameSets(a, b, equality) is { } same)
        {
            return same;
        }

        var (p, q) = (Rising(a), Rising(b));
        if (p.Sides.Count != q.Sides.Count || !p.Signs.SequenceEqual(q.Signs))
        {
            return false;
        }

        return SameSides(p, q, equality);
    }

    private static bool IsOrder(RelationNode relation) =>
        relation.Signs.All(sign => sign is '<' or '>' or '≤' or '≥' or '≠');

    private static bool? SameSides(RelationNode p, RelationNode q, Equality equality)
    {
        bool? all = p.Sides.Count == q.Sides.Count;
        for (var i = 0; i < p.Sides.Count && all is true; i++)
        {
            all = equality.Same(p.Sides[i], q.Sides[i]);
        }

        return all;
    }

    /// <summary>
    /// Whether two descriptions of sets of real numbers give the same set; null where one cannot be worked out.
    /// </summary>
    public static bool? SameSets(Node a, Node b, Equality equality)
    {
        var (x, y) = (RealSet.Of(a, equality), RealSet.Of(b, equality));
        return (x, y) switch
        {
            ({ } first, { } second) => first.IsSame(second),
            ({ } set, null) => Probe(b, set, equality),
            (null, { } set) => Probe(a, set, equality),
            _ => null,
        };
    }

    private static bool IsStrict(char sign) => sign is '<' or '>';

    private static Node Below(RelationNode relation) => relation.Signs[0] is '<' or '≤' or '≠'
        ? Node.Difference(relation.Sides[0], relation.Sides[1])
        : Node.Difference(relation.Sides[1], relation.Sides[0]);

    private static RelationNode Rising(RelationNode relation) => relation.Signs.All(sign => sign is '>' or '≥')
        ? new([.. relation.Sides.Reverse()], [.. relation.Signs.Reverse().Select(sign => sign == '>' ? '<' : '≤')])
        : relation;

    // v = -f(0) / (f(1) - f(0)) where f is linear in v.
    private static Node? Solved(Node f, string variable, Equality equality)
    {
        var atZero = Calculus.Replace(f, variable, Node.Number(0));
        var slope = Node.Difference(Calculus.Replace(f, variable, Node.Number(1)), atZero);
        return equality.Same(new SumNode([atZero, new ProductNode([slope, new SymbolNode(variable)])]), f) is true
            && equality.Same(slope, Node.Number(0)) is false
            ? Node.Negative(Node.Quotient(atZero, slope))
            : null;
    }

    // A relation that is not linear is tried at the set's edges, close to them, and at many points of each gap.
    private static bool? Probe(Node relation, RealSet set, Equality equality)
    {
        var conditions = relation is CallNode { Name: "and" or "or" } joined ? joined.Arguments : [relation];
        var either = relation is CallNode { Name: "or" };
        if (conditions.Any(condition => condition is not RelationNode { Signs: var signs }
            || signs.Any(sign => sign is not ('<' or '>' or '≤' or '≥' or '≠')))
            || OnlyVariable(relation) is not { } variable)
        {
            return null;
        }

        if (set.Edges.Any(edge => edge.Exact is null && edge.Ball.Re.HasZero))
        {
            return null;
        }

        for (var i = 0; i <= set.Edges.Count; i++)
        {
            if (i < set.Edges.Count && Holds(set.Edges[i]) is var here && here != set.Points[i])
            {
                return here is null && !set.Points[i] ? Continue(i) : here is null ? null : false;
            }
        }

        return Continue(0);

        bool? Continue(int _)
        {
            for (var i = 0; i <= set.Edges.Count; i++)
            {
                foreach (var inside in Inside(set, i))
                {
                    var holds = Holds(inside) ?? false; // where a side has no real value the relation does not hold
                    if (holds != set.Gaps[i])
                    {
                        return false;
                    }
                }
            }

            return true;
        }

        bool? Holds(Value value)
        {
            bool? result = !either;
            foreach (var condition in conditions.Cast<RelationNode>())
            {
                for (var i = 0; i < condition.Signs.Count; i++)
                {
                    if (equality.SignAt(Node.Difference(condition.Sides[i], condition.Sides[i + 1]), variable,
                        value) is not { } sign)
                    {
                        return null;
                    }

                    var holds = condition.Signs[i] switch
                    {
                        '<' => sign < 0,
                        '>' => sign > 0,
                        '≤' => sign <= 0,
                        '≥' => sign >= 0,
                        _ => sign != 0,
                    };
                    result = either ? result is true || holds : result is true && holds;
                }
            }

            return result;
        }
    }

    private static IEnumerable<Value> Inside(RealSet set, int gap)
    {
        var low = gap > 0 ? Near(set.Edges[gap - 1]) : (Rational?)null;
        var high = gap < set.Edges.Count ? Near(set.Edges[gap]) : (Rational?)null;
        var from = low ?? (high ?? 0) - 1000;
        var to = high ?? (low ?? 0) + 1000;
        foreach (var share in (int[])[1, 7, 100, 3000, 5000, 7000, 9900, 9993, 9999])
        {
            yield return Value.Of(from + ((to - from) * new Rational(share, 10_000)), 192);
        }
    }

    private static Rational Near(Value value)
    {
        if (value.Exact is { } exact)
        {
            return exact;
        }

        var (whole, _) = value.Ball.Re.Fixed(64);
        return new Rational(whole, System.Numerics.BigInteger.One << 64);
    }
}
