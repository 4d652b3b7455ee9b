namespace Phi4R.Maths;

/// <summary>The rules by which two readings are compared, and which one decided.</summary>
internal sealed class Comparison(VerifierConfig config, Budget budget)
{
    private const int MaxItems = 200;
    private readonly Equality _equality = new(config, budget);
    private bool _hasUnit;

    /// <summary>The rule that decided, as the start of a sentence.</summary>
    public string Rule { get; private set; } = "Values";

    /// <summary>Whether they are the same; null where it cannot be told.</summary>
    public bool? Same(Reading gold, Reading answer)
    {
        if (Units.Differ(gold.Unit, answer.Unit))
        {
            Rule = $"Units {gold.Unit} and {answer.Unit} differ";
            return false;
        }

        _hasUnit = gold.Unit is not null || answer.Unit is not null;
        var (a, b) = (Shapes.Normalize(gold.Root, budget), Shapes.Normalize(answer.Root, budget));
        if (a.Canonical == b.Canonical)
        {
            Rule = "The same form";
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

        if (gold is TextNode || answer is TextNode)
        {
            Rule = "Words";
            return Letters(gold) is { } first && Letters(answer) is { } second && first == second;
        }

        if (Based(gold) is not null || Based(answer) is not null)
        {
            Rule = "Numbers with bases";
            return Based(gold) is { } x && Based(answer) is { } y ? _equality.Same(x, y) : false;
        }

        return (gold, answer) switch
        {
            (RelationNode or CallNode { Name: "and" or "or" }, RelationNode or CallNode { Name: "and" or "or" }) => SameRelations(gold, answer),
            (RelationNode or CallNode { Name: "and" or "or" or "builder" }, _) => SameAsRelation(gold, answer, goldIsRelation: true),
            (_, RelationNode or CallNode { Name: "and" or "or" or "builder" }) => SameAsRelation(answer, gold, goldIsRelation: false),
            (GroupNode or SetOperationNode, GroupNode or SetOperationNode) => SameGroups(gold, answer),
            (GroupNode { IsSet: true, Items: [var only] }, _) => Same(only, answer),
            (_, GroupNode { IsSet: true, Items: [var only] }) => Same(gold, only),
            (SymbolNode { Name: "set R" }, GroupNode or SetOperationNode) or (GroupNode or SetOperationNode, SymbolNode { Name: "set R" }) => Relations.SameSets(gold, answer, _equality),
            (MatrixNode first, MatrixNode second) => SameMatrices(first, second),
            (MatrixNode first, GroupNode { Open: '[' } list) when Matrices.FromLists(list) is { } second => SameMatrices(first, second),
            (GroupNode { Open: '[' } list, MatrixNode second) when Matrices.FromLists(list) is { } first => SameMatrices(first, second),
            (GroupNode or SetOperationNode or MatrixNode, _) or (_, GroupNode or SetOperationNode or MatrixNode) => Kinds(),
            _ => SameValues(gold, answer),
        };
    }

    private bool Kinds()
    {
        Rule = "Different kinds of answers";
        return false;
    }

    private bool? SameValues(Node gold, Node answer)
    {
        Rule = Equality.Variables(gold).Count + Equality.Variables(answer).Count > 0 ? "Formulas at random points" : "Values";
        if (gold is CallNode { Name: "residue", Arguments: [var x, var m] } && answer is CallNode { Name: "residue", Arguments: [var y, var n] })
        {
            return _equality.Same(m, n) is true ? _equality.Same(new CallNode("mod", [x, m]), new CallNode("mod", [y, n])) : false;
        }

        if (gold is CallNode { Name: "ratio", Arguments: var shares } && answer is CallNode { Name: "ratio", Arguments: var others })
        {
            Rule = "Ratios up to a factor";
            return shares.Count == others.Count ? InOrder([.. shares.Skip(1).Select(share => Node.Quotient(share, shares[0]))], [.. others.Skip(1).Select(share => Node.Quotient(share, others[0]))]) : false;
        }

        return _equality.Same(Unwrap(WithoutMeter(gold, answer)), Unwrap(WithoutMeter(answer, gold)));
    }

    // 100m^2 against 100: the letter can only be the unit.
    private Node WithoutMeter(Node node, Node other) => !_hasUnit && node is ProductNode { Factors: [var number, SymbolNode { Name: "m" } or PowerNode { Base: SymbolNode { Name: "m" }, Exponent: NumberNode }] }
        && Equality.Variables(number).Count + Equality.Variables(other).Count == 0 ? number : node;

    private static Node Unwrap(Node node) => node is CallNode { Name: "residue", Arguments: [var value, _] } ? value : node;

    private static CallNode? Based(Node node) => node as CallNode is { Name: "base" } call ? call : null;

    // A word may be written as one: "even", \text{even}, or as letters: D.
    private static string? Letters(Node node) => node switch
    {
        TextNode text => text.Words.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant(),
        SymbolNode symbol when symbol.Name.StartsWith('"') => symbol.Name.Trim('"').ToLowerInvariant(),
        SymbolNode { Name.Length: 1 } symbol => symbol.Name.ToLowerInvariant(),
        ProductNode product when product.Factors.All(factor => factor is SymbolNode { Name.Length: 1 }) => string.Concat(product.Factors.Select(factor => ((SymbolNode)factor).Name)).ToLowerInvariant(),
        GroupNode { IsSet: true, Items: [var only] } => Letters(only),
        _ => null,
    };

    private bool? SameRelations(Node gold, Node answer)
    {
        if (gold is RelationNode { Signs: ['='], Sides: [var name, var value] } a && answer is RelationNode { Signs: ['='], Sides: [var otherName, var otherValue] } b)
        {
            Rule = "Equations";
            if (Shapes.IsName(name) && Shapes.IsName(otherName) && (name.Canonical == otherName.Canonical || SameFunction(name, otherName, value, otherValue)))
            {
                return Same(value, otherValue);
            }

            return value is GroupNode or MatrixNode || otherValue is GroupNode or MatrixNode ? false : Relations.SameEquations(a, b, _equality);
        }

        if (gold is RelationNode { Signs: ['∈'], Sides: [_, var set] } && answer is RelationNode { Signs: ['∈'], Sides: [_, var otherSet] })
        {
            return Same(set, otherSet);
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
        if (config.Strict && Relations.OnlyVariable(gold) is { } about && Relations.OnlyVariable(answer) is { } other && about != other)
        {
            return false; // x > 3 says nothing of y
        }

        return gold is RelationNode x && answer is RelationNode y && !x.Signs.Contains('=') && !y.Signs.Contains('=')
            ? Relations.SameInequalities(x, y, _equality)
            : gold is RelationNode { Signs: ['='] } || answer is RelationNode { Signs: ['='] } ? false : Relations.SameSets(gold, answer, _equality);
    }

    private static bool SameFunction(Node a, Node b, Node first, Node second) => a is CallNode { Arguments: [SymbolNode] } f && b is CallNode { Arguments: [SymbolNode] } g && f.Name == g.Name
        && Equality.Variables(first).Count + Equality.Variables(second).Count == 0;

    private static Node? Membership(Node node) => node switch
    {
        RelationNode { Signs: ['∈'], Sides: [var name, var set] } when Shapes.IsName(name) => set,
        RelationNode { Signs: ['='], Sides: [var name, GroupNode or SetOperationNode] } relation when Shapes.IsName(name) => relation.Sides[1],
        _ => null,
    };

    private bool? SameAsRelation(Node relation, Node other, bool goldIsRelation)
    {
        if (Membership(relation) is { } set)
        {
            return goldIsRelation ? Same(set, other) : Same(other, set);
        }

        if (relation is RelationNode { Signs: ['=' or '≡'], Sides: [var name, var value] })
        {
            Rule = "The right side of an assignment";
            return Shapes.IsName(name) ? goldIsRelation ? Same(value, other) : Same(other, value) : false;
        }

        Rule = "Sets of real numbers";
        if (other is not (GroupNode or SetOperationNode or SymbolNode { Name: "set R" }) || relation is RelationNode { Signs: ['='] })
        {
            return Kinds();
        }

        return !goldIsRelation && !config.AllowSetRelation && relation is not CallNode { Name: "builder" } ? false : Relations.SameSets(Named(relation), other, _equality);
    }

    // 0 < f(x) < 1 is about f(x): the one unknown value becomes a variable.
    private static Node Named(Node relation)
    {
        if (relation is not RelationNode { Sides: var sides } chain || sides.Where(side => Equality.HasUnknown(side)).ToList() is not [CallNode unknown])
        {
            return relation;
        }

        return new RelationNode([.. sides.Select(side => ReferenceEquals(side, unknown) ? new SymbolNode("value") : side)], chain.Signs);
    }

    private bool? SameGroups(Node gold, Node answer)
    {
        switch (gold, answer)
        {
            case (GroupNode { IsSet: true } a, GroupNode { IsSet: true } b):
                Rule = "Items in any order";
                return SameItems(a.Items, b.Items);
            case (GroupNode { IsSet: false } a, GroupNode { IsSet: false } b):
                Rule = "Items in order";
                return a.Items.Count == 2 && (a.Open != b.Open || a.Close != b.Close) ? false : InOrder(a.Items, b.Items);
            case (GroupNode { Open: '(', Close: ')' } a, GroupNode { Open: '{' } b) when b.Items.Count == a.Items.Count:
                Rule = "A tuple in braces";
                return InOrder(a.Items, b.Items);
            case (GroupNode { IsSet: true, Items: [var only] }, _) when only is GroupNode:
                return Same(only, answer);
            case (_, GroupNode { IsSet: true, Items: [var only] }) when only is GroupNode:
                return Same(gold, only);
            case (GroupNode { IsSet: true }, GroupNode { IsSet: false }) or (GroupNode { IsSet: false }, GroupNode { IsSet: true }):
                return Kinds();
        }

        Rule = "Sets of real numbers";
        if (Relations.SameSets(gold, answer, _equality) is { } same)
        {
            return same;
        }

        return gold is SetOperationNode { Sign: '∪' or '∩' } p && answer is SetOperationNode q && p.Sign == q.Sign ? SameItems(Parts(p, p.Sign), Parts(q, q.Sign)) : gold is SetOperationNode != answer is SetOperationNode ? false : null;
    }

    private static List<Node> Parts(Node node, char sign) => node is SetOperationNode operation && operation.Sign == sign ? [.. Parts(operation.Left, sign), .. Parts(operation.Right, sign)] : [node];

    private bool? InOrder(IReadOnlyList<Node> a, IReadOnlyList<Node> b)
    {
        if (a.Count != b.Count)
        {
            return false;
        }

        for (var i = 0; i < a.Count; i++)
        {
            if (Same(a[i], b[i]) is not true)
            {
                return Same(a[i], b[i]);
            }
        }

        return true;
    }

    private bool? SameItems(IReadOnlyList<Node> a, IReadOnlyList<Node> b)
    {
        if (a.Count > MaxItems || b.Count > MaxItems)
        {
            throw new BudgetException();
        }

        // What is written twice counts once, so every item must only find its like.
        bool? all = true;
        foreach (var (items, others, swapped) in ((IReadOnlyList<Node>, IReadOnlyList<Node>, bool)[])[(a, b, false), (b, a, true)])
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
        return a.Rows.Count == b.Rows.Count && a.Rows[0].Count == b.Rows[0].Count ? InOrder([.. a.Children], [.. b.Children]) : false;
    }
}
