using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Points in steps along a line: (3 + 5t, 1 - 2t) with t from the integers is (-2 - 5s, 3 + 2s), and a line may begin
/// at any of its points.
/// </summary>
internal sealed partial class Comparison
{
    // The names in rising order where some are written, a point, the step, and whether the parameter is said to be an
    // integer, a real number, or nothing (null).
    private sealed record Lattice(
        IReadOnlyList<string>? Names, IReadOnlyList<Node> First, IReadOnlyList<Node> Step, string Letter, bool? IsReal,
        bool IsLine);

    /// <summary>Whether two families hold the same points; null unless both sides are families of points.</summary>
    private bool? SameLattices(Node gold, Node answer)
    {
        if (LatticeOf(gold) is not { } a || LatticeOf(answer) is not { } b || a.First.Count != b.First.Count
            || (a.IsReal is { } first && b.IsReal is { } second && first != second)
            || (a.IsReal is null && b.IsReal is null && a.Letter == b.Letter))
        {
            return null; // of one letter that nothing is said of, which value comes first may count
        }

        if (a.Names is not null && b.Names is not null && !a.Names.SequenceEqual(b.Names, StringComparer.Ordinal))
        {
            return null;
        }

        Rule = "Points in steps along a line";
        return a.IsReal ?? b.IsReal ?? (a.IsLine && b.IsLine) ? SameLines(a, b) : SameSteps(a, b);
    }

    private bool? SameSteps(Lattice a, Lattice b)
    {
        var gaps = Differences(a, b);
        var at = Enumerable.Range(0, gaps.Count).First(i => _equality.Same(b.Step[i], Node.Number(0)) is false);
        return (Alike(a.Step, b.Step) || Alike(a.Step, [.. b.Step.Select(Node.Negative)]))
            && Whole(Node.Quotient(gaps[at], b.Step[at])) is { } times
            && Alike(gaps, [.. b.Step.Select(step => new ProductNode([times, step]))]);
    }

    private bool SameLines(Lattice a, Lattice b) =>
        AreParallel(a.Step, b.Step) && AreParallel(Differences(a, b), b.Step);

    private static List<Node> Differences(Lattice a, Lattice b) =>
        [.. a.First.Zip(b.First, (x, y) => Node.Difference(x, y))];

    private bool Alike(IReadOnlyList<Node> a, IReadOnlyList<Node> b) =>
        a.Zip(b, _equality.Same).All(same => same is true);

    private bool AreParallel(IReadOnlyList<Node> a, IReadOnlyList<Node> b) =>
        Enumerable.Range(0, a.Count).All(i => Enumerable.Range(0, i).All(j =>
            _equality.Same(new ProductNode([a[i], b[j]]), new ProductNode([a[j], b[i]])) is true));

    private Node? Whole(Node node) => _equality.Approximate(node) is { } near
        && Node.Number(new Rational((near + new Rational(1, 2)).Floor(), 1)) is var whole
        && _equality.Same(node, whole) is true ? whole : null;

    private Lattice? LatticeOf(Node node)
    {
        bool? isReal = null;
        var isLine = false;
        string? letter = null;
        if (node is CallNode
            {
                Name: Phrases.Given or "builder", Arguments: [var head, RelationNode
                {
                    Signs: ['∈'], Sides:
            [SymbolNode parameter, SymbolNode { Name: "set Z" or "set R" } domain]
                }]
            })
        {
            (node, letter, isReal) = (head, parameter.Name, domain.Name == "set R");
        }

        node = node is SumNode sum && Tuples.Sum(sum) is { } moved ? moved : node;

        // The points of a line, as its vector r(t) runs over them.
        if (node is RelationNode
            {
                Signs: ['='], Sides: [ProductNode
                {
                    Factors: [CallNode { Name: "named vec" },
            SymbolNode time]
                }, GroupNode { Open: '(' } place]
            })
        {
            (node, letter, isReal) = (place, time.Name, null);
            isLine = true;
        }

        var named = Assignments.Of(node)?.Sorted();
        var values = named?.Values ?? (node is GroupNode { Open: '(', Close: ')', Items: { Count: > 1 } items }
            ? items
            : null);
        if (values is null
            || values.SelectMany(Equality.Variables).Distinct(StringComparer.Ordinal).ToList() is not [var only]
            || (letter is not null && only != letter)
            || only is not ("t" or "s" or "k" or "m" or "n" or "l" or "r" or "u" or "lambda" or "mu")
            || values.Any(Equality.HasUnknown)
            || (named is not null && named.Names.Any(name => name.Contains(only, StringComparison.Ordinal))))
        {
            return null;
        }

        List<Node> first = [.. values.Select(value => Calculus.Replace(value, only, Node.Number(0)))];
        List<Node> step = [.. values.Select((value, i) =>
            Node.Difference(Calculus.Replace(value, only, Node.Number(1)), first[i]))];
        return values.Select((value, i) => _equality.Same(value,
                new SumNode([first[i], new ProductNode([step[i], new SymbolNode(only)])]))).All(same => same is true)
            && step.Any(part => _equality.Same(part, Node.Number(0)) is false)
            ? new(named?.Names, first, step, only, isReal, isLine)
            : null;
    }
}
