// P pairs, N tokens in the loss.
using Phi4R.Native;

namespace Phi4R.Training;

/// <summary>How far a pair is to be driven apart.</summary>
public enum PreferenceLoss
{
    /// <summary>Without end, ever more weakly: -log sigmoid(beta * margin).</summary>
    Dpo,

    /// <summary>To a margin of 1 / (2 beta), and no further: (margin - 1 / (2 beta))^2.</summary>
    Ipo,
}

/// <summary>
/// How the divergence from the reference is estimated at one sampled token, with d = log reference - log policy.
/// </summary>
/// <remarks>
/// Source: Schulman 2020, "Approximating KL divergence". As a loss on tokens that the policy itself sampled, the
/// gradient of K1 is zero in the mean: it says how far the policy has gone and does not pull it back. K2's gradient is
/// that of the divergence itself; K3's that of the reversed one, close to the reference.
/// </remarks>
public enum KlEstimator
{
    /// <summary>-d: without bias, noisy, of either sign.</summary>
    K1,

    /// <summary>d^2 / 2: biased, of small variance.</summary>
    K2,

    /// <summary>e^d - d - 1: without bias and never below zero; that of arXiv 2402.03300, equation 4.</summary>
    K3,
}

/// <summary>What the losses of a step's tokens are divided by.</summary>
public enum LossNormalization
{
    /// <summary>The step's tokens: each token weighs the same. Source: Yu et al. 2025, arXiv 2503.14476.</summary>
    Token,

    /// <summary>
    /// Each answer's own tokens, then the answers: each answer weighs the same. Source: Shao et al. 2024, arXiv
    /// 2402.03300.
    /// </summary>
    Sequence,

    /// <summary>
    /// The answers times the length limit: no weight depends on a length. Source: Liu et al. 2025, arXiv 2503.20783.
    /// </summary>
    Constant,
}

/// <summary>The preference losses and the policy gradient's, as pure functions of log-probabilities.</summary>
public static class Losses
{
    // Nats that a log-ratio counts up to: e^20 is 5e8, which times a zero advantage is zero, and which neither 32-bit
    // sums nor gradients overflow from.
    private const double MostNats = 20;

    /// <summary>Direct preference loss of each pair: -log sigmoid(beta * (policy margin - reference margin)).</summary>
    /// <param name="policyChosen">
    /// [P] log-probability of the right answer under the model being trained, in nats.
    /// </param>
    /// <param name="policyRejected">[P] of the wrong answer.</param>
    /// <param name="referenceChosen">[P] of the right answer under the reference.</param>
    /// <param name="referenceRejected">[P] of the wrong answer under the reference.</param>
    /// <param name="beta">Strength of the pull towards the reference, above zero, per nat.</param>
    /// <returns>[P] losses, in nats.</returns>
    /// <remarks>Source: Rafailov et al. 2023, arXiv 2305.18290, equation 7.</remarks>
    public static Tensor Dpo(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen,
        Tensor referenceRejected, double beta)
    {
        var pairs = policyChosen.shape[0];
        var policy = policyChosen - policyRejected.Shaped([pairs]);                                          // [P]
        var reference = referenceChosen.Shaped([pairs]) - referenceRejected.Shaped([pairs]);                 // [P]
        return -nn.functional.logsigmoid(RootedScalar.Of(beta) * (policy - reference));
    }

    /// <summary>
    /// Clipped surrogate of each token: -min(ratio A, clip(ratio, 1 - low, 1 + high) A), ratio = e^(now - sampled).
    /// </summary>
    /// <param name="logProbs">[N] under the model being trained, at the sampling temperature, in nats.</param>
    /// <param name="samplerLogProbs">[N] under the model that sampled the tokens, at the same temperature.</param>
    /// <param name="advantages">[N] of the answer that each token belongs to.</param>
    /// <param name="clipLow">How far the ratio may fall below 1.</param>
    /// <param name="clipHigh">How far it may rise above 1.</param>
    /// <returns>[N]; a ratio beyond e^20 or e^-20 counts as that, and has no gradient.</returns>
    /// <remarks>
    /// Source: Schulman et al. 2017, arXiv 1707.06347, equation 7; group-relative use: Shao et al. 2024, arXiv
    /// 2402.03300, equation 3; two limits: Yu et al. 2025, arXiv 2503.14476.
    /// </remarks>
    public static Tensor PpoClip(
        Tensor logProbs, Tensor samplerLogProbs, Tensor advantages, double clipLow, double clipHigh)
    {
        var tokens = logProbs.shape[0];
        var ratio = Limited(logProbs - samplerLogProbs.Shaped([tokens])).exp();                                // [N]
        var clipped = ratio.clamp(RootedScalar.Of(1 - clipLow), RootedScalar.Of(1 + clipHigh)) * advantages;  // [N]
        return -minimum(ratio * advantages.Shaped([tokens]), clipped);
    }

