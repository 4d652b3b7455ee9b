namespace Phi4R.Maths;

/// <summary>Lists, relations and operations on sets: what binds loosest.</summary>
internal sealed partial class Reader
{
    /// <summary>Items up to a closing sign; one item stands for itself, several are a bare list, groups set apart by ';' are tuples.</summary>
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

            if (Closes(end, close) && !(close == "|" && groups[0].Count == 0))
            {
                break;
            }

            if (groups.Sum(group => group.Count) > 0 && joints.Count == 0)
            {
                throw Unread();
            }

            groups[^1].Add(Relation());
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

        var relations = items.All(item => item is RelationNode);
        return relations && joints.All(joint => joint == "and") ? new CallNode("and", items)
            : relations && joints.All(joint => joint == "or") ? new CallNode("or", items)
            : new GroupNode(GroupNode.Bare, GroupNode.Bare, items);
    }

    // "p = 5, q = 2 and p = 7, q = 2": where names come again, the words set groups apart and the commas do not.
    private static void Regroup(List<List<Node>> groups, List<string> joints)
    {
        if (groups is not [var items] || joints.Count != items.Count - 1 || !joints.Contains(",") || !joints.Exists(joint => joint is "and" or "or")
            || !items.TrueForAll(item => item is RelationNode { Signs: ['='] }) || items.DistinctBy(item => ((RelationNode)item).Sides[0].Canonical).Count() == items.Count)
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

    private bool Closes(TokenKind end, string close) => Next.Kind == end && (close.Length == 0 || Next.Text == close || (close == ")" && Next.Text == "]") || (_builder && close == "|" && Next.Text == ":"));

    private Node Relation()
    {
        List<Node> sides = [];
        List<char> signs = [];
        while (true)
        {
            sides.Add(Sets());
            if (Next.Kind == TokenKind.Sign && Next.Text is "=" or "<" or ">" or "≤" or "≥" or "≠" or "≈" or "∈" or "≡" or "∉" or "→")
            {
                signs.Add(Next.Text[0]);
                _at++;
            }
            else if (IsCommand("not") && _tokens[_at + 1].Text is "=" or "∈")
            {
                signs.Add(_tokens[_at + 1].Text == "=" ? '≠' : '∉');
                _at += 2;
            }
            else if (IsWord("in") && sides.Count > 0)
            {
                signs.Add('∈');
                _at++;
            }
            else
            {
                return sides.Count == 1 ? sides[0] : new RelationNode(sides, signs);
            }
        }
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
