using System.Text.Json.Serialization;

namespace Phi4R.Evaluation;

/// <summary>A completion of an evaluation as a line of <c>completions.jsonl</c>, with its verdict.</summary>
public sealed record EvaluatedCompletion
{
    /// <summary>The word of <see cref="Verdict"/> where no completion could be had.</summary>
    public const string Failed = "failed";

    /// <summary>The benchmark's name.</summary>
    [JsonPropertyName("benchmark")]
    public required string Benchmark { get; init; }

    /// <summary>The problem's id in the benchmark.</summary>
    [JsonPropertyName("problem")]
    public required string Problem { get; init; }

    /// <summary>Which of the completions of this problem it is, from 0.</summary>
    [JsonPropertyName("sample")]
    public required int Sample { get; init; }

    /// <summary>The whole text.</summary>
    [JsonPropertyName("text")]
    public required string Text { get; init; }

    /// <summary>Why it is over: <c>stop</c>, <c>length</c> or <c>failed</c>.</summary>
    [JsonPropertyName("finish_reason")]
    public required string FinishReason { get; init; }

    /// <summary>How many tokens its writer counted.</summary>
    [JsonPropertyName("tokens")]
    public required int Tokens { get; init; }

    /// <summary>What was said of it: <c>correct</c>, <c>incorrect</c>, <c>unverifiable</c> or <c>failed</c>.</summary>
    [JsonPropertyName("verdict")]
    public required string Verdict { get; init; }

    /// <summary>How both sides were read and which rule decided, or why there is no completion.</summary>
    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    /// <summary>Who judged it, such as <c>verifier</c> or <c>length limit</c>.</summary>
    [JsonPropertyName("judged_by")]
    public string? JudgedBy { get; init; }

    /// <summary>The final answer that was found in the text; null where none was.</summary>
    [JsonPropertyName("answer")]
    public string? Answer { get; init; }

    /// <summary>The ids of its tokens where the engine states them; null otherwise.</summary>
    [JsonPropertyName("token_ids")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? TokenIds { get; init; }
}
