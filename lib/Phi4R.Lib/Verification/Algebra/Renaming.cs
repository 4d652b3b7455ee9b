using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Variables of one answer renamed to those of another.</summary>
internal static class Renaming
{
    /// <summary>
    /// A tuple with its one parameter called as that of the other, (s, 2s + 1) beside (t, 2t + 1); anything else as it
    /// is.
    /// </summary>
    public static Node OfParameter(Node gold, Node answer) => IsOfParameter(gold) && IsOfParameter(answer)
        ? Of(gold, answer)
        : answer;

    private static bool IsOfParameter(Node node) => node is GroupNode { Open: '(', Close: ')', Items.Count: > 1 }
        && Equality.Variables(node).ToList() is ["t" or "s" or "k" or "m" or "n" or "l"];

    // Without names that matter, variables are matched by the order in which they are written.
    public static Node Of(Node gold, Node answer)
    {
        var (names, others) = (Equality.Variables(gold).ToList(), Equality.Variables(answer).ToList());
        if (names.Count != others.Count)
        {
            return answer;
        }

        var result = answer;
        for (var i = 0; i < names.Count; i++)
        {
            result = Calculus.Replace(result, others[i], new SymbolNode("new " + names[i]));
        }

        foreach (var name in names)
        {
            result = Calculus.Replace(result, "new " + name, new SymbolNode(name));
        }

        return result;
    }
}
