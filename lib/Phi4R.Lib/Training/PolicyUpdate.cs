// N learned tokens, D width.
using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;

namespace Phi4R.Training;

/// <summary>How drawn answers change a model.</summary>
public sealed record PolicyUpdateConfig
{
    /// <summary>How far a token's probability ratio counts below 1.</summary>
    public required double ClipLow { get; init => field = Require.Positive(value); }

    /// <summary>How far it counts above 1; more than below ("clip higher") leaves unlikely tokens room to grow.</summary>
    public required double ClipHigh { get; init => field = Require.Positive(value); }

    /// <summary>What the losses of a step's tokens are divided by.</summary>
    public required LossNormalization Normalization { get; init; }

    /// <summary>Weight of the divergence from the model that the stage began with; 0 for none, which also keeps no copy of that model.</summary>
    public required double KlWeight { get; init => field = Require.NotNegative(value); }

    /// <summary>How that divergence is estimated.</summary>
    public required KlEstimator KlEstimator { get; init; }

    /// <summary>Updates from the same answers; from the second on the ratios are not 1.</summary>
    public required int InnerEpochs { get; init => field = Require.Positive(value); }

    /// <summary>The largest weight of a token whose probability differs between sampling and training; null weighs all the same and takes ratios to what sampling said.</summary>
    public required double? MaxImportanceWeight { get; init => field = value is null ? null : Require.Positive(value.Value); }

    /// <summary>Answers of one forward pass.</summary>
    public required int AnswersAtOnce { get; init => field = Require.Positive(value); }

    /// <summary>The run stops when sampling and training differ by more than this in the log-probability of any token, in nats.</summary>
    public required double MaxLogProbabilityGap { get; init => field = Require.Positive(value); }
}

/// <summary>One answer to learn from.</summary>
/// <param name="Prompt">Ids.</param>
/// <param name="Sample">As it was drawn.</param>
/// <param name="Advantage">How much better it is than its group.</param>
public sealed record PolicyAnswer(int[] Prompt, Sample Sample, double Advantage);

/// <summary>What an update did; of its first epoch where it has several, unless said otherwise.</summary>
/// <param name="Entropy">Mean over the learned tokens, at temperature 1, in nats.</param>
/// <param name="LogProbabilityGap">Largest difference of a token's log-probability between sampling and training, in nats.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="Divergence">Mean estimate per token, in nats; 0 where it is not in the loss.</param>
/// <param name="ClippedShare">Of the tokens of all epochs, those whose gradient clipping removed.</param>
/// <param name="TruncatedShare">Of the tokens, those whose importance weight met its limit.</param>
/// <param name="Skipped">Updates of all epochs that changed nothing, since their gradient was not finite.</param>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record PolicyUpdateReport(
    double Loss, double Entropy, double LogProbabilityGap, double GradientNorm, double Divergence, double ClippedShare, double TruncatedShare, int Skipped = 0);

