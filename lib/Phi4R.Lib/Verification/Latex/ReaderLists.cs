using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Lists, relations and operations on sets: what binds loosest.</summary>
internal sealed partial class Reader
{
    /// <summary>
    /// Items up to a closing sign; one item stands for itself, several are a bare list, groups set apart by ';' are
    /// tuples.
    /// </summary>
    private Node List(TokenKind end, string close, bool nested = false)
    {
        List<List<Node>> groups = [[]];
        List<string> joints = [];
        while (true)
        {
            while (Is(",") || Is(";") || Is("\\\\") || IsWord("and") || IsWord("or"))
            {
                if (groups[^1].Count == 0 && joints.Count == 0)
                {
                    throw Unread();
                }

                if (Is(";") && groups[^1].Count > 0)
                {
                    groups.Add([]);
                }

                joints.Add(Next.Text);
                _at++;
            }

            if (end == TokenKind.End && joints.Count > 0 && groups[^1].Count > 0
                && (IsWord(Phrases.Given) || IsWord(Phrases.OnlyIf)))
            {
                break; // "y = Cx, where C is a constant"
            }

            if (Is("⇒") && groups is [{ Count: > 0 }])
            {
                return Implication(end, close, groups[0]);
            }

            if (Closes(end, close) && !(close == "|" && groups[0].Count == 0))
            {
                break;
            }

            if (groups.Sum(group => group.Count) > 0 && joints.Count == 0)
            {
                throw Unread();
            }

            groups[^1].Add(Relation());
            if (Is("⇒"))
            {
                continue;
            }

            if (end == TokenKind.End && IsWord(Phrases.Given) || IsWord(Phrases.OnlyIf))
            {
                break;
            }

            if (!(Is(",") || Is(";") || Is("\\\\") || IsWord("and") || IsWord("or") || Closes(end, close)))
            {
                throw Unread();
            }
        }

        Regroup(groups, joints);
        groups.RemoveAll(group => group.Count == 0);
        if (groups.Count == 0)
        {
            throw Unread();
        }

        List<Node> items = groups.Count > 1 && groups.Any(group => group.Count > 1) && !nested
            ? [.. groups.Select(group => group.Count == 1 ? group[0] : new GroupNode('(', ')', group))]
            : [.. groups.SelectMany(group => group)];
        if (items.Count == 1)
        {
            return items[0];
        }

        ShareModulus(items);
        items = Progressions.Expanded(items);
        if (joints.TrueForAll(joint => joint is "and" or ",") && items.Count <= 4
            && items.TrueForAll(item => Quantities.Of(item) is not null) && items[^1] is QuantityNode
            && items.Skip(1).Aggregate(Quantities.Of(items[0]), (large, small) =>
                large is null ? null : Quantities.Mixed(large, Quantities.Of(small)!)) is { } mixed)
        {
            return mixed;
        }

        if (joints.TrueForAll(joint => joint is "and" or "or") && items.TrueForAll(IsInterval))
        {
            return items.Skip(1).Aggregate(items[0], (left, item) => new SetOperationNode('∪', left, item));
        }

        // Statements: relations, and the letters of logic. "1 or 2" is a list.
        var relations = items.All(item => item is RelationNode)
            || items.All(item => item is SymbolNode { Name.Length: 1 });
        return relations && joints.All(joint => joint == "and") ? new CallNode("and", items)
            : relations && joints.All(joint => joint == "or") ? new CallNode("or", items)
            : HaveModuli(items) && joints.TrueForAll(joint => joint == joints[0]) && joints[0] is "and" or "or"
                ? new CallNode(joints[0], items)
            : nested ? new GroupNode(GroupNode.Bare, GroupNode.Bare, items) : Separated(items);
    }

    // Congruences to more than one modulus: all of them, or one of them.
    private static bool HaveModuli(List<Node> items) => items.TrueForAll(item =>
            item is CallNode { Name: "congruence" or "incongruence", Arguments: [_, _, NumberNode] })
        && items.DistinctBy(item => item.Children[2].Canonical).Count() > 1;

    private CallNode Implication(TokenKind end, string close, List<Node> before)
    {
        _at++;
        Nest();
        var after = List(end, close);
        var first = before.Count == 1 ? before[0] : new GroupNode(GroupNode.Bare, GroupNode.Bare, before);
        return new CallNode("implies", after is CallNode { Name: "implies", Arguments: var steps }
            ? [first, .. steps]
            : [first, after]);
    }

    // What can be no point: one bracket of each kind, or an end at infinity.
    private static bool IsInterval(Node node) =>
        node is GroupNode { Open: '(' or '[', Items: [var low, var high] } group
        && ((group.Open == '[') != (group.Close == ']') || Calculus.Has(low, "infinity")
            || Calculus.Has(high, "infinity"));

