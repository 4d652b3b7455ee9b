using Phi4R.Data;

namespace Phi4R.Inference;

/// <summary>A token, as it is sampled.</summary>
public readonly record struct SampledToken
{
    /// <summary>Which of the request's answers it belongs to.</summary>
    public required int Completion { get; init; }

    /// <summary>The id of the sampled token.</summary>
    public required int Token { get; init; }

    /// <summary>Under the distribution that it was sampled from, in nats.</summary>
    public required float LogProbability { get; init; }

    /// <summary>At temperature 1 over the whole vocabulary, in nats.</summary>
    public required float PlainLogProbability { get; init; }

    /// <summary>
    /// The likeliest tokens and their plain log-probabilities, likeliest first; as many as were asked for.
    /// </summary>
    public required IReadOnlyList<(int Token, float LogProbability)> Alternatives { get; init; }

    /// <summary>Why the answer is over, with its last token.</summary>
    public required FinishReason? Finish { get; init; }
}
