// N tokens in the loss, D width.
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Training;

/// <summary>The policy gradient: answers that were sampled and compared change the model that sampled them.</summary>
public static class PolicyUpdate
{
    /// <summary>Changes the model.</summary>
    /// <param name="reference">What the divergence is taken from; null where it is not in the loss.</param>
    /// <param name="answers">At least one.</param>
    /// <param name="temperature">That they were sampled at.</param>
    /// <param name="maxTokens">The length limit that they were sampled under.</param>
    /// <param name="padTokenId">The pad token id.</param>
    /// <param name="step">Of the learning rate's schedule; all updates of a step have its rate.</param>
    /// <param name="steps">In all.</param>
    /// <exception cref="InvalidOperationException">
    /// Sampling and training disagree, or gradients were not finite, <see cref="OptimizerConfig.StopAfterSkipped"/>
    /// times in a row; the weights are those before this update.
    /// </exception>
    public static PolicyUpdateReport Run(
        LanguageModel model,
        LanguageModel? reference,
        Optimizer optimizer,
        IReadOnlyList<PolicyRollout> answers,
        double temperature,
        int maxTokens,
        PolicyUpdateConfig config,
        int padTokenId,
        int step,
        int steps)
    {
        model.train();
        var ranks = optimizer.Ranks;
        long tokens = answers.Sum(answer => answer.Length);
        var report = new PolicyUpdateReport
        {
            Loss = 0,
            Entropy = 0,
            TrainInferenceMismatch = 0,
            GradientNorm = 0,
            Divergence = 0,
            ClippedShare = 0,
            TruncatedShare = 0,
        };
        var minibatches = Deal(answers, config, ranks);
        // Of each forward pass, what training said before the first update.
        Dictionary<PolicyRollout[], float[]> before = [];

        // Tokens, those of them that are not masked, and the sum of their divergence.
        var (compared, sound, apartBy, gap, largest) = (0L, 0L, 0.0, 0.0, 0.0);
        var widest = RootedScalar.Of(Math.Log(config.MaxTokenRatio));
        if (minibatches.Count > 1)
        {
            Score();
        }

        for (var update = 0; update < config.InnerEpochs * minibatches.Count; update++)
        {
            var epoch = update / minibatches.Count;
            var (parts, count, learned) = minibatches[update % minibatches.Count];
            var (heldTokens, heldAnswers) = (0L, 0);
            foreach (var part in parts)
            {
                using var scope = NewDisposeScope();
                using var batch = Batch(part);

                // 1. Log-probabilities now, and as they were sampled.
                var hidden = ModelLosses.LossStates(model, batch);  // [N, D]
                var now = TokenLogProbs.Of(hidden, model.HeadWeight, batch.Targets, temperature);  // [N]
                var drawn = Values(part.SelectMany(answer => answer.LogProbs));  // [N]
                var advantages = Values(batch.Owners.Select(owner => (float)part[owner].Advantage));  // [N]

                // 2. Ratios are taken to what sampling said; where that is weighed, to what training said before the
                // first update.
                var first = before.TryGetValue(part, out var known) ? Values(known) : now.detach();  // [N]
                var then = config.ImportanceSamplingCap is null ? drawn : first;  // [N]
                var losses = Losses.PpoClip(now, then, advantages, config.ClipLow, config.ClipHigh);  // [N]
                var clipped = Clipped(now.detach() - then, advantages, config);
                var truncated = 0.0;
                if (config.ImportanceSamplingCap is { } limit)
                {
                    var weights = Losses.TruncatedImportanceWeights(then, drawn, limit);  // [N]
                    losses = losses * weights;
                    truncated = (weights >= RootedScalar.Of(limit)).sum().AsDouble();
                }

                // 3. The pull towards the model that the stage began with.
                var divergence = 0.0;
                if (reference is not null)
                {
                    var start = Reference(reference, batch, temperature);  // [N]
                    var apart = Losses.Kl(now, start, config.KlEstimator);  // [N]
                    losses = losses.Plus(RootedScalar.Of(config.KlCoefficient) * apart);
                    divergence = apart.detach().sum().AsDouble();
                }

                // 4. Without the single tokens on which the two programs disagree.
                var holds = Agrees(first, drawn);                                                                 // [N]
                var held = Held(holds, batch.Owners, part.Length);
                heldTokens += held.Sum();
                heldAnswers += held.Count(left => left > 0);
                losses = where(holds, losses, zeros_like(losses));                                                // [N]
                var lengths = Values(batch.Owners.Select(owner => (float)Math.Max(held[owner], 1)));              // [N]
                var sum = Losses.Normalized(losses, lengths, config.Normalization, learned, count, maxTokens);  // []
                optimizer.Backward(sum);

                // 5. What is watched.
                report = report with
                {
                    Loss = report.Loss + (update == 0 ? sum.AsDouble() : 0),
                    ClippedShare = report.ClippedShare + (clipped / ((double)tokens * config.InnerEpochs)),
                };
                if (epoch == 0)
                {
                    Compare(part, first, drawn);
                    report = report with
                    {
                        Entropy = report.Entropy
                            + (TokenLogProbs.MeanEntropy(hidden.detach(), model.HeadWeight)
                                * batch.LossTokens / tokens),
                        Divergence = report.Divergence + (divergence / tokens),
                        TruncatedShare = report.TruncatedShare + (truncated / tokens),
                    };
                }
            }

            StopWhereApart();

            // How many are masked is known only now: what was divided by all is divided by the others.
            var left = ranks.Sum(heldTokens, heldAnswers);
            (heldTokens, heldAnswers) = ((long)left[0], (int)left[1]);
            if (heldTokens > 0 && heldTokens < learned && config.Normalization is not LossNormalization.Constant)
            {
                var byTokens = config.Normalization == LossNormalization.Token;
                var (all, held) = byTokens ? (learned, heldTokens) : (count, heldAnswers);
                var more = all / (double)held;
                optimizer.Scale(more);
                report = report with { Loss = report.Loss * (update == 0 ? more : 1) };
            }

            var norm = optimizer.Step(step, steps);
            report = report with
            {
                GradientNorm = update == 0 ? norm : report.GradientNorm,
                Skipped = report.Skipped + (double.IsFinite(norm) ? 0 : 1),
            };
        }

        var sums = ranks.Sum(report.Loss, report.Entropy, report.Divergence, report.ClippedShare,
            report.TruncatedShare);
        return report with
        {
            Loss = sums[0],
            Entropy = sums[1],
            Divergence = sums[2],
            ClippedShare = sums[3],
            TruncatedShare = sums[4],
        };

        TokenBatch Batch(PolicyRollout[] part) =>
            TokenBatch.From([.. part.Select(answer => answer.Document("rollout"))], padTokenId, model.Device);

        // All answers before the first update, without a gradient.
        void Score()
        {
            using var frozen = no_grad();
            foreach (var part in minibatches.SelectMany(minibatch => minibatch.Parts))
            {
                using var scope = NewDisposeScope();
                using var batch = Batch(part);
                Compare(part, ModelLosses.TokenLogProbs(model, batch, temperature),
                    Values(part.SelectMany(answer => answer.LogProbs)));
            }

            StopWhereApart();
        }

        // Sampling against training, once for each forward pass and before any update.
        void Compare(PolicyRollout[] part, Tensor first, Tensor drawn)
        {
            if (before.TryAdd(part, first.cpu().data<float>().ToArray()))
            {
                // In 64 bits, where the divergence of two that are nearly alike does not vanish in rounding.
                // [N] twice
                var (trained, sampled) = (first.to_type(ScalarType.Float64), drawn.to_type(ScalarType.Float64));
                var apart = (trained - sampled).abs();  // [N]
                var holds = Agrees(first, drawn);                                                                 // [N]
                var divergence = Losses.Kl(sampled, trained, KlEstimator.K3);                             // [N]
                compared += apart.numel();
                sound += holds.sum().AsInt64();
                apartBy += where(holds, divergence, zeros_like(divergence)).sum().AsDouble();
                gap += apart.sum().AsDouble() / tokens;
                largest = Math.Max(largest, apart.max().AsDouble());
            }
        }

        // A gap which is not a number stops the run too: it is masked, but no program says so of its own tokens.
        void StopWhereApart()
        {
            var sums = ranks.Sum(compared, sound, apartBy, gap);
            report = report with
            {
                TrainInferenceMismatch = ranks.Max(largest)[0],
                MeanLogProbabilityGap = sums[3],
                SamplingDivergence = sums[2] / Math.Max(1, sums[1]),
                MaskedShare = (sums[0] - sums[1]) / tokens,
            };
            if (report.SamplingDivergence > config.MaxSamplingDivergence || report.MaskedShare > config.MaxMaskedShare
                || double.IsNaN(report.TrainInferenceMismatch))
            {
                optimizer.Forget();
                throw new InvalidOperationException(
                    $"Sampling and training disagree over the step's {tokens} tokens: the divergence of one from the "
                    + $"other is about {report.SamplingDivergence:G3} nats a token "
                    + $"(MaxSamplingDivergence is {config.MaxSamplingDivergence}), and they differ by more than "
                    + $"MaxTokenRatio {config.MaxTokenRatio} on a share of {report.MaskedShare:G3} "
                    + $"(MaxMaskedShare is {config.MaxMaskedShare}); by {report.MeanLogProbabilityGap:G3} nats in the "
                    + $"mean and {report.TrainInferenceMismatch:G3} at the most. "
                    + "No weight was changed. Do both use the same weights, rope policy and temperature? With a "
                    + "Staleness above 0 the limits must leave room for what the updates between have changed.");
            }
        }

        // [N] of whether, in 64 bits as the comparison.
        Tensor Agrees(Tensor trained, Tensor sampled) =>
            (trained.to_type(ScalarType.Float64) - sampled.to_type(ScalarType.Float64)).abs() <= widest;

        Tensor Values(IEnumerable<float> values) => tensor(values.ToArray(), device: model.Device);
    }

