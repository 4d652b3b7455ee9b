using System.Text.Json.Serialization;
using Phi4R.Foundation;
using Phi4R.Inference;

namespace Phi4R.Evaluation;

/// <summary>How a model is asked.</summary>
public sealed record EvaluationConfig
{
    /// <summary>Answers sampled to each problem of a benchmark; pass@1 is their mean.</summary>
    public required int AnswersPerProblem { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Other numbers of answers, by the benchmark's name: a small benchmark needs more of them. Null for the same
    /// everywhere.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? AnswersOn
    {
        get;
        init => field = value is null
            ? null
            : value.ToDictionary(pair => pair.Key, pair => Require.Positive(pair.Value), StringComparer.Ordinal);
    }

    /// <summary>How answers are sampled.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>Drives every draw; the same for all models that are compared.</summary>
    public required long Seed { get; init; }

    /// <summary>Answers sampled to each problem of the benchmark of that name.</summary>
    public int AnswersTo(string benchmark) =>
        AnswersOn?.GetValueOrDefault(benchmark, AnswersPerProblem) ?? AnswersPerProblem;
}
