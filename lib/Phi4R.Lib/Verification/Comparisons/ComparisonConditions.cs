using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Answers with conditions, and sets by a rule.</summary>
internal sealed partial class Comparison
{
    // An answer with conditions: parameters are renamed, then the values are compared, and what is said of them where
    // both say something.
    private bool? SameConditioned(Node gold, Node answer)
    {
        var (a, b) = (Conditions.Of(gold), Conditions.Of(answer));
        (a, b) = (a.Defined(b), b.Defined(a));
        var same = Same(a.Value, b.Value);
        if (same is not true)
        {
            b = Conditions.Renamed(a, b);
            same = Same(a.Value, b.Value);
        }

        if (same is not true)
        {
            return same;
        }

        Rule = "Conditions";
        if ((a.AreReal && b.AreCounted) || (b.AreReal && a.AreCounted))
        {
            return false; // all real x beside all whole ones
        }

        if (a.Fix(b) || b.Fix(a))
        {
            return false; // "y arbitrary" beside y = 0
        }

        var (any, other) = (a.AreReal, b.AreReal);
        (a, b) = (a.Telling(), b.Telling());
        if ((any && a.Items.Count == 0 && b.Bounds) || (other && b.Items.Count == 0 && a.Bounds))
        {
            return null; // any real k beside k > 0
        }

        (a, b) = (a.Counted(b), b.Counted(a));
        if (a.Items.Count > 0 && b.Items.Count > 0)
        {
            var alike = SameItems(a.Items, b.Items);
            return alike is false && a.Items.Concat(b.Items).Any(item => item is TextNode) ? null : alike;
        }

        return a.ChangeValue || b.ChangeValue ? null : true;
    }

    // {(t, t²) : t ∈ ℝ} is {(x, y) : y = x²}: the first place runs over all numbers.
    private bool IsGraph(CallNode points, CallNode set) => points.Arguments is
            [GroupNode { Open: '(', Items: [SymbolNode first, var second] }, RelationNode
            {
                Signs: ['∈'], Sides:
            [SymbolNode from, SymbolNode { Name: "set R" }]
            }]
        && first.Name == from.Name && Equality.Variables(second).IsSubsetOf([first.Name])
        && set.Arguments is [var place, RelationNode { Signs: ['='], Sides: [SymbolNode above, var rule] }]
        && (place is RelationNode
        {
            Signs: ['∈'], Sides: [var inside, PowerNode { Base: SymbolNode { Name: "set R" } }]
        }
            ? inside
            : place) is GroupNode { Open: '(', Items: [SymbolNode x, SymbolNode y] }
        && above.Name == y.Name && x.Name != y.Name && Equality.Variables(rule).IsSubsetOf([x.Name])
        && _equality.Same(Calculus.Replace(rule, x.Name, first), second) is true;

    private bool SameBuilders(CallNode gold, CallNode answer)
    {
        var a = Conditions.OfSet(gold);
        if (IsGraph(gold, answer) || IsGraph(answer, gold))
        {
            return true;
        }

        var b = Conditions.Renamed(a, Conditions.OfSet(answer));
        (a, b) = (a.Counted(b), b.Counted(a));
        return Same(a.Value, b.Value) is true && SameItems(a.Items, b.Items) is true;
    }
}
