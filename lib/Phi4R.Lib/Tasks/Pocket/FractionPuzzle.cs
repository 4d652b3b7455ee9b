using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>Parts of a number, and changes between: <c>take 84 then 4/6 of it then -5</c>.</summary>
internal sealed partial record FractionPuzzle(int Start, IReadOnlyList<FractionPuzzle.Step> Steps) : PocketPuzzle
{
    // f a part, c a change.
    private static readonly string[] StepsByLevel = ["f", "f", "fc", "fcf", "fcfcf"];

    public override string Domain => "fractions";

    public override string Canonical => $"{Start}{string.Concat(Steps)}";

    /// <summary>Null where the number that was come to has no part that is a whole number.</summary>
    public static FractionPuzzle? Draw(RandomStream stream, int level)
    {
        var (start, steps) = (stream.Next(4, 100), new List<Step>());
        var value = start;
        foreach (var kind in StepsByLevel[level - 1])
        {
            var step = kind == 'f' ? DrawPart(stream, value, level) : Step.Change(DrawChange(stream, value));
            if (step is null)
            {
                return null;
            }

            steps.Add(step.Value);
            value = step.Value.Apply(value, Exact);
        }

        return new FractionPuzzle(start, steps);
    }

    public static FractionPuzzle? ParseStem(string stem) => Pattern().Match(stem) is { Success: true } match
        ? new FractionPuzzle(Number(match, 1), [.. StepPattern().Matches(match.Groups[2].Value).Select(Step.Parse)])
        : null;

    public override string Question(RandomStream stream)
    {
        var told = string.Concat(Steps.Select(step => $" then {step.Told}"));
        return stream.Chance(0.5) ? $"take {Start}{told}" : $"start {Start}{told}; result ?";
    }

    public override int Solve(Calculate calculate) =>
        Steps.Aggregate(Start, (value, step) => step.Apply(value, calculate));

    // Level 1 has one part of q, levels 2 and 3 two or more, harder levels either; halves only where one part is all
    // there is.
    private static Step? DrawPart(RandomStream stream, int value, int level)
    {
        int[] denominators = [.. Enumerable.Range(2, 8)
            .Where(q => value > 0 && value % q == 0 && (q > 2 || level == 1))];
        if (denominators.Length == 0)
        {
            return null;
        }

        var q = stream.Pick(denominators);
        return new Step('/', level == 1 ? 1 : stream.Next(level > 3 ? 1 : 2, q), q);
    }

    [GeneratedRegex("^(?:take|start) ([0-9]+)((?: then (?:[0-9]/[2-9] of it|[-+][0-9]))+)(?:; result)?$")]
    private static partial Regex Pattern();

    [GeneratedRegex("([0-9])/([0-9]) of it|([-+])([0-9])")]
    private static partial Regex StepPattern();

    /// <summary>A part of the number ('/') or a change of it ('+', '-').</summary>
    /// <param name="Denominator">1 for a change.</param>
    internal readonly record struct Step(char Sign, int Numerator, int Denominator)
    {
        public string Told => Sign == '/' ? $"{Numerator}/{Denominator} of it" : $"{Sign}{Numerator}";

        public static Step Change(PocketOperation change) => new(change.Sign, change.Operand, 1);

        public static Step Parse(Match match) => match.Groups[1].Success
            ? new Step('/', Number(match, 1), Number(match, 2))
            : new Step(match.Groups[3].Value[0], Number(match, 4), 1);

        public int Apply(int value, Calculate calculate)
        {
            if (Sign != '/')
            {
                return calculate(value, Sign, Numerator);
            }

            var part = calculate(value, '/', Denominator);
            return Numerator > 1 ? calculate(part, '*', Numerator) : part;
        }

        public override string ToString() => Sign == '/' ? $"*{Numerator}/{Denominator}" : $"{Sign}{Numerator}";
    }
}
