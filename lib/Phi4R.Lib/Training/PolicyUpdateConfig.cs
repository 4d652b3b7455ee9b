using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Training;

/// <summary>How sampled answers change a model.</summary>
public sealed record PolicyUpdateConfig
{
    /// <summary>How far a token's probability ratio counts below 1.</summary>
    public required double ClipLow { get; init => field = Require.Positive(value); }

    /// <summary>
    /// How far it counts above 1; more than below ("clip higher") leaves unlikely tokens room to grow.
    /// </summary>
    public required double ClipHigh { get; init => field = Require.Positive(value); }

    /// <summary>What the losses of a step's tokens are divided by.</summary>
    public required LossNormalization Normalization { get; init; }

    /// <summary>
    /// Weight of the divergence from the model that the stage began with; 0 for none, which also keeps no copy of that
    /// model.
    /// </summary>
    public required double KlCoefficient { get; init => field = Require.NotNegative(value); }

    /// <summary>How that divergence is estimated.</summary>
    public required KlEstimator KlEstimator { get; init; }

    /// <summary>Updates from the same answers; from the second on the ratios are not 1.</summary>
    public required int InnerEpochs { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Updates of one epoch: answers are dealt to them one after the other, so that each has some of every group, and
    /// each has a loss of its own. Null for one update with all.
    /// </summary>
    /// <remarks>
    /// From the second update on ratios are not 1. With several, every answer is scored once more before the first,
    /// without a gradient.
    /// </remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int? Minibatches { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>
    /// The largest weight of a token whose probability differs between sampling and training; null weighs all the same
    /// and takes ratios to what sampling said.
    /// </summary>
    public required double? ImportanceSamplingCap
    {
        get;
        init => field = value is null ? null : Require.Positive(value.Value);
    }

    /// <summary>Answers of one forward pass.</summary>
    public required int MicroBatchSize { get; init => field = Require.Positive(value); }

    /// <summary>
    /// A token that training has more than this many times as likely as sampling had, or less than one such part, is
    /// masked: it is in no loss and no denominator.
    /// </summary>
    public required double MaxTokenRatio
    {
        get;
        init => field = value > 1
            ? value
            : throw new ArgumentException($"MaxTokenRatio is {value}; it must be above 1.");
    }

    /// <summary>The run stops when more than this share of a step's tokens is masked.</summary>
    public required double MaxMaskedShare { get; init => field = Require.Fraction(value); }

    /// <summary>
    /// The run stops when the estimated divergence of training from sampling is more than this over a step's tokens
    /// that are not masked, in nats a token.
    /// </summary>
    /// <remarks>
    /// 16-bit weights of one model in two programs are about 1e-3 apart. The largest gap of any token is no measure: it
    /// grows with how many are looked at.
    /// </remarks>
    public required double MaxSamplingDivergence { get; init => field = Require.Positive(value); }
}
