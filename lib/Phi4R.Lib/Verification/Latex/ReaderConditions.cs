using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>
/// What an answer says of the values for which it holds: "for integer k", "where x > 0", "if n is even".
/// </summary>
internal sealed partial class Reader
{
    private static readonly HashSet<string> Quantifiers = ["all", "any", "every", "each", "some", "a", "an", "the",
        "is", "are", "be", "arbitrary", "number", "numbers", "value", "values", "fixed", "constant", "be", "we",
        "have", "given"];

    /// <summary>What stands behind a word such as "for"; the conditions that say nothing are left out.</summary>
    private Node Conditioned(Node value)
    {
        List<Node> conditions = [];
        var bound = false;
        while (Next.Kind == TokenKind.Word && Next.Text is Phrases.Given or Phrases.OnlyIf)
        {
            bound |= Next.Text == Phrases.OnlyIf;
            _at++;
            var end = _at;
            while (_tokens[end].Kind != TokenKind.End
                && !(_tokens[end].Kind == TokenKind.Word && _tokens[end].Text is Phrases.Given or Phrases.OnlyIf))
            {
                end++;
            }

            var said = Conditions(_tokens[_at..end]).ToList();
            conditions.AddRange(said.Count == 0 && Arbitrary(_tokens[_at..end], value) is { } free ? [free] : said);
            _at = end;
        }

        if (value is SymbolNode && conditions is [RelationNode only]
            && Equality.Variables(only).Contains(value.Canonical))
        {
            return only; // "all x such that x > 3"
        }

        List<Node> all = [value, .. conditions];
        if (conditions.Count > 0 && !bound && AreBoundsOfOne(all))
        {
            return new CallNode("and", all); // x ≥ -1 with x ≠ 2
        }

        return conditions.Count == 0
            ? value
            : new CallNode(bound ? Phrases.OnlyIf : Phrases.Given, [value, .. conditions]);
    }

    // "x = 3 with y arbitrary" says of y that it may be any number.
    private static RelationNode? Arbitrary(List<Token> tokens, Node value) =>
        value is RelationNode { Signs: ['='], Sides: [SymbolNode, _] }
        && tokens.Exists(token => token.Text is "arbitrary" or "any" or "free")
        && tokens.Where(token => token.Kind == TokenKind.Letter).ToList() is [{ Text: "x" or "y" or "z" or "w" } name]
        && !Equality.Variables(value).Contains(name.Text)
            ? new RelationNode([new SymbolNode(name.Text), new SymbolNode("set R")], ['∈'])
            : null;

    private IEnumerable<Node> Conditions(List<Token> tokens)
    {
        // "a ∈ ℝ is a constant" says no more than a ∈ ℝ.
        var verb = tokens.FindIndex(token => token is { Kind: TokenKind.Word, Text: Phrases.Is });
        if (verb > 0 && verb < tokens.Count - 1 && tokens.Take(verb).Any(token => token.Text == "∈")
            && tokens.Skip(verb + 1).All(token => token.Text is "a" or "an" or "any" or "arbitrary" or "fixed" or "real"
                or "constant" or "constants" or "number" or "."))
        {
            tokens = tokens[..verb];
        }

        if (Domain(tokens) is { } domain)
        {
            return domain.Sides[1] is SymbolNode { Name: "set everything" } ? [] : [domain];
        }

        if (Free(tokens) is { Count: > 1 } free)
        {
            return free;
        }

        tokens = [.. tokens.SkipWhile(token => token.Kind == TokenKind.Text
            && Quantifiers.Contains(token.Text.ToLowerInvariant()))];
        try
        {
            Reader inner = new([.. tokens, new Token(TokenKind.End, "", false)], _budget);
            var node = inner.List(TokenKind.End, "");
            inner.Expect(TokenKind.End, "");
            var parts = node switch
            {
                GroupNode { Open: GroupNode.Bare } list => list.Items,
                CallNode { Name: "and" } all => all.Arguments,
                _ => [node],
            };
            return parts.Where(part => part is not SymbolNode);
        }
        catch (ReadException)
        {
            return [new TextNode(string.Join(' ', tokens.Select(token => token.Text.ToLowerInvariant())))];
        }
    }

