using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>Families whose sign alternates: x = (-1)^k π/6 + kπ is π/6 + 2kπ and -π/6 + (2k + 1)π.</summary>
internal sealed partial class Comparison
{
    private bool? SameAlternating(Node gold, Node answer)
    {
        var (a, b) = (Alternating(gold), Alternating(answer));
        if (a is null && b is null)
        {
            return null;
        }

        Rule = "Values in steps of an integer, whose sign alternates";
        return SameItems(a ?? Members(gold), b ?? Members(answer));
    }

    // The values of even and of odd parameters; null where no sign alternates.
    private static List<Node>? Alternating(Node node)
    {
        if (node is not CallNode { Name: Phrases.Given, Arguments: [var value, var domain] } || !IsFromIntegers(domain)
            || domain.Children[0] is not SymbolNode { Name: var name } || !HasSign(value, name))
        {
            return null;
        }

        var twice = new ProductNode([Node.Number(2), new SymbolNode(name)]);
        return
        [
            new CallNode(Phrases.Given, [Calculus.Replace(Signed(value, name, 1), name, twice), domain]),
            new CallNode(Phrases.Given,
                [Calculus.Replace(Signed(value, name, -1), name, new SumNode([twice, Node.Number(1)])), domain]),
        ];
    }

    // x = a + 2kπ or x = b + 2kπ, of integers k: each for itself.
    private static IReadOnlyList<Node> Members(Node node) =>
        node is CallNode { Name: Phrases.Given, Arguments: [GroupNode or CallNode { Name: "or" }, var domain] } given
            ? [.. given.Arguments[0].Children.Select(item => new CallNode(Phrases.Given, [item, domain]))]
            : [node];

    private static bool HasSign(Node node, string name) =>
        IsSign(node, name) || (node is SumNode or ProductNode or RelationNode
            && node.Children.Any(child => HasSign(child, name)));

    private static bool IsSign(Node node, string name) =>
        node is PowerNode { Base: NumberNode { Value: var value }, Exponent: SymbolNode exponent }
        && value == -1 && exponent.Name == name;

    private static Node Signed(Node node, string name, int sign) => node switch
    {
        _ when IsSign(node, name) => Node.Number(sign),
        SumNode sum => new SumNode([.. sum.Terms.Select(term => Signed(term, name, sign))]),
        ProductNode product => new ProductNode([.. product.Factors.Select(factor => Signed(factor, name, sign))]),
        RelationNode relation =>
            new RelationNode([.. relation.Sides.Select(side => Signed(side, name, sign))], relation.Signs),
        _ => node,
    };
}