    // "p = 5, q = 2 and p = 7, q = 2": where names come again, the words set groups apart and the commas do not.
    private static void Regroup(List<List<Node>> groups, List<string> joints)
    {
        if (groups is not [var items] || joints.Count != items.Count - 1 || !joints.Contains(",")
            || !joints.Exists(joint => joint is "and" or "or")
            || !items.TrueForAll(item => item is RelationNode { Signs: ['='] })
            || items.DistinctBy(item => ((RelationNode)item).Sides[0].Canonical).Count() == items.Count)
        {
            return;
        }

        List<List<Node>> apart = [[items[0]]];
        for (var i = 0; i < joints.Count; i++)
        {
            if (joints[i] is "and" or "or")
            {
                apart.Add([]);
            }

            apart[^1].Add(items[i + 1]);
        }

        groups.Clear();
        groups.AddRange(apart);
    }

    private bool Closes(TokenKind end, string close) =>
        Next.Kind == end
            && (close.Length == 0 || Next.Text == close || (close == ")" && Next.Text == "]")
                || (_builder && close == "|" && Next.Text == ":"));

    private Node Relation()
    {
        List<Node> sides = [];
        List<char> signs = [];
        if (Phrases.IsProperty(Next) && _tokens[_at + 1].Kind == TokenKind.Letter
            && _tokens[_at + 2].Kind == TokenKind.End)
        {
            _at += 2; // "odd n"
            return new RelationNode([new SymbolNode(_tokens[_at - 1].Text),
                new TextNode(_tokens[_at - 2].Text.ToLowerInvariant())], ['∈']);
        }

        while (true)
        {
            sides.Add(Sets());
            if (Next.Kind == TokenKind.Sign
                && Next.Text is "=" or "<" or ">" or "≤" or "≥" or "≠" or "≈" or "∈" or "≡" or "∉" or "→")
            {
                signs.Add(Next.Text[0]);
                _at++;
            }
            else if (IsCommand("not") && _tokens[_at + 1].Text is "=" or "∈" or "≡")
            {
                signs.Add(_tokens[_at + 1].Text switch { "=" => '≠', "∈" => '∉', _ => '≢' });
                _at += 2;
            }
            else if (IsCommand("nmid") && sides.Count == 1)
            {
                _at++;
                return new CallNode("incongruence", [Sets(), Node.Number(0), sides[0]]); // 2 ∤ n
            }
            else if (IsWord("in") && sides.Count > 0)
            {
                signs.Add('∈');
                _at++;
            }
            else if (sides is [SymbolNode] && Phrases.IsProperty(Next))
            {
                return new RelationNode([.. sides, Spoken()], ['∈']); // "n even"
            }
            else if (IsWord(Phrases.Is))
            {
                _at++;
                if (Phrases.IsText(Next))
                {
                    // "n is odd"
                    return new RelationNode([.. sides, Spoken()], [.. signs, '∈']);
                }

                signs.Add('=');
            }
            else
            {
                return sides.Count == 1 ? sides[0] : Congruence(sides, signs) ?? new RelationNode(sides, signs);
            }
        }
    }

    // x ≡ 3 (mod 7)
    private static Node? Congruence(List<Node> sides, List<char> signs) =>
        sides is [var both, CallNode
        {
            Name: "±", Arguments:
            [CallNode { Name: "residue", Arguments: [var size, var by] }]
        }]
            && signs is ['≡']
        ? new GroupNode(GroupNode.Bare, GroupNode.Bare, [new CallNode("congruence", [both, size, by]),
            new CallNode("congruence", [both, Node.Negative(size), by])])
        : sides is [var name, CallNode { Name: "residue" or "mod", Arguments: [var value, var modulus] } call]
            && (signs[0] is '≡' or '≢' || (signs[0] == '=' && call.Name == "residue"))
        ? new CallNode(signs[0] == '≢' ? "incongruence" : "congruence", [name, value, modulus])
        : null;

    // x ≡ 1, 3 (mod 4): the modulus behind the last is that of all.
    private static void ShareModulus(List<Node> items)
    {
        if (items is
            [
                RelationNode { Signs: ['≡'], Sides: [var name, var first] }, ..,
                CallNode { Name: "residue", Arguments: [var last, var modulus] },
            ])
        {
            items[0] = first;
            items[^1] = last;
            for (var i = 0; i < items.Count; i++)
            {
                items[i] = new CallNode("congruence", [name, items[i], modulus]);
            }
        }
    }

    private TextNode Spoken()
    {
        List<string> words = [];
        while (Phrases.IsText(Next))
        {
            words.Add(_tokens[_at++].Text.ToLowerInvariant());
        }

        return new TextNode(Article().Replace(string.Join(' ', words), ""));
    }

    private Node Sets()
    {
        var left = Sum();
        if (IsCommand("choose"))
        {
            _at++;
            return new CallNode("binomial", [left, Sum()]);
        }

        if (IsCommand("over"))
        {
            _at++;
            return Node.Quotient(left, Sum());
        }

        while (Next.Kind == TokenKind.Sign && Next.Text is "∪" or "∩" or "∖" || IsWord("union"))
        {
            Nest();
            var sign = IsWord("union") ? '∪' : Next.Text[0];
            _at++;
            left = new SetOperationNode(sign, left, Sum());
        }

        return left;
    }
}
