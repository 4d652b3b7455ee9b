using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>A sum from left to right: <c>compute 47+8-3</c>.</summary>
internal sealed partial record ArithmeticPuzzle(int Start, IReadOnlyList<PocketOperation> Changes) : PocketPuzzle
{
    private static readonly int[] ChangesByLevel = [1, 2, 4, 6, 8];

    public override string Domain => "arithmetic";

    public override string Canonical => $"{Start}{string.Concat(Changes)}";

    public static ArithmeticPuzzle Draw(RandomStream stream, int level)
    {
        var (start, changes) = (stream.Next(1, 100), new List<PocketOperation>());
        for (var value = start; changes.Count < ChangesByLevel[level - 1];
            value = Exact(value, changes[^1].Sign, changes[^1].Operand))
        {
            changes.Add(DrawChange(stream, value));
        }

        return new ArithmeticPuzzle(start, changes);
    }

    public static ArithmeticPuzzle? ParseStem(string stem) => Pattern().Match(stem) is { Success: true } match
        ? new ArithmeticPuzzle(Number(match, 1), ParseOperations(match.Groups[2].Value))
        : null;

    public override string Question(RandomStream stream) =>
        stream.Chance(0.5) ? $"compute {Canonical}" : $"what is {Canonical} ?";

    public override int Solve(Calculate calculate) =>
        Changes.Aggregate(Start, (value, change) => calculate(value, change.Sign, change.Operand));

    [GeneratedRegex("^(?:compute|what is) ([0-9]+)((?:[-+][0-9])+)$")]
    private static partial Regex Pattern();
}
