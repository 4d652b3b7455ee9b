using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>Whole numbers that a rule picks out, one by one: x ∈ ℤ with |x| ≤ 2 is {-2, -1, 0, 1, 2}.</summary>
internal sealed partial class Comparison
{
    private const int FarthestTried = 150;
    private const int FarthestMember = 100;

    /// <summary>Whether one side lists what the other has a rule for; null where neither does.</summary>
    private bool? SameRuled(Node gold, Node answer)
    {
        var (listed, rule) = gold is GroupNode { IsSet: true } && Listed(gold) is { } ours ? (ours, answer)
            : answer is GroupNode { IsSet: true } && Listed(answer) is { } theirs ? (theirs, gold)
            : (null, null);
        if (listed is null || rule is null || Ruled(rule) is not { } members)
        {
            return null;
        }

        Rule = "Whole numbers that a rule picks out";
        return members.SetEquals(listed);
    }

    private HashSet<System.Numerics.BigInteger>? Listed(Node set)
    {
        var values = set.Children.Select(item => WholeValue(item is RelationNode
        {
            Signs: ['='], Sides:
            [SymbolNode, var value]
        } ? value : item)).ToList();
        return values.Count == 0 || values.Contains(null) ? null : [.. values.Select(value => value!.Value)];
    }

    // The whole numbers for which every relation holds, where none is far from zero.
    private HashSet<System.Numerics.BigInteger>? Ruled(Node rule)
    {
        var parts = Said(rule).ToList();
        if (parts.Find(part => part is RelationNode
            {
                Signs: ['∈'], Sides: [SymbolNode, SymbolNode
                {
                    Name: "set Z" or "set N" or "set N0"
                }]
            }) is not RelationNode { Sides: [SymbolNode { Name: var name }, SymbolNode { Name: var from }] } domain
            || parts.Count < 2 || parts.Exists(part => part is not RelationNode
                || (!ReferenceEquals(part, domain) && (!IsOrdered(part) || !Equality.Variables(part).SetEquals([name])
                    || Equality.HasUnknown(part)))))
        {
            return null;
        }

        HashSet<System.Numerics.BigInteger> members = [];
        for (var number = from == "set Z" ? -FarthestTried : from == "set N" ? 1 : 0; number <= FarthestTried; number++)
        {
            var holds = parts.Where(part => !ReferenceEquals(part, domain)).Cast<RelationNode>()
                .Select(part => Holds(part, name, number)).ToList();
            if (holds.Contains(null) || (!holds.Contains(false) && Math.Abs(number) > FarthestMember))
            {
                return null;
            }

            if (!holds.Contains(false))
            {
                members.Add(number);
            }
        }

        return members;
    }

    private static IEnumerable<Node> Said(Node rule) => rule switch
    {
        GroupNode { IsSet: true } or CallNode { Name: "and" or "builder" or Phrases.Given } =>
            rule.Children.SelectMany(Said),
        _ => [rule],
    };

    private static bool IsOrdered(Node part) => part is RelationNode { Signs: var signs }
        && signs.All(sign => sign is '<' or '>' or '≤' or '≥' or '≠');

    private bool? Holds(RelationNode relation, string name, int number)
    {
        for (var i = 0; i < relation.Signs.Count; i++)
        {
            if (_equality.SignAt(Node.Difference(relation.Sides[i], relation.Sides[i + 1]), name,
                Algebra.Value.Of(number, 192)) is not { } sign)
            {
                return null;
            }

            if (!(relation.Signs[i] switch
            {
                '<' => sign < 0,
                '>' => sign > 0,
                '≤' => sign <= 0,
                '≥' => sign >= 0,
                _ => sign != 0,
            }))
            {
                return false;
            }
        }

        return true;
    }
}
