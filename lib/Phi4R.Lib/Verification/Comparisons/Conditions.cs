using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>An answer and what it says of the values for which it holds.</summary>
/// <param name="Value">The answer itself.</param>
/// <param name="Items">The conditions; none for a plain answer.</param>
/// <param name="IsOnlyIf">Whether the answer is another one where they do not hold.</param>
internal sealed record Conditions(Node Value, IReadOnlyList<Node> Items, bool IsOnlyIf)
{
    // Names that are read as a parameter where one side forgets to say so.
    private static readonly HashSet<string> Parameters = ["k", "n", "m", "l", "j", "p", "q", "r", "s", "t"];

    /// <summary>
    /// Whether leaving the conditions out may change the answer: those that open with "if", and those that are neither
    /// relations nor the multiplicity of a root.
    /// </summary>
    public bool ChangeValue => Items.Count > 0 && (IsOnlyIf
        || Items.Any(item => item is not RelationNode && !IsMultiplicity(item)));

    /// <summary>Whether a name is said to be any real number.</summary>
    public bool AreReal => Items.Any(IsReal);

    /// <summary>Whether a parameter is kept above or below something; what a formula is of may be, where it has to.
    /// </summary>
    public bool Bounds => Items.Any(item => item is RelationNode { Signs: var signs, Sides: var sides }
        && signs.All(sign => sign is '<' or '>' or '≤' or '≥' or '≠')
        && sides.Any(side => side is SymbolNode { Name: var name } && Equality.Variables(Value).Contains(name)
            && (Value is RelationNode { Sides: [CallNode { Arguments: [SymbolNode of] }, _] } ? of.Name != name
                : Value is GroupNode && Parameters.Contains(name))));

    /// <summary>Whether a name is said to be a whole or a rational number.</summary>
    public bool AreCounted =>
        Items.Any(
            item =>
                item is RelationNode
                {
                    Signs: ['∈'], Sides: [_, SymbolNode
                    {
                        Name: "set Z" or "set N" or "set N0"
                    or "set Q"
                    }]
                });

    /// <summary>Whether they give a value to a name that the other side says is any real number.</summary>
    public bool Fix(Conditions other) => Items.Any(item => item is RelationNode
    {
        Signs: ['=' or '∈'], Sides:
            [SymbolNode name, var value]
    } && value is not SymbolNode { Name: ['s', 'e', 't', ' ', ..] }
        && other.Items.Any(free => IsReal(free) && free.Children[0].Canonical == name.Name));

    /// <summary>Without those that say no more than that a name is a real number.</summary>
    public Conditions Telling() => this with { Items = [.. Items.Where(item => !IsReal(item))] };

    /// <summary>
    /// With what names stand for, "where q = 1 - p", in the place of names that the other side lacks.
    /// </summary>
    public Conditions Defined(Conditions other)
    {
        var names = Equality.Variables(other.Value);
        var value = Value;
        List<Node> left = [];
        foreach (var item in Items)
        {
            if (item is RelationNode { Signs: ['='], Sides: [SymbolNode name, var meaning] }
                && !names.Contains(name.Name) && Equality.Variables(value).Contains(name.Name)
                && !Equality.Variables(meaning).Contains(name.Name))
            {
                value = Calculus.Replace(value, name.Name, meaning);
            }
            else
            {
                left.Add(item);
            }
        }

        return left.Count == Items.Count ? this : this with { Value = value, Items = left };
    }

    private static bool IsOfIntegers(Node item) =>
        item is RelationNode { Signs: ['∈'], Sides: [SymbolNode, SymbolNode { Name: "set Z" }] };

    private static bool IsOfWholeNumbers(Node item, string name) => item is RelationNode { Signs: ['∈'] } relation
        && relation.Sides is [SymbolNode its, SymbolNode { Name: "set N" or "set N0" or "set Z" }] && its.Name == name;

