using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>The rules by which two readings are compared, and which one decided.</summary>
internal sealed partial class Comparison(VerifierConfig config, Budget budget)
{
    private const int MaxItems = 200;
    private readonly Equality _equality = new(config, budget);
    private int _within; // braces of sets around what is compared

    /// <summary>The rule that decided, as the start of a sentence.</summary>
    public string Rule { get; private set; } = "Values";

    /// <summary>Whether they are the same; null where it cannot be told.</summary>
    public bool? Same(Reading gold, Reading answer)
    {
        if (Chains.Broken(answer.Root, _equality, budget) is { } broken)
        {
            Rule = $"The answer says {broken}, which does not hold";
            return false;
        }

        if (Chains.Broken(gold.Root, _equality, budget) is { } wrong)
        {
            Rule = $"The reference says {wrong}, which does not hold";
            return null;
        }

        if (Repeats.Differ(gold.Root, answer.Root))
        {
            Rule = "What is written twice, or the order of letters";
            return false;
        }

        var (a, b) = (Shapes.Normalize(gold.Root, budget), Shapes.Normalize(answer.Root, budget));
        if (Transposes.Same(a, b) is { } turned)
        {
            Rule = "Matrices with transposes, whose order counts";
            return turned;
        }

        if (a.Canonical == b.Canonical && !config.Ordered)
        {
            Rule = "The same form";
            return true;
        }

        var (time, other) = (a as CallNode, b as CallNode);
        if (time?.Name == "clock" || other?.Name == "clock")
        {
            Rule = "Times of day";
            if (time?.Name == other?.Name || gold.IsRatio || answer.IsRatio)
            {
                return time?.Name == other?.Name && Calendar.Same(time!, other!);
            }

            // A ratio that looks like a time of day, beside what is none: 9:16 and 9/16.
            a = time?.Name == "clock" ? Calendar.Ratio(time) : a;
            b = other?.Name == "clock" ? Calendar.Ratio(other) : b;
        }

        if (config.Ordered && a is GroupNode { Open: GroupNode.Bare } listed
            && b is GroupNode { Open: GroupNode.Bare } answered)
        {
            Rule = "Items in the order that is asked for";
            return InOrder(listed.Items, answered.Items);
        }

        if ((SameLattices(a, b) ?? SameFamilies(OfWholeSteps(a, b), OfWholeSteps(b, a))) is { } families)
        {
            return families;
        }

        b = Renaming.OfParameter(a, b);
        (a, b) = (Vectors.Like(a, b), Vectors.Like(b, a));
        (a, b) = (Reduced(a, b), Reduced(b, a));
        if (gold.Root is NumberNode { Places: > 0 and var places }
            && answer.Root is RelationNode { Signs: [.., '≈'], Sides: [.., NumberNode { Places: var given } rounded] }
            && given >= places
            && Same(gold.Root, rounded) is true)
        {
            Rule = "The reference is rounded, and so is the answer";
            return true;
        }

        return Same(a, config.Strict ? b : Renaming.Of(a, b));
    }