    /// <summary>Identity preference loss of each pair: (policy margin - reference margin - 1 / (2 beta))^2.</summary>
    /// <param name="policyChosen">
    /// [P] log-probability of the right answer under the model being trained, in nats.
    /// </param>
    /// <param name="policyRejected">[P] of the wrong answer.</param>
    /// <param name="referenceChosen">[P] of the right answer under the reference.</param>
    /// <param name="referenceRejected">[P] of the wrong answer under the reference.</param>
    /// <param name="beta">Strength of the pull towards the reference, above zero, per nat.</param>
    /// <returns>[P] losses, in square nats.</returns>
    /// <remarks>Source: Azar et al. 2023, arXiv 2310.12036, equation 17.</remarks>
    public static Tensor Ipo(Tensor policyChosen, Tensor policyRejected, Tensor referenceChosen,
        Tensor referenceRejected, double beta)
    {
        var pairs = policyChosen.shape[0];
        var policy = policyChosen - policyRejected.Shaped([pairs]);                                          // [P]
        var reference = referenceChosen.Shaped([pairs]) - referenceRejected.Shaped([pairs]);                 // [P]
        var off = policy - reference - RootedScalar.Of(1 / (2 * beta));                                         // [P]
        return off * off;
    }

    /// <summary>Estimated divergence of the policy from the reference at each token.</summary>
    /// <param name="logProbs">[N] under the model being trained, in nats.</param>
    /// <param name="reference">[N] under the reference.</param>
    /// <returns>[N] in nats; K3 of a token that the reference has more than e^20 times as likely is that of
    /// e^20.</returns>
    public static Tensor Kl(Tensor logProbs, Tensor reference, KlEstimator estimator)
    {
        var log = reference.Shaped([logProbs.shape[0]]) - logProbs;                          // [N]
        return estimator switch
        {
            KlEstimator.K1 => -log,
            KlEstimator.K2 => log * log / RootedScalar.Of(2L),
            _ => Below(log).exp() - Below(log) - RootedScalar.Of(1L),
        };

        // The other end needs no limit: e^d goes to zero, and the gradient still pulls.
        static Tensor Below(Tensor nats) => nats.clamp_max(RootedScalar.Of(MostNats));
    }

    /// <summary>
    /// What each token of a policy gradient weighs where another program sampled it: min(e^(then - sampled), limit).
    /// </summary>
    /// <param name="oldLogProbs">
    /// [N] log-probabilities of the tokens by the model being trained, before the step, in nats.
    /// </param>
    /// <param name="samplerLogProbs">[N] by the program that sampled them.</param>
    /// <param name="cap">The largest weight, above zero.</param>
    /// <returns>[N].</returns>
    /// <remarks>
    /// Source: truncated importance sampling, Ionides 2008; for samplers that differ from trainers: Yao et al. 2025,
    /// "Your efficient RL framework secretly brings you off-policy RL training".
    /// </remarks>
    public static Tensor TruncatedImportanceWeights(Tensor oldLogProbs, Tensor samplerLogProbs, double cap) =>
        Limited(oldLogProbs - samplerLogProbs.Shaped([oldLogProbs.shape[0]])).exp().clamp_max(RootedScalar.Of(cap));

    /// <summary>
    /// One number of the losses of a step's tokens, or of some of them: the numbers of all parts of a step add up to
    /// the step's.
    /// </summary>
    /// <param name="losses">[N].</param>
    /// <param name="lengths">[N] tokens of the answer that each token belongs to.</param>
    /// <param name="tokens">Of the whole step.</param>
    /// <param name="answers">Of the whole step.</param>
    /// <param name="maxTokens">The length limit of an answer.</param>
    /// <returns>[].</returns>
    public static Tensor Normalized(Tensor losses, Tensor lengths, LossNormalization normalization, long tokens,
        int answers, int maxTokens) => normalization switch
        {
            LossNormalization.Token => losses.sum() / RootedScalar.Of(tokens),
            LossNormalization.Sequence => (losses / lengths.Shaped([losses.shape[0]])).sum()
                / RootedScalar.Of((long)answers),
            _ => losses.sum() / RootedScalar.Of((long)answers * maxTokens),
        };

    private static Tensor Limited(Tensor logRatio) =>
        logRatio.clamp(RootedScalar.Of(-MostNats), RootedScalar.Of(MostNats));
}
