using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Training;

/// <summary>How the learning rate goes from its peak to its end.</summary>
public enum Decay
{
    /// <summary>It stays at the peak.</summary>
    Constant,

    /// <summary>It falls on a straight line.</summary>
    Linear,

    /// <summary>It falls on half a cosine.</summary>
    Cosine,
}

/// <summary>AdamW and its schedule.</summary>
/// <remarks>Source: Loshchilov and Hutter 2019, arXiv 1711.05101.</remarks>
public sealed record OptimizerConfig
{
    /// <summary>The rate after warm-up.</summary>
    public required double PeakLearningRate { get; init => field = Require.Positive(value); }

    /// <summary>
    /// The rate at the last step, as a share of the peak. 0 is that of a step after the last, since a step of rate 0
    /// would change nothing.
    /// </summary>
    public required double MinLearningRateRatio { get; init => field = Require.Fraction(value); }

    /// <summary>Share of all steps over which the rate rises from zero.</summary>
    public required double WarmupRatio { get; init => field = Require.Fraction(value); }

    /// <summary>How the rate falls after warm-up.</summary>
    public required Decay Decay { get; init; }

    /// <summary>Memory of the first moment.</summary>
    public required double Beta1 { get; init => field = Require.BelowOne(value); }

    /// <summary>Memory of the second moment.</summary>
    public required double Beta2 { get; init => field = Require.BelowOne(value); }

    /// <summary>Added to the root of the second moment.</summary>
    public required double Epsilon { get; init => field = Require.Positive(value); }

    /// <summary>Decoupled decay of matrices, and with <see cref="DecayNorms"/> of norms' weights too.</summary>
    public required double WeightDecay { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Whether norms' weights decay as matrices do: plain AdamW, which makes no difference between them.
    /// </summary>
    /// <remarks>
    /// Not written where it is off, so that the fingerprints of stages which know nothing of it stay.
    /// </remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DecayNorms { get; init; }

    /// <summary>Gradients whose norm is larger are scaled down to this norm.</summary>
    public required double MaxGradientNorm { get; init => field = Require.Positive(value); }

    /// <summary>
    /// So many steps one after the other whose gradient is not finite stop the run; each before that changes nothing
    /// and is counted. 1 stops at the first.
    /// </summary>
    public required int StopAfterSkipped { get; init => field = Require.Positive(value); }

    /// <summary>The rate of a step.</summary>
    /// <param name="step">0 to <paramref name="steps"/> - 1.</param>
    public double RateAt(int step, int steps)
    {
        var warmup = (int)Math.Ceiling(WarmupRatio * steps);
        if (step < warmup)
        {
            return PeakLearningRate * (step + 1) / warmup;
        }

        var end = MinLearningRateRatio > 0 ? steps - 1 : steps;
        var done = end > warmup ? (double)(step - warmup) / (end - warmup) : 0;
        var share = Decay switch
        {
            Decay.Linear => 1 - done,
            Decay.Cosine => (1 + Math.Cos(Math.PI * done)) / 2,
            _ => 1,
        };
        return PeakLearningRate * (MinLearningRateRatio + ((1 - MinLearningRateRatio) * share));
    }
}