    private bool? Same(Node gold, Node answer)
    {
        budget.Spend();
        if (gold.Canonical == answer.Canonical)
        {
            return true;
        }

        if (gold is CallNode { Name: "implies" } || answer is CallNode { Name: "implies" })
        {
            return SameImplications(gold, answer);
        }

        (gold, answer) = gold is SymbolNode ? (gold, Parameters.Domain(answer))
            : answer is SymbolNode ? (Parameters.Domain(gold), answer)
            : (gold, answer);
        if (SameWritten(gold, answer) is { } written)
        {
            return written;
        }

        if (SameFamilies(gold, answer) is { } steps)
        {
            return steps;
        }

        if (Periodic.Same(gold, answer) is { } numbers)
        {
            Rule = "Whole numbers by their remainders";
            return numbers;
        }

        if (SameRuled(gold, answer) is { } members)
        {
            return members;
        }

        if (Congruence(gold) is not null || Congruence(answer) is not null)
        {
            return SameCongruences(gold, answer);
        }

        (gold, answer) = (Numbered(gold, answer), Numbered(answer, gold));
        (gold, answer) = (Unnamed(gold, answer), Unnamed(answer, gold));
        (gold, answer) = (Vectors.Column(gold, answer), Vectors.Column(answer, gold));
        var (names, others) = (Assignments.Of(gold), Assignments.Of(answer));
        if (names is not null && others is not null)
        {
            return SameAssignments(names.Sorted(), others.Sorted());
        }

        if ((names is not null && answer is GroupNode { Open: '(', Close: ')' })
            || (others is not null && gold is GroupNode { Open: '(', Close: ')' }))
        {
            Rule = "Values of several names and a tuple";
            return InOrder(names?.Spatial().Values ?? gold.Children, others?.Spatial().Values ?? answer.Children);
        }

        if ((gold is TextNode && Membership(answer) is TextNode)
            || (answer is TextNode && Membership(gold) is TextNode))
        {
            return Same(Membership(gold) ?? gold, Membership(answer) ?? answer); // "odd" beside "n is odd"
        }

        if (gold is TextNode || answer is TextNode)
        {
            (gold, answer) = (Endless(gold), Endless(answer));
            Rule = "Words";
            return Letters(gold) is { } first && Letters(answer) is { } second
                && (first == second || Verdicts.Same(gold, answer));
        }

        (gold, answer) = (Decimal(gold, answer), Decimal(answer, gold));
        if (Based(gold) is not null || Based(answer) is not null)
        {
            Rule = "Numbers with bases";
            return Based(gold) is { } x && Based(answer) is { } y ? _equality.Same(x, y) : false;
        }

        return (gold, answer) switch
        {
            (CallNode { Name: Phrases.Given or Phrases.OnlyIf }, _)
                or (_, CallNode { Name: Phrases.Given or Phrases.OnlyIf }) => SameConditioned(gold, answer),
            (CallNode { Name: "piecewise" } a, CallNode { Name: "piecewise" } b) =>
                SameItems(a.Arguments, b.Arguments) is true ? true : SameInCases(a, b),
            (CallNode { Name: "piecewise" }, not (RelationNode or GroupNode or MatrixNode or QuantityNode))
                or (not (RelationNode or GroupNode or MatrixNode or QuantityNode), CallNode { Name: "piecewise" }) =>
                    SameInCases(gold, answer),
            (CallNode { Name: "branch" } a, CallNode { Name: "branch" } b) => SameBranches(a.Arguments, b.Arguments),
            (CallNode { Name: "builder" } a, CallNode { Name: "builder" } b) when SameBuilders(a, b) => true,
            (CallNode { Name: "or" } either, GroupNode { Open: '{' } set) when Joined(either) is not null =>
                SameItems(either.Arguments, set.Items),
            (GroupNode { Open: '{' } set, CallNode { Name: "or" } either) when Joined(either) is not null =>
                SameItems(set.Items, either.Arguments),
            (CallNode { Name: "and" } all, GroupNode { Open: GroupNode.Bare } list)
                when Equality.Variables(all).Count > 1 => SameItems(all.Arguments, list.Items),
            (GroupNode { Open: GroupNode.Bare } list, CallNode { Name: "and" } all)
                when Equality.Variables(all).Count > 1 => SameItems(list.Items, all.Arguments),
            (RelationNode or CallNode { Name: "and" or "or" }, RelationNode or CallNode { Name: "and" or "or" }) =>
                SameRelations(gold, answer),
            (RelationNode or CallNode { Name: "and" or "or" or "builder" }, _) =>
                SameAsRelation(gold, answer, goldIsRelation: true),
            (_, RelationNode or CallNode { Name: "and" or "or" or "builder" }) =>
                SameAsRelation(answer, gold, goldIsRelation: false),
            (GroupNode or SetOperationNode, GroupNode or SetOperationNode) => SameGroups(gold, answer),
            (GroupNode { IsSet: true, Items: [var only] }, _) when _within == 0 => Same(only, answer),
            (_, GroupNode { IsSet: true, Items: [var only] }) when _within == 0 => Same(gold, only),
            (SymbolNode { Name: "set R" }, GroupNode or SetOperationNode)
                or (GroupNode or SetOperationNode, SymbolNode { Name: "set R" }) =>
                    Relations.SameSets(gold, answer, _equality),
            (_, GroupNode { Open: '(' or '[' } tuple) when Vectors.Components(gold, tuple.Items.Count) is { } parts =>
                InOrder(parts, tuple.Items),
            (GroupNode { Open: '(' or '[' } tuple, _) when Vectors.Components(answer, tuple.Items.Count) is { } parts =>
                InOrder(tuple.Items, parts),
            (_, MatrixNode column) when Vectors.Components(gold, column.Children.Count) is { } parts =>
                InOrder(parts, column.Children),
            (MatrixNode column, _) when Vectors.Components(answer, column.Children.Count) is { } parts =>
                InOrder(column.Children, parts),
            (MatrixNode first, _) when WithIdentity(answer, first) is { } second => Same(first, second),
            (_, MatrixNode second) when WithIdentity(gold, second) is { } first => Same(first, second),
            (MatrixNode first, MatrixNode second) => SameMatrices(first, second),
            (GroupNode { Open: '(', Close: ')' } tuple, MatrixNode column) when column.Rows[0].Count == 1 =>
                InOrder(tuple.Items, [.. column.Children]),
            (MatrixNode column, GroupNode { Open: '(', Close: ')' } tuple) when column.Rows[0].Count == 1 =>
                InOrder([.. column.Children], tuple.Items),
            (MatrixNode first, GroupNode { Open: '[' } list) when Matrices.FromLists(list) is { } second =>
                SameMatrices(first, second),
            (GroupNode { Open: '[' } list, MatrixNode second) when Matrices.FromLists(list) is { } first =>
                SameMatrices(first, second),
            (GroupNode or SetOperationNode or MatrixNode, _)
                or (_, GroupNode or SetOperationNode or MatrixNode) => Kinds(),
            _ => SameValues(gold, answer),
        };
    }

