using System.Text.Json.Serialization;

namespace Phi4R.Evaluation;

/// <summary>A problem that an evaluation asked, as a line of <c>problems.jsonl</c>.</summary>
public sealed record AskedProblem
{
    /// <summary>The benchmark's name.</summary>
    [JsonPropertyName("benchmark")]
    public required string Benchmark { get; init; }

    /// <summary>The problem's id in the benchmark.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>What the model was asked, without instructions.</summary>
    [JsonPropertyName("question")]
    public string Question { get; init; } = "";

    /// <summary>The reference answer.</summary>
    [JsonPropertyName("answer")]
    public string Answer { get; init; } = "";

    /// <summary>The options of a multiple-choice problem, or null.</summary>
    [JsonPropertyName("choices")]
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The field that the problem is of; empty where nobody said.</summary>
    [JsonPropertyName("domain")]
    public string Domain { get; init; } = "";

    /// <summary>How hard it is, by the benchmark's own scale; 0 where nobody said.</summary>
    [JsonPropertyName("level")]
    public int Level { get; init; }
}

/// <summary>What became of one completion, without its text.</summary>
/// <param name="Problem">The problem's id in the benchmark.</param>
/// <param name="Sample">Which of the completions of this problem it is, from 0.</param>
/// <param name="Verdict">As in <see cref="EvaluatedCompletion.Verdict"/>.</param>
/// <param name="Tokens">How many tokens its writer counted.</param>
public readonly record struct CompletionMark(
    string Benchmark, string Problem, int Sample, string Verdict, int Tokens);
