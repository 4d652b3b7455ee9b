using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Evaluation;

/// <summary>A benchmark as an evaluation asks it.</summary>
public sealed record AskedBenchmark
{
    /// <summary>The benchmark's name, or its file's.</summary>
    public required string Name { get; init; }

    /// <summary>Of the file that the problems are from.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Completions of each problem.</summary>
    public required int Samples { get; init => field = Require.Positive(value); }

    /// <summary>How many of the first problems are asked; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>What stands before each question; empty for nothing.</summary>
    public required string Instructions { get; init; }

    /// <summary>Tokens of a completion, for the estimate before the first ones.</summary>
    [JsonIgnore]
    public int GuessedTokens { get; init; }

    /// <summary>The problems, in the order of the file.</summary>
    [JsonIgnore]
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>How many completions are asked for.</summary>
    [JsonIgnore]
    public int Completions => Problems.Count * Samples;

    /// <summary>A problem as a sample is asked it: with its options in an order of the sample's own, or not.</summary>
    /// <param name="place">Of the problem in the benchmark.</param>
    /// <param name="shuffled">Whether each sample has an order of its own.</param>
    /// <exception cref="InvalidDataException">
    /// The options stand within the question, so that their order is fixed.
    /// </exception>
    internal Problem Asked(int place, int sample, bool shuffled, long seed)
    {
        var problem = Problems[place];
        if (!shuffled || problem.Choices is not { } choices)
        {
            return problem;
        }

        var shown = ProblemData.Shown(choices);
        if (!problem.Question.EndsWith(shown, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{Name}: the options of problem '{problem.Id}' stand within its question, "
                + "so that they cannot be shuffled. Take --shuffle-options question.");
        }

        var order = choices.ToArray();
        Randomness.For(seed, $"options of {Name}", place, sample).Shuffle(order);
        return problem with
        {
            Question = problem.Question[..^shown.Length] + ProblemData.Shown(order),
            Choices = order,
        };
    }

    /// <summary>What a model is given to read: the instructions, then the question.</summary>
    internal string Prompt(Problem problem) =>
        Instructions.Length == 0 ? problem.Question : $"{Instructions}\n\n{problem.Question}";
}