    // This rank's forward passes of each update of an epoch, and all answers and tokens of that update: dealt like
    // cards, and within an update the short together, so that little is padded.
    private static List<(List<PolicyRollout[]> Parts, int Answers, long Tokens)> Deal(
        IReadOnlyList<PolicyRollout> answers, PolicyUpdateConfig config, ICollective ranks) =>
        [.. answers.Index().GroupBy(answer => answer.Index % (config.Minibatches ?? 1), answer => answer.Item)
            .Select(dealt =>
            {
                var all = dealt.OrderBy(answer => answer.PromptIds.Length + answer.Length).ToList();
                return (ranks.Dealt(all).Chunk(config.MicroBatchSize).ToList(), all.Count,
                    all.Sum(answer => (long)answer.Length));
            })];

    // Of each answer of a pass, the tokens that are not masked.
    private static int[] Held(Tensor holds, int[] owners, int answers)
    {
        var counts = new int[answers];
        foreach (var (owner, held) in owners.Zip(holds.cpu().data<bool>()))
        {
            counts[owner] += held ? 1 : 0;
        }

        return counts;
    }

    // Tokens whose gain is beyond its limit: the clipped side is the smaller one, and it has no gradient.
    private static double Clipped(Tensor logRatio, Tensor advantages, PolicyUpdateConfig config)
    {
        var ratio = logRatio.exp();  // [N]
        var above = (ratio > RootedScalar.Of(1 + config.ClipHigh)) & (advantages > RootedScalar.Of(0L));  // [N]
        var below = (ratio < RootedScalar.Of(1 - config.ClipLow)) & (advantages < RootedScalar.Of(0L));  // [N]
        return (above | below).sum().AsDouble();
    }

    // [N] without a gradient.
    private static Tensor Reference(LanguageModel reference, TokenBatch batch, double temperature)
    {
        using var frozen = no_grad();
        reference.eval();
        return ModelLosses.TokenLogProbs(reference, batch, temperature);
    }
}
