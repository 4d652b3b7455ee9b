using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Equations, inequalities, conditions and implications against each other and against values.</summary>
internal sealed partial class Comparison
{
    private bool? SameRelations(Node gold, Node answer)
    {
        if (Joined(gold) is { } alternatives && Joined(answer) is { } otherwise)
        {
            Rule = "Equations in any order";
            return alternatives.Name == otherwise.Name ? SameItems(alternatives.Arguments, otherwise.Arguments) : false;
        }

        if (gold is RelationNode { Signs: ['='], Sides: [var name, var value] } a
            && answer is RelationNode { Signs: ['='], Sides: [var otherName, var otherValue] } b)
        {
            Rule = "Equations";
            if (name is CallNode { Arguments: [SymbolNode argument] } f
                && otherName is CallNode { Arguments: [SymbolNode letter] } g && f.Name == g.Name
                && argument.Name != letter.Name && !Equality.Variables(otherValue).Contains(argument.Name)
                && !Equality.Variables(value).Contains(letter.Name))
            {
                return Same(value, Calculus.Replace(otherValue, letter.Name, argument)); // f(x) = 2x beside f(t) = 2t
            }

            if (Shapes.IsName(name) && Shapes.IsName(otherName)
                && (name.Canonical == otherName.Canonical || IsFunctionOf(name, otherName)
                    || IsFunctionOf(otherName, name) || IsGraphOf(name, otherName, value)
                    || IsGraphOf(otherName, name, otherValue) || SameFunction(name, otherName, value, otherValue)))
            {
                return Same(value, otherValue);
            }

            return value is GroupNode or MatrixNode || otherValue is GroupNode or MatrixNode
                ? false
                : Relations.SameEquations(a, b, _equality);
        }

        if (gold is RelationNode { Signs: ['∈'], Sides: [var element, var set] }
            && answer is RelationNode { Signs: ['∈'], Sides: [var otherElement, var otherSet] })
        {
            Rule = "Elements of sets";
            var bothNames = Shapes.IsName(element) && Shapes.IsName(otherElement);
            return (bothNames
                ? element.Canonical == otherElement.Canonical
                : _equality.Same(element, otherElement)) is true ? Same(set, otherSet) : bothNames ? false : null;
        }

        if (Membership(gold) is { } inside && Membership(answer) is null)
        {
            return SameAsRelation(answer, inside, goldIsRelation: false);
        }

        if (Membership(answer) is { } within)
        {
            return SameAsRelation(gold, within, goldIsRelation: true);
        }

        Rule = "Inequalities";
        if (gold is CallNode parts && answer is CallNode others
            && (Equality.Variables(gold).Count > 1 || Equality.Variables(answer).Count > 1))
        {
            return parts.Name == others.Name ? SameItems(parts.Arguments, others.Arguments) : null;
        }

        if (config.Strict && !Equality.Variables(gold).SetEquals(Equality.Variables(answer))
            && Equality.Variables(gold).Count > 1 != Equality.Variables(answer).Count > 1)
        {
            return false; // x > 0 and y > 0 says more than x > 0
        }

        if (config.Strict && Relations.OnlyVariable(gold) is { } about && Relations.OnlyVariable(answer) is { } other
            && about != other && about != Shapes.Bound && other != Shapes.Bound)
        {
            return false; // x > 3 says nothing of y
        }

        return gold is RelationNode x && answer is RelationNode y && !x.Signs.Contains('=') && !y.Signs.Contains('=')
            ? Relations.SameInequalities(x, y, _equality)
            : gold is RelationNode { Signs: ['='] } || answer is RelationNode { Signs: ['='] }
                ? false
                : Relations.SameSets(gold, answer, _equality);
    }

    // y(x) = … beside y = …
    private static bool IsFunctionOf(Node call, Node name) =>
        call is CallNode { Arguments: [SymbolNode] } function && name is SymbolNode symbol
            && function.Name == symbol.Name;

