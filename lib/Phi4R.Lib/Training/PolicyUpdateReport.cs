// N tokens in the loss, D width.
using System.Text.Json.Serialization;

namespace Phi4R.Training;

/// <summary>What a step's updates did; of their first epoch where it has several, unless said otherwise.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record PolicyUpdateReport
{
    /// <summary>Of the first update.</summary>
    public required double Loss { get; init; }

    /// <summary>Mean over the tokens in the loss, at temperature 1, in nats.</summary>
    public required double Entropy { get; init; }

    /// <summary>
    /// Largest difference of a token's log-probability between sampling and training, in nats; only watched.
    /// </summary>
    public required double TrainInferenceMismatch { get; init; }

    /// <summary>Of the first update, before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Mean estimate per token, in nats; 0 where it is not in the loss.</summary>
    public required double Divergence { get; init; }

    /// <summary>Of the tokens of all epochs, those whose gradient clipping removed.</summary>
    public required double ClippedShare { get; init; }

    /// <summary>Of the tokens, those whose importance weight met its limit.</summary>
    public required double TruncatedShare { get; init; }

    /// <summary>Updates of all epochs that changed nothing, since their gradient was not finite.</summary>
    public int Skipped { get; init; }

    /// <summary>Mean of that difference without its sign, in nats.</summary>
    public double MeanLogProbabilityGap { get; init; }

    /// <summary>
    /// Estimated divergence of what training says from what sampling said, mean per token that is not masked, in nats
    /// (<see cref="KlEstimator.K3"/>).
    /// </summary>
    public double SamplingDivergence { get; init; }

    /// <summary>
    /// Of the tokens, those on which sampling and training differ by more than
    /// <see cref="PolicyUpdateConfig.MaxTokenRatio"/>.
    /// </summary>
    public double MaskedShare { get; init; }
}
