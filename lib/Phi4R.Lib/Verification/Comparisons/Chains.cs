using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>Chains of equal sides that cannot hold: 2 = 1, 7 ≈ 8.</summary>
internal static class Chains
{
    /// <summary>The first two neighbors that are constants and not equal, as text; null where there are none.</summary>
    public static string? Broken(Node node, Equality equality, Budget budget)
    {
        if (node is CallNode { Name: "congruence" or "incongruence", Arguments: [var one, var other, var modulus] } call
            && IsConstant(one) && IsConstant(other) && IsConstant(modulus)
            && equality.Same(new CallNode("mod", [one, modulus]), new CallNode("mod", [other, modulus])) is { } holds
            && holds != (call.Name == "congruence"))
        {
            return $"{one.Canonical}≡{other.Canonical} mod {modulus.Canonical}";
        }

        if (node is RelationNode written)
        {
            // A determinant is compared by its value.
            var relation = !Matrices.HasMatrix(written) ? written
                : new RelationNode([.. written.Sides.Select(side => Matrices.Reduce(side, budget))], written.Signs);

            // Behind a name only plain values are held against each other: what stands between may be a slip of the
            // working.
            var named = !IsConstant(relation.Sides[0]);
            for (var i = named ? 1 : 0; i < relation.Signs.Count
                && (!named || relation.Sides.Skip(1).All(IsPlain)); i++)
            {
                var (left, right) = (relation.Sides[i], relation.Sides[i + 1]);
                if (relation.Signs[i] is '=' or '≈' && IsConstant(left) && IsConstant(right)
                    && equality.Same(left, right) is false
                    && !(relation.Signs[i] == '≈' && Rounds(left, right, equality)))
                {
                    return $"{left.Canonical}{relation.Signs[i]}{right.Canonical}";
                }
            }
        }

        return node is GroupNode or CallNode { Name: "and" or "or" or "implies" or Phrases.Given or Phrases.OnlyIf }
            ? node.Children.Select(child => Broken(child, equality, budget)).FirstOrDefault(found => found is not null)
            : null;
    }

    // A number, or one root, power or factorial of one: no working in which a slip may be let pass.
    private static bool IsPlain(Node side) => side is NumberNode
        or CallNode { Name: "root" or "factorial" } or PowerNode { Base: NumberNode, Exponent: NumberNode };

    private static bool IsConstant(Node node) => node is NumberNode or SumNode or ProductNode or PowerNode or CallNode
        && Equality.Variables(node).Count == 0 && !Equality.HasUnknown(node)
        && node is not CallNode { Name: "base" or "clock" or "degree" or "ratio" } && !Matrices.HasMatrix(node);

    // Within one part in a hundred, or what the last written digit leaves open.
    private static bool Rounds(Node left, Node right, Equality equality)
    {
        if (equality.Approximate(left) is not { } a || equality.Approximate(right) is not { } b)
        {
            return false;
        }

        var gap = (a - b).Abs();
        return (gap * 100).CompareTo(a.Abs()) <= 0 || (right is NumberNode number && gap.CompareTo(Open(number)) <= 0
            && (number.Places > 0 || (gap * 10).CompareTo(a.Abs()) <= 0));
    }

    private static Rational Open(NumberNode number)
    {
        if (number.Places > 0)
        {
            return Rational.One / ((Rational)10).Pow(number.Places);
        }

        var unit = Rational.One;
        while (number.Value.Sign != 0 && (number.Value / (unit * 10)).IsInteger)
        {
            unit *= 10;
        }

        return unit / 2;
    }
}
