using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>
/// The sets that the pocket model is measured on: the same for every run and every seed, without repeats, never trained
/// on.
/// </summary>
/// <remarks>
/// A smaller size takes the first problems of the full set. No puzzle stands in two sets, in whatever words, so results
/// may be pooled.
/// </remarks>
public static class PocketBenchmarks
{
    private const long Seed = 20250430;

    private static readonly Lazy<Sets> All = new(DrawAll);

    /// <summary>"pocket-500", levels 2 to 4: the stand-in for the 500 problems of MATH-500.</summary>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not within 1 and 500.</exception>
    public static ProblemSet Pocket500(int count = 500) => First(All.Value.Medium, count);

    /// <summary>
    /// "pocket-hard", level 5: the stand-in for AIME 2024. It has 300 problems where AIME has 30, since 30 problems
    /// have a standard error of up to 9 points however often each is answered.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not within 1 and 300.</exception>
    public static ProblemSet PocketHard(int count = 300) => First(All.Value.Hard, count);

    /// <summary>
    /// "pocket-choice", levels 3 to 5, four options: the stand-in for the 198 problems of GPQA-Diamond. The answer is
    /// an option's value, not its letter.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not within 1 and 198.</exception>
    public static ProblemSet PocketChoice(int count = 198) => First(All.Value.Choice, count);

    /// <summary>
    /// "pocket-validation", for choosing hyperparameters: equal parts of what the three benchmarks are, in turn.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="count"/> is not within 1 and 600.</exception>
    public static ProblemSet Validation(int count = 300) => First(All.Value.Validation, count);

    private static ProblemSet First(ProblemSet set, int count) => count >= 1 && count <= set.Problems.Count
        ? set with { Problems = [.. set.Problems.Take(count)] }
        : throw new ArgumentException($"{count} problems of {set.Name} were asked for; it has {set.Problems.Count}.");

    private static Sets DrawAll()
    {
        var medium = new ProblemMix { LevelWeights = [0, 1, 1, 1, 0], FourChoiceShare = 0 };
        var hard = new ProblemMix { LevelWeights = [0, 0, 0, 0, 1], FourChoiceShare = 0 };
        var choice = new ProblemMix { LevelWeights = [0, 0, 1, 1, 1], FourChoiceShare = 1 };
        HashSet<string> seen = [];
        return new Sets(
            Draw("pocket-500", 500, Split.Benchmark, medium),
            Draw("pocket-hard", 300, Split.Benchmark, hard),
            Draw("pocket-choice", 198, Split.Benchmark, choice),
            Draw("pocket-validation", 600, Split.Validation, medium, hard, choice));

        ProblemSet Draw(string name, int count, Split split, params ProblemMix[] mixes) => new(name,
        [
            .. Enumerable.Range(0, count).Select(i =>
                PocketProblems.Draw(Randomness.For(Seed, name, i), mixes[i % mixes.Length], split,
                    puzzle => seen.Add(puzzle.Canonical))),
        ]);
    }

    private sealed record Sets(ProblemSet Medium, ProblemSet Hard, ProblemSet Choice, ProblemSet Validation);
}
