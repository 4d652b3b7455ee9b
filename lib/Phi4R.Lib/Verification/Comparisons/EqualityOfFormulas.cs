using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Formulas at random points.</summary>
internal sealed partial class Equality
{
    private bool? SameFormulas(Node a, Node b, bool? wholePoints)
    {
        if (wholePoints is null && !Evaluator.IsProbed(a) && !Evaluator.IsProbed(b)
            && WholeNames(a, b) is { Count: > 0 and <= 3 } names)
        {
            return SameAtWholeNumbers(a, b, names);
        }

        var whole = wholePoints ?? (NeedsWhole(a) || NeedsWhole(b));
        var (agreed, tried) = (0, 0);
        var lonely = 0;
        for (var point = 0; tried < PointsTried && agreed < (whole ? 5 : PointsNeeded + 2); point++, tried++)
        {
            var (x, y) = (TryAt(a, point, whole), TryAt(b, point, whole));
            if (x is not { } left || y is not { } right)
            {
                lonely += x is null == y is null || Evaluator.IsProbed(a) || Evaluator.IsProbed(b) ? 0 : 1;
                continue;
            }

            if (Meet(left, right, Bits))
            {
                agreed++;
                continue;
            }

            if (IsOpen(a) || IsOpen(b))
            {
                return null; // the value of a limit or integral that no rule works out stands for anything
            }

            // On both sides of zero, roots and logarithms leave the real numbers by convention; there only real values
            // count.
            if (Points.IsPositive(point) || whole || (left.ToBall(Bits).MayBeReal && right.ToBall(Bits).MayBeReal))
            {
                return false;
            }
        }

        return agreed >= PointsNeeded
            ? lonely > agreed ? null : !whole && (HasSteps(a) || HasSteps(b)) ? SameFormulas(a, b, true) : true
            : lonely > 0 ? false : null;
    }

    // ⌈x⌉ and ⌊x + 1⌋ differ at whole numbers only, which no random point is.
    private static bool HasSteps(Node node) =>
        node is CallNode { Name: "floor" or "ceil" } || node.Children.Any(HasSteps);

    private static bool IsOpen(Node node) =>
        (node is CallNode call
            && (Evaluator.IsProbed(call)
                || (call.Name is "integral" or "derivative" && Calculus.Value(call) is null)))
                || node.Children.Any(IsOpen);

    private Value? TryAt(Node node, int point, bool whole)
    {
        try
        {
            return At(node, point, whole, Bits);
        }
        catch (UndefinedException)
        {
            return null;
        }
    }

    private static bool NeedsWhole(Node node) =>
        (!Evaluator.IsProbed(node) && node is CallNode
        {
            Name: "factorial" or "double factorial" or "binomial" or "mod" or "sum" or "prod"
            or "residue" or "gcd" or "lcm"
        } && Variables(node).Count > 0) || node.Children.Any(NeedsWhole);
}
