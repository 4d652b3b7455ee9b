using System.Text.Json.Serialization;

namespace Phi4R.Evaluation;

/// <summary>The content of <c>results.json</c>: how one model did on several benchmarks.</summary>
public sealed record EvaluationReport
{
    /// <summary>The model's name, as the person gave it.</summary>
    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>Who wrote the completions: this process, or the address of a server.</summary>
    [JsonPropertyName("engine")]
    public required string Engine { get; init; }

    /// <summary>How it was asked: sampling, instructions, form of the request.</summary>
    [JsonPropertyName("protocol")]
    public required IReadOnlyDictionary<string, string> Protocol { get; init; }

    /// <summary>A row for each benchmark, in the order asked.</summary>
    [JsonPropertyName("benchmarks")]
    public required IReadOnlyList<BenchmarkScore> Benchmarks { get; init; }

    /// <summary>Whether every completion that was asked for is there.</summary>
    [JsonPropertyName("complete")]
    public required bool Complete { get; init; }
}
