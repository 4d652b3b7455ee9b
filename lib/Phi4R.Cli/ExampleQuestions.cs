using Phi4R.Foundation;
using Phi4R.Tasks.Pocket;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>Questions to begin with, of the kind that a model was trained to answer.</summary>
internal static class ExampleQuestions
{
    private static readonly string[] Words =
    [
        "What is the remainder when 7^100 is divided by 5?",
        "How many ways are there to arrange the letters of LEVEL?",
        "Solve x^2 - 5x + 6 = 0.",
        "A fair die is rolled twice. How probable is a sum of 9 or more?",
    ];

    /// <summary>
    /// One of each family of the pocket's problems, which were kept out of its training; else some in words.
    /// </summary>
    public static IReadOnlyList<string> For(ITokenizer? tokenizer) => tokenizer is PocketTokenizer
        ? [.. Enum.GetValues<PocketFamily>().Select(family => PocketProblems.Draw(
            Randomness.For(1, "examples", (int)family),
            new ProblemMix { LevelWeights = [1, 1, 0, 0, 0], FourChoiceShare = 0, Families = [family] },
            Split.Benchmark).Question)]
        : Words;
}
