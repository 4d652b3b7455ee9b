using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Algebra;

/// <summary>Variables of one answer renamed to those of another.</summary>
internal static class Renaming
{
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