    // "How many": ∞ is infinitely many.
    private static Node Endless(Node node) =>
        node is SymbolNode { Name: "infinity" } ? new TextNode("infinitely many") : node;

    private bool Kinds()
    {
        Rule = "Different kinds of answers";
        return false;
    }

    private bool? SameValues(Node gold, Node answer)
    {
        Rule = Equality.Variables(gold).Count + Equality.Variables(answer).Count > 0
            ? "Formulas at random points"
            : "Values";
        if (gold is CallNode { Name: "ratio", Arguments: var shares }
            && answer is CallNode { Name: "ratio", Arguments: var others })
        {
            Rule = "Ratios up to a factor";
            return shares.Count == others.Count
                ? InOrder([.. shares.Skip(1).Select(share => Node.Quotient(share, shares[0]))],
                    [.. others.Skip(1).Select(share => Node.Quotient(share, others[0]))])
                : false;
        }

        if (VectorAlgebra.Same(gold, answer, _equality) is { } vectors)
        {
            Rule = "Formulas of vectors";
            return vectors;
        }

        if (Integrals.Same(gold, answer, _equality))
        {
            Rule = "Integrals of the same between the same ends";
            return true;
        }

        if (Equality.Variables(gold).Count + Equality.Variables(answer).Count > 0)
        {
            (gold, answer) = (Turned(gold, answer), Turned(answer, gold));
        }

        return WithUnits(gold, answer) is { } units ? SameQuantities(units.Gold, units.Answer)
            : _equality.Same(gold, answer) is not false and var same ? same
            : Constants.Renamings(gold, answer).Any(renamed => _equality.Same(gold, renamed) is true)
                || Constants.AreSameFamily(gold, answer, _equality)
                || Constants.AreSameSpan(gold, answer, _equality);
    }

    // 42 to the base ten is 42 where the other side names no base.
    private static Node Decimal(Node node, Node other) =>
        node is CallNode { Name: "base", Arguments: [var value, NumberNode { Value: var radix }] } && radix == 10
            && Based(other) is null ? value : node;

    private static CallNode? Based(Node node) => node as CallNode is { Name: "base" } call ? call : null;

    // A word may be written as one: "even", \text{even}, or as letters: D.
    private static string? Letters(Node node) => node switch
    {
        TextNode text => text.Words.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant(),
        SymbolNode symbol when symbol.Name.StartsWith('"') => symbol.Name.Trim('"').ToLowerInvariant(),
        SymbolNode { Name.Length: 1 } symbol => symbol.Name.ToLowerInvariant(),
        ProductNode product when product.Factors.All(factor => factor is SymbolNode { Name.Length: 1 }) =>
            string.Concat(product.Factors.Select(factor => ((SymbolNode)factor).Name)).ToLowerInvariant(),
        GroupNode { IsSet: true, Items: [var only] } => Letters(only),
        _ => null,
    };
}
