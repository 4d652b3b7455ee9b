using System.Globalization;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>
/// Six families of small problems with a dial of five levels, each answer a whole number within 0 and 99.
/// </summary>
/// <remarks>
/// A level adds steps, not harder ones: each step of a solution is one of <c>ab+c</c>, <c>ab-c</c>, <c>a*b</c>,
/// <c>ab/c</c> and <c>ab mod c</c>, and (sequences only) the difference of two neighbors. All exact intermediate values
/// are within 0 and 99.
/// </remarks>
public static class PocketProblems
{
    private const int Options = 4;
    private const int SplitParts = 8;

    /// <summary>Draws one problem of a split.</summary>
    /// <param name="stream">Drives every draw: equal streams give equal problems.</param>
    /// <exception cref="InvalidOperationException">The mix asks for problems that the split has none of.</exception>
    public static Problem Draw(RandomStream stream, ProblemMix mix, Split split) => Draw(stream, mix, split, _ => true);

    /// <summary>
    /// The split of a problem, told from the underlying puzzle: equal for both wordings, and with or without options.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The question is in none of the pocket wordings; the message quotes it.
    /// </exception>
    public static Split SplitOf(Problem problem) => SplitOf(PuzzleOf(problem));

    /// <summary>Whether a problem is kept out of training.</summary>
    /// <exception cref="ArgumentException">
    /// The question is in none of the pocket wordings; the message quotes it.
    /// </exception>
    public static bool IsHeldOut(Problem problem) => SplitOf(problem) != Split.Training;

    internal static Problem Draw(RandomStream stream, ProblemMix mix, Split split, Predicate<PocketPuzzle> wanted)
    {
        var level = stream.PickWeighted(mix.LevelWeights) + 1;
        var family = stream.Pick(mix.Families);
        var fourChoice = stream.Chance(mix.FourChoiceShare);
        var puzzle = PocketPuzzle.Draw(stream, family, level, puzzle => SplitOf(puzzle) == split && wanted(puzzle));

        var answer = puzzle.Solve(PocketPuzzle.Exact);
        var question = puzzle.Question(stream);
        string[]? choices = null;
        if (fourChoice)
        {
            choices = DrawChoices(stream, answer);
            question = $"{question.Replace(" ?", "", StringComparison.Ordinal)}; one of {string.Join(",", choices)} ?";
        }

        return new Problem
        {
            Id = StableHash.Of(question).ToString("x16", CultureInfo.InvariantCulture),
            Question = question,
            Answer = Digits(answer),
            Domain = puzzle.Domain,
            Level = level,
            Choices = choices,
        };
    }

    internal static PocketPuzzle PuzzleOf(Problem problem) => PocketPuzzle.Parse(problem.Question)
        ?? throw new ArgumentException($"Problem {problem.Id} asks \"{problem.Question}\", which is none of the "
            + "pocket wordings.");

    private static Split SplitOf(PocketPuzzle puzzle) => (StableHash.Of(puzzle.Canonical) % SplitParts) switch
    {
        0 => Split.Benchmark,
        1 => Split.Validation,
        _ => Split.Training,
    };

    private static string[] DrawChoices(RandomStream stream, int answer)
    {
        List<int> options = [answer];
        while (options.Count < Options)
        {
            // At least 6 of the 14 slips stay within range, so this ends.
            var option = Slip.Draw(stream, answer);
            if (!options.Contains(option))
            {
                options.Add(option);
            }
        }

        stream.Shuffle(options);
        return [.. options.Select(Digits)];
    }

    private static string Digits(int number) => number.ToString(CultureInfo.InvariantCulture);
}