    // f(x) = 2x + 1 beside y = 2x + 1
    private static bool IsGraphOf(Node call, Node name, Node value) =>
        call is CallNode
        {
            Name: "f" or "g" or "h" or "f^-1" or "g^-1" or "h^-1",
            Arguments: [SymbolNode { Name: var argument }],
        }
            && name is SymbolNode { Name: "y" } && Equality.Variables(value).Contains(argument);

    private static bool SameFunction(Node a, Node b, Node first, Node second) =>
        a is CallNode { Arguments: [SymbolNode] } f && b is CallNode { Arguments: [SymbolNode] } g && f.Name == g.Name
        && Equality.Variables(first).Count + Equality.Variables(second).Count == 0;

    private static Node? Membership(Node node) => node switch
    {
        RelationNode { Signs: ['∈'], Sides: [var name, var set] } when Shapes.IsName(name) => set,
        RelationNode { Signs: ['='], Sides: [var name, GroupNode or SetOperationNode] } relation
            when Shapes.IsName(name) => relation.Sides[1],
        _ => null,
    };

    // m + n = 7 and 100a + b = 7 name a number that was asked for; x + y = 7 is a line.
    private static bool IsSumOfNames(Node node) => node is SumNode { Terms.Count: > 1 } sum
        && sum.Terms.All(term => term is SymbolNode { Name: [>= 'a' and <= 's'] }
            or ProductNode { Factors: [NumberNode { Value.Sign: > 0 }, SymbolNode { Name: [>= 'a' and <= 's'] }] })
        && Equality.Variables(sum).Count == sum.Terms.Count;

    // f(2), -f(3): a value of an unknown function at a number.
    private static bool IsValueOf(Node term) => term is ProductNode { Factors: [NumberNode, var only] }
        ? IsValueOf(only)
        : term is CallNode { Arguments: [NumberNode] } call && Shapes.IsName(call);

    private bool? SameAsRelation(Node relation, Node other, bool goldIsRelation)
    {
        if (Membership(relation) is { } set)
        {
            return goldIsRelation ? Same(set, other) : Same(other, set);
        }

        // f(2) + f(3) = 5 + 10 = 15
        if (relation is RelationNode { Signs: var signs, Sides: [SumNode of, .., var last] steps }
            && signs.All(sign => sign == '=') && other is NumberNode && of.Terms.All(IsValueOf)
            && steps.Skip(1).All(step => _equality.Same(step, last) is true))
        {
            Rule = "The right side of an assignment";
            return goldIsRelation ? Same(last, other) : Same(other, last);
        }

        if (relation is RelationNode { Signs: ['=' or '≡'], Sides: [var name, var value] })
        {
            if (Computed(name, value) is { } holds)
            {
                Rule = holds ? "What stands before it is worked out" : "What stands before it has another value";
                return !holds ? false : goldIsRelation ? Same(value, other) : Same(other, value);
            }

            Rule = "The right side of an assignment";
            if (name is CallNode { Name: "ratio", Arguments: var inOrder } && other is CallNode { Name: "ratio" }
                && value is CallNode { Name: "ratio", Arguments: var shares } && shares.Count == inOrder.Count
                && inOrder.All(item => item is SymbolNode))
            {
                // a : c : b = 2 : 4 : 3 is 2 : 3 : 4, in the order of the names
                value = new CallNode("ratio", [.. inOrder.Zip(shares).OrderBy(pair => pair.First.Canonical,
                    StringComparer.Ordinal).Select(pair => pair.Second)]);
            }

            return Shapes.IsName(name) || IsRatioOfNames(name) || IsSumOfNames(name)
                || ((value is MatrixNode || other is MatrixNode)
                    && name is PowerNode { Base: SymbolNode { Name: [>= 'A' and <= 'Z'] } })
                || IsIdentity(relation, other)
                ? goldIsRelation ? Same(value, other) : Same(other, value)
                : false;
        }

        Rule = "Sets of real numbers";
        if (other is not (GroupNode or SetOperationNode or SymbolNode { Name: "set R" })
            || relation is RelationNode { Signs: ['='] })
        {
            return Kinds();
        }

        return !goldIsRelation && !config.AllowSetRelation && relation is not CallNode { Name: "builder" }
            ? false
            : Relations.SameSets(Named(relation), other, _equality);
    }