    // "integer k", "all real x", "k is any integer", "positive integers m and n": a name and the set that it is from.
    private static RelationNode? Domain(List<Token> tokens)
    {
        var words = tokens.Where(token => token.Kind is TokenKind.Text or TokenKind.Word
            && !Quantifiers.Contains(token.Text.ToLowerInvariant()))
                .Select(token => token.Text.ToLowerInvariant().TrimEnd('s')).ToList();
        var names = tokens.Where((token, i) => (token.Kind is TokenKind.Letter && !IsArticle(tokens, i))
            || token.Kind == TokenKind.Command).ToList();
        if (names.Count != 1
            || tokens.Any(token => token.Kind is TokenKind.Number
                || (token.Kind == TokenKind.Sign && token.Text is not ("-" or "," or "."))))
        {
            return null;
        }

        var set = string.Join(' ', words) switch
        {
            "" when tokens.Exists(token => token.Text.Equals("constant", StringComparison.OrdinalIgnoreCase)) =>
                "set R",
            "" => "set everything",
            "real" => "set R",
            "integer" or "whole" => "set Z",
            "positive integer" or "natural" => "set N",
            "non negative integer" or "nonnegative integer" => "set N0",
            "complex" => "set C",
            "rational" => "set Q",
            "even" or "odd" or "prime" => "",
            _ => null,
        };
        if (set is { Length: 0 })
        {
            return new RelationNode([new SymbolNode(names[0].Text), new TextNode(words[0])], ['∈']); // "for even n"
        }

        return set is null ? null : new RelationNode([new SymbolNode(names[0].Text), new SymbolNode(set)], ['∈']);
    }

    // "constants a and b": each of them is any real number.
    private static List<RelationNode> Free(List<Token> tokens)
    {
        List<string> names = [];
        List<Token> others = [];
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Kind != TokenKind.Letter || IsArticle(tokens, i))
            {
                others.Add(tokens[i]);
            }
            else if (i + 2 < tokens.Count && tokens[i + 1].Text == "_" && tokens[i + 2].Kind == TokenKind.Number)
            {
                names.Add(tokens[i].Text + "_" + tokens[i + 2].Text); // C_1
                i += 2;
            }
            else
            {
                names.Add(tokens[i].Text);
            }
        }

        return others.Exists(token => token.Text is "constants" or "constant")
            && others.TrueForAll(token => token.Text is "," or "." or "and" or "constants" or "constant" or "real"
                or "arbitrary" or "any" or "some" or "are" or Phrases.Is)
            ? [.. names.Select(name => new RelationNode([new SymbolNode(name), new SymbolNode("set R")], ['∈']))]
            : [];
    }

    private static bool IsArticle(List<Token> tokens, int i) => tokens[i].Text is "a" or "A"
        && i + 1 < tokens.Count && tokens[i + 1].Kind == TokenKind.Text;

    // 2^n, n ≥ 1: relations behind formulas that are about their variables.
    private static Node Separated(List<Node> items)
    {
        var list = new GroupNode(GroupNode.Bare, GroupNode.Bare, items);
        if (items is
            [RelationNode { Signs: ['∈'], Sides: [SymbolNode real, SymbolNode { Name: "set R" }] }, .. var said]
            && said.TrueForAll(item => item is RelationNode { Signs: not ['='] }
                && Equality.Variables(item).SetEquals([real.Name])))
        {
            return said.Count == 1 ? said[0] : new CallNode("and", said); // x ∈ ℝ, x ≠ 3
        }

        if (items.Exists(item => item is RelationNode { Signs: ['≠'] }) && AreBoundsOfOne(items))
        {
            return new CallNode("and", items); // -1 < x < 1, x ≠ 0
        }

        items = SharedDomain(items);
        var conditions = items.Skip(1).Reverse().TakeWhile(IsCondition).Reverse().ToList();
        var values = items.Take(items.Count - conditions.Count).ToList();
        if (conditions.Count == 0
            || values.Exists(value => value is RelationNode { Signs: not ['='] } or CallNode { Name: "and" or "or" })
            || (values.Count > 1 && !conditions.TrueForAll(item => item is RelationNode { Signs: ['∈'] })))
        {
            return list;
        }

        var names = values.SelectMany(value =>
            Equality.Variables(value is RelationNode { Sides: [_, var right] } ? right : value)).ToHashSet();
        if (!conditions.TrueForAll(item => Equality.Variables(item).Overlaps(names)))
        {
            return list;
        }

        var head = values.Count == 1 ? values[0] : new GroupNode(GroupNode.Bare, GroupNode.Bare, values);
        return new CallNode(Phrases.Given, [head, .. conditions]);
    }

    private static bool AreBoundsOfOne(List<Node> items) =>
        items.TrueForAll(item => item is RelationNode { Signs: var signs }
            && signs.All(sign => sign is '<' or '>' or '≤' or '≥' or '≠'))
        && items.SelectMany(Equality.Variables).Distinct(StringComparer.Ordinal).Count() == 1;

    // y = Ax + B, A, B ∈ ℝ: the letters before the last are of the same set.
    private static List<Node> SharedDomain(List<Node> items)
    {
        if (items is not
            [
                RelationNode { Signs: ['='] }, .., SymbolNode,
                RelationNode { Signs: ['∈'], Sides: [SymbolNode, var set] },
            ])
        {
            return items;
        }

        var first = items.FindLastIndex(items.Count - 2, item => item is not SymbolNode) + 1;
        return [
            .. items.Select((item, i) => i >= first && i < items.Count - 1
                ? new RelationNode([item, set], ['∈'])
                : item)];
    }

    private static bool IsCondition(Node item) =>
        item is RelationNode { Signs: var signs } && signs.All(sign => sign is '∈' or '<' or '>' or '≤' or '≥' or '≠');
}
