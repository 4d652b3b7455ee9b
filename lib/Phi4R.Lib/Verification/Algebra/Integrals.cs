using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Integrals that no rule works out: of the same function between the same ends.</summary>
internal static class Integrals
{
    /// <summary>
    /// Whether both are integrals between the same ends whose functions agree, constant factors included; what is
    /// substituted or split is not seen.
    /// </summary>
    public static bool Same(Node gold, Node answer, Equality equality)
    {
        if (Of(gold) is not { } a || Of(answer) is not { } b)
        {
            return false;
        }

        var name = new SymbolNode("integrated");
        return a.Ends.Count == b.Ends.Count && a.Ends.Zip(b.Ends, equality.Same).All(same => same is true)
            && equality.Same(Calculus.Replace(a.Body, a.By, name), Calculus.Replace(b.Body, b.By, name)) is true;
    }

    // The factors before an integral are drawn into it.
    private static (Node Body, string By, IReadOnlyList<Node> Ends)? Of(Node node) => node switch
    {
        CallNode { Name: "integral", Arguments: [var body, SymbolNode { Name: var by }, var low, var high] } =>
            (body, by, [low, high]),
        ProductNode { Factors: var factors } when factors.Count(factor => factor is CallNode { Name: "integral" }) == 1
            && Of(factors.First(factor => factor is CallNode { Name: "integral" })) is { } inner
            && !factors.Any(factor => factor is not CallNode { Name: "integral" } && Calculus.Has(factor, inner.By)) =>
                (new ProductNode([.. factors.Where(factor => factor is not CallNode { Name: "integral" }), inner.Body]),
                    inner.By, inner.Ends),
        _ => null,
    };
}
