using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Congruences: the modulus counts.</summary>
internal sealed partial class Comparison
{
    private bool? SameCongruences(Node gold, Node answer)
    {
        Rule = "Congruences";
        var (a, b) = (Congruence(gold), Congruence(answer));
        if (a is not { } x || b is not { } y)
        {
            // The remainder alone does not say by what is divided; asked for the remainder alone, the rest is more.
            return a is { Name: not null } ? answer is RelationNode ? null : false
                : a is { } only && answer is not RelationNode ? Same(only.Value, answer)
                : b is { } other && gold is not RelationNode && other.Name is not SymbolNode { Name: Shapes.Bound }
                    ? Same(gold, other.Value)
                : null;
        }

        if (x.IsNot != y.IsNot)
        {
            return _equality.Same(x.Modulus, y.Modulus) is true && _equality.Same(x.Value, y.Value) is true
                ? false
                : null;
        }

        if (x.Name is not (null or SymbolNode { Name: Shapes.Bound })
            && y.Name is not (null or SymbolNode { Name: Shapes.Bound }) && x.Name.Canonical != y.Name.Canonical)
        {
            return Shapes.IsName(x.Name) && Shapes.IsName(y.Name) ? false
                : _equality.Same(x.Name, y.Name) is true ? SameRemainders(x.Value, y.Value, x.Modulus, y.Modulus)
                : null;
        }

        return SameRemainders(x.Value, y.Value, x.Modulus, y.Modulus);
    }

    private bool? SameRemainders(Node first, Node second, Node modulus, Node other) =>
        _equality.Same(modulus, other) is true
            ? _equality.Same(new CallNode("mod", [first, modulus]), new CallNode("mod", [second, other]))
            : false;

    private static (Node? Name, Node Value, Node Modulus, bool IsNot)? Congruence(Node node) => node switch
    {
        CallNode { Name: "congruence" or "incongruence", Arguments: [var name, var value, var modulus] } call =>
            (name, value, modulus, call.Name == "incongruence"),
        CallNode { Name: "residue", Arguments: [var value, var modulus] } => (null, value, modulus, false),
        _ => null,
    };
}