    /// <summary>
    /// With "k ≥ 0" and "k ∈ ℤ, k ≥ 0" as k ∈ ℕ₀, and the same from 1 on; without "k ∈ ℤ" only of a letter that
    /// counts, i to n, which the other side calls whole: x ≥ 0 may be any real number.
    /// </summary>
    public Conditions Counted(Conditions other)
    {
        var whole = Items.FirstOrDefault(IsOfIntegers);
        var bounds = Items.Where(item => !ReferenceEquals(item, whole)).ToList();
        if (bounds is not
            [
                RelationNode { Signs: ['≥' or '>'], Sides: [SymbolNode name, NumberNode { Value: var from }] } bound,
            ]
            || (whole is not null && ((RelationNode)whole).Sides[0].Canonical != name.Canonical)
            || (whole is null && !(name.Name is [>= 'i' and <= 'n']
                && other.Items.Any(item => IsOfWholeNumbers(item, name.Name)))))
        {
            return this;
        }

        var first = bound.Signs[0] == '>' ? from + 1 : from;
        return first == 0 || first == 1
            ? this with { Items = [new RelationNode([name, new SymbolNode(first == 0 ? "set N0" : "set N")], ['∈'])] }
            : this;
    }

    private static bool IsMultiplicity(Node item) =>
        item is TextNode { Words: var words } && words.StartsWith("multiplic", StringComparison.Ordinal);

    private static bool IsReal(Node item) =>
        item is RelationNode { Signs: ['∈'], Sides: [_, SymbolNode { Name: "set R" }] };

    public static Conditions Of(Node node) => node is CallNode { Name: Phrases.Given or Phrases.OnlyIf } call
        ? new(call.Arguments[0], [.. call.Arguments.Skip(1)], call.Name == Phrases.OnlyIf)
        : new(node, [], false);

    /// <summary>What a set by a rule says of its members; "n = 0, 1, 2, …" is n ∈ ℕ₀.</summary>
    public static Conditions OfSet(CallNode builder) =>
        new(builder.Arguments[0], [.. builder.Arguments.Skip(1).SelectMany(Parts)], false);

    private static IEnumerable<Node> Parts(Node condition) => condition switch
    {
        GroupNode
        {
            Open: GroupNode.Bare, Items:
            [RelationNode { Signs: ['='], Sides: [SymbolNode name, var first] }, .., SymbolNode { Name: "..." }] items
        }
            when Algebra.Parameters.Domain(new GroupNode('{', '}', [first, .. items.Skip(1)])) is SymbolNode numbers =>
                [new RelationNode([name, numbers], ['∈'])],
        GroupNode { Open: GroupNode.Bare } list => list.Items.SelectMany(Parts),
        CallNode { Name: "and" } all => all.Arguments.SelectMany(Parts),
        _ => [condition],
    };

    /// <summary>The second with its parameters called as those of the first, where their number is the same.</summary>
    public static Conditions Renamed(Conditions a, Conditions b)
    {
        var (names, others) = (a.Bound(b), b.Bound(a));
        if (names.Count != others.Count)
        {
            return b;
        }

        var renamed = b;
        for (var i = 0; i < names.Count; i++)
        {
            renamed = renamed.With(others[i], "new " + names[i]);
        }

        return names.Aggregate(renamed, (result, name) => result.With("new " + name, name));
    }

    private Conditions With(string name, string other) => name == other ? this : this with
    {
        Value = Calculus.Replace(Value, name, new SymbolNode(other)),
        Items = [.. Items.Select(item => Calculus.Replace(item, name, new SymbolNode(other)))],
    };

    // The names that conditions are about; without conditions the one name that may be a parameter and is not the other
    // side's.
    private List<string> Bound(Conditions other)
    {
        var free = Equality.Variables(Value is RelationNode { Signs: ['='], Sides: [_, var right] } ? right : Value);
        if (Items.Count > 0)
        {
            var about = Items.SelectMany(Equality.Variables).ToHashSet();
            return [.. free.Where(about.Contains)];
        }

        if (Value is RelationNode { Sides: [CallNode { Arguments: [SymbolNode of] }, _] } && other.Items.Count > 0
            && other.Items.All(IsReal) && free.Where(name => name != of.Name).ToList() is [{ Length: 1 } constant])
        {
            return [constant]; // f(x) = cx beside f(x) = kx with any real k
        }

        return [.. free.Where(name => Parameters.Contains(name) && other.Items.Count > 0).Take(1)];
    }
}