/// <summary>The policy gradient: answers that were drawn and compared change the model that drew them.</summary>
public static class PolicyUpdate
{
    /// <summary>Changes the model.</summary>
    /// <param name="reference">What the divergence is taken from; null where it is not in the loss.</param>
    /// <param name="answers">At least one.</param>
    /// <param name="temperature">That they were drawn at.</param>
    /// <param name="maxTokens">The length limit that they were drawn under.</param>
    /// <param name="fill">The id that fills rows.</param>
    /// <param name="step">Of the learning rate's schedule.</param>
    /// <param name="steps">In all.</param>
    /// <exception cref="InvalidOperationException">Sampling and training disagree, or gradients were not finite, <see cref="OptimizerConfig.StopAfterSkipped"/> times in a row; the weights are those before this epoch.</exception>
    public static PolicyUpdateReport Run(
        LanguageModel model,
        LanguageModel? reference,
        Optimizer optimizer,
        IReadOnlyList<PolicyAnswer> answers,
        double temperature,
        int maxTokens,
        PolicyUpdateConfig config,
        int fill,
        int step,
        int steps)
    {
        model.train();
        long tokens = answers.Sum(answer => answer.Sample.Tokens.Length);
        var report = new PolicyUpdateReport(0, 0, 0, 0, 0, 0, 0);
        var parts = answers.OrderBy(answer => answer.Prompt.Length + answer.Sample.Tokens.Length).Chunk(config.AnswersAtOnce).ToList();
        var before = new float[parts.Count][];
        for (var epoch = 0; epoch < config.InnerEpochs; epoch++)
        {
            foreach (var (number, part) in parts.Index())
            {
                using var scope = NewDisposeScope();
                using var batch = TokenBatch.From([.. part.Select(answer => new Example("rollout", [.. answer.Prompt, .. answer.Sample.Tokens], answer.Prompt.Length))], fill, model.Device);

                // 1. Log-probabilities now, and as they were drawn.
                var hidden = ModelLosses.Learned(model, batch);                                                                          // [N, D]
                var now = TokenLogProbabilities.Of(hidden, model.HeadWeight, batch.Targets, temperature);                                // [N]
                var drawn = Values(part.SelectMany(answer => answer.Sample.LogProbabilities));                                           // [N]
                var advantages = Values(batch.Owners.Select(owner => (float)part[owner].Advantage));                                     // [N]

                // 2. Ratios are taken to what sampling said; where that is weighed, to what training said before the first update.
                var then = config.MaxImportanceWeight is null ? drawn : epoch == 0 ? now.detach() : Values(before[number]);              // [N]
                var losses = Losses.ClippedSurrogate(now, then, advantages, config.ClipLow, config.ClipHigh);                            // [N]
                var clipped = Clipped(now.detach() - then, advantages, config);
                var truncated = 0.0;
                if (config.MaxImportanceWeight is { } limit)
                {
                    before[number] = epoch == 0 && config.InnerEpochs > 1 ? then.cpu().data<float>().ToArray() : before[number];
                    var weights = Losses.ImportanceWeights(then, drawn, limit);                                                          // [N]
                    losses = losses * weights;
                    truncated = (weights >= Scalars.Held(limit)).sum().ToDouble();
                }

                // 3. The pull towards the model that the stage began with.
                var divergence = 0.0;
                if (reference is not null)
                {
                    var start = Reference(reference, batch, temperature);                                                                // [N]
                    var apart = Losses.Divergence(now, start, config.KlEstimator);                                                       // [N]
                    losses = losses + (Scalars.Held(config.KlWeight) * apart);
                    divergence = apart.detach().sum().ToDouble();
                }

                var lengths = Values(batch.Owners.Select(owner => (float)part[owner].Sample.Tokens.Length));                             // [N]
                var sum = Losses.Normalized(losses, lengths, config.Normalization, tokens, answers.Count, maxTokens);                    // []
                sum.backward();
                report = report with { ClippedShare = report.ClippedShare + (clipped / ((double)tokens * config.InnerEpochs)) };
                if (epoch == 0)
                {
                    report = report with
                    {
                        Loss = report.Loss + sum.ToDouble(),
                        Entropy = report.Entropy + (TokenLogProbabilities.MeanEntropy(hidden.detach(), model.HeadWeight) * batch.Learned / tokens),
                        LogProbabilityGap = Math.Max(report.LogProbabilityGap, (now.detach() - drawn).abs().max().ToDouble()),
                        Divergence = report.Divergence + (divergence / tokens),
                        TruncatedShare = report.TruncatedShare + (truncated / tokens),
                    };
                }
            }

            // Written so that a gap which is not a number stops the run too.
            if (!(report.LogProbabilityGap <= config.MaxLogProbabilityGap))
            {
                optimizer.Forget();
                throw new InvalidOperationException($"Sampling and training differ by {report.LogProbabilityGap:G3} nats in a token's log-probability; MaxLogProbabilityGap is {config.MaxLogProbabilityGap}. "
                    + "No weight was changed. Do both use the same weights, rope policy and temperature?");
            }

            var norm = optimizer.Step(step, steps);
            report = report with { GradientNorm = epoch == 0 ? norm : report.GradientNorm, Skipped = report.Skipped + (double.IsFinite(norm) ? 0 : 1) };
        }

        return report;

        Tensor Values(IEnumerable<float> values) => tensor(values.ToArray(), device: model.Device);
    }

    // Tokens whose gain is beyond its limit: the clipped side is the smaller one, and it has no gradient.
    private static double Clipped(Tensor logRatio, Tensor advantages, PolicyUpdateConfig config)
    {
        var ratio = logRatio.exp();                                                                                                      // [N]
        var above = (ratio > Scalars.Held(1 + config.ClipHigh)) & (advantages > Scalars.Held(0L));                                       // [N]
        var below = (ratio < Scalars.Held(1 - config.ClipLow)) & (advantages < Scalars.Held(0L));                                        // [N]
        return (above | below).sum().ToDouble();
    }

    // [N] without a gradient.
    private static Tensor Reference(LanguageModel reference, TokenBatch batch, double temperature)
    {
        using var frozen = no_grad();
        reference.eval();
        return ModelLosses.TokenLogProbabilities(reference, batch, temperature);
    }
}
