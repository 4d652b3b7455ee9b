namespace Phi4R.Verification.Algebra;

/// <summary>Sets by their rule that have few members: {2k : 1 ≤ k ≤ 4, k ∈ ℤ} is {2, 4, 6, 8}.</summary>
internal static class Enumerations
{
    private const int MostMembers = 60;

    /// <summary>The members one by one; null where they are not whole numbers between two bounds.</summary>
    public static GroupNode? Of(CallNode builder)
    {
        var (value, conditions) = (builder.Arguments[0], builder.Arguments.Skip(1).SelectMany(Parts).ToList());
        if (value is RelationNode { Signs: ['∈'], Sides: [SymbolNode inside, _] } element)
        {
            conditions.Add(element);
            value = inside;
        }

        if (conditions.Find(item => item is RelationNode
            {
                Signs: ['∈'], Sides: [SymbolNode, SymbolNode { Name: "set Z" or "set N" or "set N0" }]
            }) is not RelationNode { Sides: [SymbolNode { Name: var name }, SymbolNode { Name: var set }] } domain
            || Comparisons.Equality.Variables(value) is not { Count: 1 } names || !names.Contains(name))
        {
            return null;
        }

        Rational? low = set == "set N" ? 1 : set == "set N0" ? 0 : null;
        Rational? high = null;
        foreach (var item in conditions.Where(item => !ReferenceEquals(item, domain)))
        {
            if (item is not RelationNode relation)
            {
                return null;
            }

            for (var i = 0; i < relation.Signs.Count; i++)
            {
                var (left, right, sign) = (relation.Sides[i], relation.Sides[i + 1], relation.Signs[i]);
                if (sign is '>' or '≥')
                {
                    (left, right, sign) = (right, left, sign == '>' ? '<' : '≤');
                }

                var strict = sign == '<' ? 1 : 0;
                if (sign is '<' or '≤' && left is SymbolNode below && below.Name == name && Bound(right) is { } top)
                {
                    high = high is { } earlier && earlier.CompareTo(top - strict) < 0 ? earlier : top - strict;
                }
                else if (sign is '<' or '≤' && right is SymbolNode above && above.Name == name
                    && Bound(left) is { } bottom)
                {
                    low = low is { } earlier && earlier.CompareTo(bottom + strict) > 0 ? earlier : bottom + strict;
                }
                else
                {
                    return null;
                }
            }
        }

        return low is { } first && high is { } last && (last - first).CompareTo(0) >= 0
            && (last - first).CompareTo(MostMembers) < 0
            ? new GroupNode('{', '}', [.. Enumerable.Range(0, (int)(last - first).Numerator + 1)
                .Select(i => Calculus.Replace(value, name, Node.Number(first + i)))])
            : null;
    }

    private static IEnumerable<Node> Parts(Node node) => node switch
    {
        GroupNode { Open: GroupNode.Bare } list => list.Items,
        CallNode { Name: "and" } all => all.Arguments,
        _ => [node],
    };

    private static Rational? Bound(Node node) => node switch
    {
        NumberNode { Value: { IsInteger: true } value } => value,
        ProductNode
        {
            Factors: [NumberNode { Value: { IsInteger: true } a }, NumberNode { Value: { IsInteger: true } b }]
        } => a * b,
        _ => null,
    };
}
