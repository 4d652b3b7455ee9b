using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>Three terms of an arithmetic sequence to be continued: <c>sequence 4,7,10; go 5 more</c>.</summary>
internal sealed partial record SequencePuzzle(int First, int Second, int Third, int Ahead) : PocketPuzzle
{
    private static readonly int[] AheadByLevel = [1, 2, 3, 5, 7];

    public override string Domain => "sequences";

    public override string Canonical => $"{First},{Second},{Third}; {Ahead}";

    public static SequencePuzzle Draw(RandomStream stream, int level)
    {
        var (ahead, step) = (AheadByLevel[level - 1], stream.Next(1, 10));
        var lowest = stream.Next(100 - (step * (ahead + 2)));
        return stream.Chance(0.5)
            ? new SequencePuzzle(lowest, lowest + step, lowest + (2 * step), ahead)
            : new SequencePuzzle(lowest + (step * (ahead + 2)), lowest + (step * (ahead + 1)),
                lowest + (step * ahead), ahead);
    }

    public static SequencePuzzle? ParseStem(string stem) => Pattern().Match(stem) is { Success: true } match
        ? new SequencePuzzle(Number(match, 1), Number(match, 2), Number(match, 3), Number(match, 4))
        : null;

    public override string Question(RandomStream stream) =>
        $"sequence {First},{Second},{Third}; {(stream.Chance(0.5) ? $"go {Ahead} more" : $"what is {Ahead} ahead ?")}";

    public override int Solve(Calculate calculate)
    {
        var sign = Second > First ? '+' : '-';
        var step = sign == '+' ? calculate(Second, '-', First) : calculate(First, '-', Second);
        return Enumerable.Repeat(step, Ahead).Aggregate(Third, (term, change) => calculate(term, sign, change));
    }

    [GeneratedRegex("^sequence ([0-9]+),([0-9]+),([0-9]+); (?:go|what is) ([0-9]) (?:more|ahead)$")]
    private static partial Regex Pattern();
}
