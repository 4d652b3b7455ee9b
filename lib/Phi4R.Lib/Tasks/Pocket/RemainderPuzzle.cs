using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>A repeated step with a remainder: <c>x=3; 2 times x=(x*4+5) mod 7</c>.</summary>
/// <param name="Addend">0 where nothing is added.</param>
internal sealed partial record RemainderPuzzle(int Start, int Times, int Factor, int Addend, int Modulus) : PocketPuzzle
{
    private static readonly int[] TimesByLevel = [1, 1, 2, 3, 4];

    public override string Domain => "number theory";

    public override string Canonical => $"x={Start}; {Times} times {Rule}";

    private string Rule => $"x=(x*{Factor}{(Addend > 0 ? $"+{Addend}" : "")}) mod {Modulus}";

    /// <summary>Null where a round would change nothing, which hides whether the rounds were counted.</summary>
    public static RemainderPuzzle? Draw(RandomStream stream, int level)
    {
        var addend = level == 1 ? 0 : stream.Next(1, 10);
        var puzzle = new RemainderPuzzle(stream.Next(2, 10), TimesByLevel[level - 1], stream.Next(2, 10), addend,
            stream.Next(3, 10));
        var value = puzzle.Start;
        for (var round = 0; round < puzzle.Times; round++)
        {
            var next = puzzle.Round(value, Exact);
            if (next == value)
            {
                return null;
            }

            value = next;
        }

        return puzzle;
    }

    public static RemainderPuzzle? ParseStem(string stem) => Pattern().Match(stem) is { Success: true } match
        ? new RemainderPuzzle(Number(match, 1), Number(match, 2), Number(match, 3),
            match.Groups[4].Success ? Number(match, 4) : 0, Number(match, 5))
        : null;

    public override string Question(RandomStream stream) =>
        stream.Chance(0.5) ? Canonical : $"let x={Start}; do {Times} times {Rule}";

    public override int Solve(Calculate calculate)
    {
        var value = Start;
        for (var round = 0; round < Times; round++)
        {
            value = Round(value, calculate);
        }

        return value;
    }

    private int Round(int value, Calculate calculate)
    {
        var product = calculate(value, '*', Factor);
        var sum = Addend > 0 ? calculate(product, '+', Addend) : product;
        return calculate(sum, '%', Modulus);
    }

    [GeneratedRegex(@"^(?:let )?x=([0-9]); (?:do )?([0-9]) times x=\(x\*([0-9])(?:\+([0-9]))?\) mod ([1-9])$")]
    private static partial Regex Pattern();
}
