// P pairs, N learned tokens.
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Training;

/// <summary>The preference loss and the policy gradient's, as pure functions of log-probabilities.</summary>
public static class Losses
{
    /// <summary>Direct preference loss of each pair: -log sigmoid(beta * (policy margin - reference margin)).</summary>
    /// <param name="policyChosen">[P] log-probability of the right answer under the model being trained, in nats.</param>
    /// <param name="policyRejected">[P] of the wrong answer.</param>
    /// <param name="referenceChosen">[P] of the right answer under the reference.</param>
    /// <param name="referenceRejected">[P] of the wrong answer under the reference.</param>
    /// <param name="beta">Strength of the pull towards the reference, above zero, per nat.</param>
    /// <returns>[P] losses, in nats.</returns>
    /// <remarks>Source: Rafailov et al. 2023, arXiv 2305.18290, equation 7.</remarks>
    public static Tensor Preference(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen, Tensor referenceRejected, double beta)
    {
        var pairs = policyChosen.shape[0];
        var policy = policyChosen - policyRejected.Shaped([pairs]);                                          // [P]
        var reference = referenceChosen.Shaped([pairs]) - referenceRejected.Shaped([pairs]);                 // [P]
        return -nn.functional.logsigmoid(Scalars.Held(beta) * (policy - reference));
    }

    /// <summary>Clipped surrogate of each token: -min(ratio A, clip(ratio, 1 - low, 1 + high) A), ratio = e^(now - drawn).</summary>
    /// <param name="logProbabilities">[N] under the model being trained, at the sampling temperature, in nats.</param>
    /// <param name="drawn">[N] under the model that drew the tokens, at the same temperature.</param>
    /// <param name="advantages">[N] of the answer that each token belongs to.</param>
    /// <param name="clipLow">How far the ratio may fall below 1.</param>
    /// <param name="clipHigh">How far it may rise above 1.</param>
    /// <returns>[N].</returns>
    /// <remarks>Source: Schulman et al. 2017, arXiv 1707.06347, equation 7; group-relative use: Shao et al. 2024, arXiv 2402.03300, equation 3; two limits: Yu et al. 2025, arXiv 2503.14476.</remarks>
    public static Tensor ClippedSurrogate(Tensor logProbabilities, Tensor drawn, Tensor advantages, double clipLow, double clipHigh)
    {
        var tokens = logProbabilities.shape[0];
        var ratio = (logProbabilities - drawn.Shaped([tokens])).exp();                                       // [N]
        var clipped = ratio.clamp(Scalars.Held(1 - clipLow), Scalars.Held(1 + clipHigh)) * advantages;                                   // [N]
        return -minimum(ratio * advantages.Shaped([tokens]), clipped);
    }
}