    // Whether a determinant, derivative or integral has the value that is written behind it; null where the left side
    // is none of them, or no rule works it out.
    private bool? Computed(Node left, Node value) => left switch
    {
        CallNode { Name: "integral", Arguments: [var body, SymbolNode { Name: var by }] } =>
            Calculus.Derivative(value, by) is { } slope && _equality.Same(slope, body) is false ? false : null,
        CallNode { Name: "integral" or "derivative" } call => Calculus.Value(call) is { } closed
            ? _equality.Same(closed, value)
            : null,
        _ when Matrices.HasMatrix(left) && Matrices.Reduce(left, budget) is var reduced
            && !Matrices.HasMatrix(reduced) => _equality.Same(reduced, value),
        _ => null,
    };

    // (a^3)^4 = a^12 beside a formula of a: what holds for all values says what its right side says.
    private bool IsIdentity(Node relation, Node other) =>
        relation is RelationNode { Signs: ['='], Sides: [var left, var right] }
        && other is not (GroupNode or RelationNode) && Equality.Variables(right).Count > 0
        && Equality.Variables(left).SetEquals(Equality.Variables(right)) && !Equality.HasUnknown(relation)
        && left.Canonical != right.Canonical && _equality.Same(left, right) is true;

    // a : b = 3 : 4, a : b : c = 1 : 2 : 3
    private static bool IsRatioOfNames(Node node) => node is CallNode { Name: "ratio", Arguments: var names }
        ? names.All(name => name is SymbolNode)
        : node is ProductNode
        {
            Factors: [SymbolNode, PowerNode { Base: SymbolNode, Exponent: NumberNode { Value: var minus } }]
        } && minus == -1;

    // 0 < f(x) < 1 is about f(x): the one unknown value becomes a variable.
    private static Node Named(Node relation)
    {
        if (relation is not RelationNode { Sides: var sides } chain
            || sides.Where(side => Equality.HasUnknown(side)).ToList() is not [CallNode unknown])
        {
            return relation;
        }

        return new RelationNode(
            [.. sides.Select(side => ReferenceEquals(side, unknown) ? new SymbolNode("value") : side)], chain.Signs);
    }

    // Equations that hold one or the other, or all at once, and are no list of values of one name.
    private static CallNode? Joined(Node node) => node is CallNode { Name: "and" or "or" } call
        && (call.Arguments.Any(item => item is RelationNode { Signs: ['='] })
            || call.Arguments.All(item => item is SymbolNode)) ? call : null;

    private bool? SameImplications(Node gold, Node answer)
    {
        Rule = "Implications";
        if (gold is CallNode { Name: "implies" } a && answer is CallNode { Name: "implies" } b)
        {
            return a.Arguments.Count == b.Arguments.Count ? InOrder(a.Arguments, b.Arguments) : null;
        }

        // Steps of a solution end in what they find.
        return gold is CallNode { Name: "implies" } steps
            ? Same(steps.Arguments[^1], answer)
            : Same(gold, ((CallNode)answer).Arguments[^1]);
    }

    // x = 1, y = 2 beside (x, y) = (1, 2), and both beside (1, 2), in the order of the names where no other is written.
    private bool? SameAssignments(Assignments gold, Assignments answer)
    {
        Rule = "Values of several names";
        return gold.Names.SequenceEqual(answer.Names, StringComparer.Ordinal)
            ? InOrder(gold.Values, answer.Values)
            : false;
    }

    // One case of a formula in cases: "otherwise" is not compared with what it leaves.
    private bool? SameBranches(IReadOnlyList<Node> gold, IReadOnlyList<Node> answer)
    {
        var value = Same(gold[0], answer[0]);
        var known = gold[1] is TextNode == answer[1] is TextNode;
        return value is true ? known ? Same(gold[1], answer[1]) : null : value;
    }
}
