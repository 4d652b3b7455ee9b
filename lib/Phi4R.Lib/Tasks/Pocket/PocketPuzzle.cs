using System.Globalization;
using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>Does one step, such as 47+8; '%' stands for the remainder.</summary>
internal delegate int Calculate(int left, char sign, int right);

/// <summary>A sign and the number it is followed by, such as -3.</summary>
internal readonly record struct PocketOperation(char Sign, int Operand)
{
    public override string ToString() => $"{Sign}{Operand}";
}

/// <summary>What a pocket problem asks, apart from its wording: numbers and what to do with them.</summary>
internal abstract partial record PocketPuzzle
{
    private const int MostAttempts = 10_000;

    public abstract string Domain { get; }

    /// <summary>
    /// The puzzle as a formula; equal for all wordings, also those of another family that come to the same sum.
    /// </summary>
    public abstract string Canonical { get; }

    /// <summary>The puzzle in one of two wordings.</summary>
    public abstract string Question(RandomStream stream);

    /// <summary>
    /// Works through the steps in order; every number comes from the one before through <paramref name="calculate"/>.
    /// </summary>
    public abstract int Solve(Calculate calculate);

    /// <summary>A puzzle with all exact intermediate values within 0 and 99 that fits what is wanted.</summary>
    public static PocketPuzzle Draw(RandomStream stream, PocketFamily family, int level, Predicate<PocketPuzzle> wanted)
    {
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            PocketPuzzle? puzzle = family switch
            {
                PocketFamily.Arithmetic => ArithmeticPuzzle.Draw(stream, level),
                PocketFamily.NumberTheory => RemainderPuzzle.Draw(stream, level),
                PocketFamily.Algebra => AlgebraPuzzle.Draw(stream, level),
                PocketFamily.Sequences => SequencePuzzle.Draw(stream, level),
                PocketFamily.WordProblems => WordPuzzle.Draw(stream, level),
                PocketFamily.Fractions => FractionPuzzle.Draw(stream, level),
                _ => throw new ArgumentException($"Family {family} is none of the "
                    + $"{Enum.GetValues<PocketFamily>().Length} pocket families."),
            };
            if (puzzle is not null && wanted(puzzle))
            {
                return puzzle;
            }
        }

        throw new InvalidOperationException($"No wanted problem of family {family}, level {level}, in {MostAttempts} "
            + "draws; choose another level or more families.");
    }

    /// <summary>
    /// The puzzle that a question asks, with or without options; null when it is none of the pocket wordings.
    /// </summary>
    public static PocketPuzzle? Parse(string question)
    {
        var options = question.LastIndexOf("; one of ", StringComparison.Ordinal);
        var stem = options >= 0
            ? question[..options]
            : question.EndsWith(" ?", StringComparison.Ordinal) ? question[..^2]
            : question;
        return ArithmeticPuzzle.ParseStem(stem) ?? RemainderPuzzle.ParseStem(stem) ?? AlgebraPuzzle.ParseStem(stem)
            ?? SequencePuzzle.ParseStem(stem) ?? WordPuzzle.ParseStem(stem)
            ?? (PocketPuzzle?)FractionPuzzle.ParseStem(stem);
    }

    /// <summary>
    /// A step without error. Division rounds down and a remainder is never negative, so that a slip before it cannot
    /// stop the rest.
    /// </summary>
    public static int Exact(int left, char sign, int right) => sign switch
    {
        '+' => left + right,
        '-' => left - right,
        '*' => left * right,
        '/' => (int)Math.Floor((double)left / right),
        '%' => ((left % right) + right) % right,
        _ => throw new ArgumentException($"Sign '{sign}' is none of + - * / %."),
    };

    /// <summary>A one-digit step up or down that stays within 0 and 99.</summary>
    protected static PocketOperation DrawChange(RandomStream stream, int value) =>
        Within(value, stream.Chance(0.5), stream.Next(1, 10));

    /// <summary>The change with the sign that was drawn, or the other where that would leave 0 to 99.</summary>
    protected static PocketOperation Within(int value, bool up, int operand) =>
        new((up && value + operand <= 99) || value - operand < 0 ? '+' : '-', operand);

    protected static IReadOnlyList<PocketOperation> ParseOperations(string text) =>
        [.. OperationPattern().Matches(text)
            .Select(match => new PocketOperation(match.Value[0], Number(match.Value[1..])))];

    protected static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    protected static int Number(Match match, int group) => Number(match.Groups[group].Value);

    [GeneratedRegex(@"[-+*/][0-9]")]
    private static partial Regex OperationPattern();
}
