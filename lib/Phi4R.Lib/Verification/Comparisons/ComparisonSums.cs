using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Sums that are written out with dots beside the sign for a sum: 1 + 1/2 + ⋯ + 1/n.</summary>
internal sealed partial class Comparison
{
    private const int TermsThatShowARule = 3;

    /// <summary>
    /// Whether one side writes out the terms of the other side's sum; null unless one has the sign and the other dots.
    /// </summary>
    private bool? SameWritten(Node gold, Node answer) => (gold, answer) switch
    {
        (CallNode { Name: "sum" } rule, SumNode terms) => IsWrittenOut(rule, terms.Terms),
        (SumNode terms, CallNode { Name: "sum" } rule) => IsWrittenOut(rule, terms.Terms),
        _ => null,
    };

    // At least three terms from the first on must be those of the rule, and behind the dots its last; else it cannot be
    // told.
    private bool? IsWrittenOut(CallNode rule, IReadOnlyList<Node> terms)
    {
        if (rule.Arguments is not
            [SymbolNode counted, NumberNode { Value: { IsInteger: true } first }, var end, var body]
            || terms.Count(term => term is SymbolNode { Name: "..." }) != 1)
        {
            return null;
        }

        var shown = terms.TakeWhile(term => term is not SymbolNode { Name: "..." }).ToList();
        var behind = terms.Skip(shown.Count + 1).ToList();
        if (shown.Count < TermsThatShowARule)
        {
            return null;
        }

        Rule = "The terms of a sum";
        var isEndless = end is SymbolNode { Name: "infinity" };
        return isEndless == (behind.Count == 0)
            && shown.Select((term, i) => _equality.Same(term, At(Node.Number(first + i)))).All(same => same is true)
            && behind.Select((term, i) => _equality.Same(term,
                At(Node.Difference(end, Node.Number(behind.Count - 1 - i))))).All(same => same is true);

        Node At(Node place) => Calculus.Replace(body, counted.Name, place);
    }
}
