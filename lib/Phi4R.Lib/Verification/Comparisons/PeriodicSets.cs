using System.Numerics;
using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Whole numbers that come again after a period: odd numbers, those not divisible by 3, n ≡ 1, 3 (mod 4).
/// </summary>
/// <param name="steps">Reads values in steps, 2k + 1: a name where one is written, a first value, a step.</param>
/// <param name="whole">The whole number that a node is; null for all else.</param>
internal sealed class PeriodicSets(
    Func<Node, (Node? Name, BigInteger First, BigInteger Step)?> steps, Func<Node, BigInteger?> whole)
{
    private const int LongestPeriod = 5000;

    // Of what it is said, where a name is written, and whether each remainder is in the set.
    private sealed record Periodic(string? Name, bool[] Holds);

    /// <summary>
    /// Whether two answers say the same of whole numbers; null where one does not, or both are written alike.
    /// </summary>
    public bool? Same(Node gold, Node answer)
    {
        if (!(IsStatement(gold) || IsStatement(answer)) || Of(gold) is not { } a || Of(answer) is not { } b)
        {
            return null;
        }

        return a.Name is not null && b.Name is not null && a.Name != b.Name
            ? false
            : Joined(a, b, (x, y) => x == y)?.Holds.All(same => same);
    }

    // Words and signs that the rules for congruences and steps do not compare with each other.
    private static bool IsStatement(Node node) => node is TextNode or CallNode { Name: "incongruence" or "and" or "or" }
        or RelationNode { Sides: [_, TextNode] } or RelationNode { Sides: [CallNode { Name: "gcd" }, _] }
        or GroupNode { IsSet: true } or CallNode { Name: Phrases.Given, Arguments: [GroupNode, _] };

    private Periodic? Of(Node node) => node switch
    {
        CallNode { Name: "congruence" or "incongruence", Arguments: [SymbolNode name, var value, var modulus] } call =>
            Class(name, whole(value), whole(modulus), call.Name == "congruence"),
        CallNode { Name: "residue", Arguments: [var value, var modulus] } =>
            Class(null, whole(value), whole(modulus), true),
        RelationNode { Signs: ['∈'], Sides: [SymbolNode name, TextNode { Words: var words }] } =>
            Parity(words) is { } odd ? new(Named(name), odd) : null,
        TextNode { Words: var words } => Parity(words) is { } odd ? new(null, odd) : null,
        RelationNode { Signs: ['='], Sides: [CallNode { Name: "gcd", Arguments: [var one, var other] }, var common] } =>
            one is SymbolNode letter ? Shared(letter, whole(other), whole(common))
            : other is SymbolNode second ? Shared(second, whole(one), whole(common))
            : null,
        CallNode { Name: Phrases.Given, Arguments: [GroupNode { IsSet: true } or CallNode { Name: "or" }, var domain] }
            given => All(new CallNode("or", [.. given.Arguments[0].Children.Select(item =>
                (Node)new CallNode(Phrases.Given, [item, domain]))]), (a, b) => a || b),
        GroupNode { IsSet: true, Items: var items } when items.DistinctBy(Modulus).Count() > 1 => null, // "or" or "and"
        GroupNode { IsSet: true, Items.Count: > 1 } or CallNode { Name: "or" } => All(node, (a, b) => a || b),
        CallNode { Name: "and" } => All(node, (a, b) => a && b),
        _ => steps(node) is var (name, first, step) ? Class(name, first, step, true) : null,
    };

    private static string Modulus(Node node) =>
        node is CallNode { Name: "congruence", Arguments: [_, _, var modulus] } ? modulus.Canonical : "";

    private Periodic? All(Node node, Func<bool, bool, bool> join)
    {
        Periodic? all = null;
        foreach (var child in node.Children)
        {
            if (Of(child) is not { } one || (all is not null && all.Name != one.Name))
            {
                return null;
            }

            all = all is null ? one : Joined(all, one, join);
            if (all is null)
            {
                return null;
            }
        }

        return all;
    }

    private static Periodic? Joined(Periodic a, Periodic b, Func<bool, bool, bool> join)
    {
        var (first, second) = (a.Holds.Length, b.Holds.Length);
        var period = first / (int)BigInteger.GreatestCommonDivisor(first, second) * second;
        return period > LongestPeriod
            ? null
            : new(a.Name, [.. Enumerable.Range(0, period).Select(i => join(a.Holds[i % first], b.Holds[i % second]))]);
    }

    private static Periodic? Class(Node? name, BigInteger? value, BigInteger? modulus, bool holds)
    {
        if ((name is not null && name is not SymbolNode) || value is not { } rest || modulus is not { } size
            || size.IsZero || BigInteger.Abs(size) > LongestPeriod)
        {
            return null;
        }

        var period = (int)BigInteger.Abs(size);
        var at = (int)(((rest % period) + period) % period);
        return new(name is SymbolNode symbol ? Named(symbol) : null,
            [.. Enumerable.Range(0, period).Select(i => i == at == holds)]);
    }

    // gcd(n, 6) = 1
    private static Periodic? Shared(SymbolNode name, BigInteger? with, BigInteger? common) =>
        with is { } size && common is { } divisor && size.Sign > 0 && size <= LongestPeriod
            ? new(Named(name), [.. Enumerable.Range(0, (int)size).Select(i =>
                BigInteger.GreatestCommonDivisor(i, size) == divisor)])
            : null;

    private static string? Named(SymbolNode name) => name.Name == Shapes.Bound ? null : name.Name;

    // The remainders by 2 of "all odd integers"; nothing may be said beside it.
    private static bool[]? Parity(string words)
    {
        var told = words.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word is not ("all" or "any" or "every" or "the" or "a" or "an" or "integer" or "integers"
                or "number" or "numbers" or "whole" or "n" or "is" or "must" or "be" or "set" or "of")).ToList();
        return told switch
        {
            ["odd"] or ["odds"] => [false, true],
            ["even"] or ["evens"] => [true, false],
            _ => null,
        };
    }
}
