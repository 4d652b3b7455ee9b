using Phi4R.Foundation;
using Phi4R.Sampling;

namespace Phi4R.Evaluation;

/// <summary>How a model is asked.</summary>
public sealed record EvaluationConfig
{
    /// <summary>Answers drawn to each problem of a benchmark; pass@1 is their mean.</summary>
    public required int AnswersPerProblem { get; init => field = Require.Positive(value); }

    /// <summary>How answers are drawn.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>Drives every draw; the same for all models that are compared.</summary>
    public required long Seed { get; init; }
}
