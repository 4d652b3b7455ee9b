using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Members of sets and entries of matrices.</summary>
internal sealed partial class Comparison
{
    // {1} is 1 where it is the whole answer; within a set it is another thing than 1.
    private bool? SameMembers(GroupNode a, GroupNode b)
    {
        if (_within == 0 && a.Items.Count == 1 != (b.Items.Count == 1)
            && (a.Items is [GroupNode { Open: '{' }] || b.Items is [GroupNode { Open: '{' }]))
        {
            return false; // {{1, 2}} and {1, 2}
        }

        _within += a.Open == '{' && b.Open == '{' ? 1 : 0;
        var same = SameItems(a.Items, b.Items);
        _within = Math.Max(0, _within - (a.Open == '{' && b.Open == '{' ? 1 : 0));
        return same;
    }

    private bool? SameItems(IReadOnlyList<Node> a, IReadOnlyList<Node> b)
    {
        if (a.Count > MaxItems || b.Count > MaxItems)
        {
            throw new BudgetException();
        }

        // What is written twice counts once, so every item must only find its like.
        bool? all = true;
        foreach (var (items, others, swapped) in ((IReadOnlyList<Node>, IReadOnlyList<Node>,
            bool)[])[(a, b, false), (b, a, true)])
        {
            foreach (var item in items)
            {
                bool? found = false;
                foreach (var other in others)
                {
                    var same = swapped ? Same(other, item) : Same(item, other);
                    if (same is true)
                    {
                        found = true;
                        break;
                    }

                    found = same is null ? null : found;
                }

                if (found is false)
                {
                    return false;
                }

                all = found is null ? null : all;
            }
        }

        return all;
    }

    private bool? SameMatrices(MatrixNode a, MatrixNode b)
    {
        Rule = "Matrices entry by entry";
        return a.Rows.Count == b.Rows.Count && a.Rows[0].Count == b.Rows[0].Count
            ? InOrder([.. a.Children], [.. b.Children])
            : false;
    }
}
