// P pairs, E examples: the right answers of P pairs, then their wrong ones.
using System.Diagnostics;
using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>How pairs are learned from.</summary>
public sealed record RolloutDpoConfig
{
    /// <summary>How far a pair is to be driven apart.</summary>
    public required PreferenceLoss Loss { get; init; }

    /// <summary>
    /// Whether an answer's log-probability is divided by its tokens, so that a long answer weighs no more than a short
    /// one; beta is then per nat a token.
    /// </summary>
    public required bool LengthNormalized { get; init; }

    /// <summary>Strength of the pull towards the reference, per nat.</summary>
    public required double Beta { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Weight of the right answer's mean negative log-likelihood beside the preference loss; 0 for none.
    /// </summary>
    public required double NllWeight { get; init => field = Require.NotNegative(value); }

    /// <summary>Pairs in a step.</summary>
    public required int BatchSize { get; init => field = Require.Positive(value); }

    /// <summary>Pairs of one forward pass.</summary>
    public required int MicroBatchSize { get; init => field = Require.Positive(value); }

    /// <summary>Times that the pairs are gone through.</summary>
    public required int Epochs { get; init => field = Require.Positive(value); }

    /// <summary>AdamW and its schedule.</summary>
    public required OptimizerConfig Optimizer { get; init; }
}

/// <summary>
/// One step of preference learning; log-probabilities are means over the step's pairs, in nats per completion.
/// </summary>
[JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
public sealed record DpoReport : IStepReport
{
    /// <summary>The number of the step, from 0.</summary>
    public required int Step { get; init; }

    /// <summary>How many steps the stage has.</summary>
    public required int Steps { get; init; }

    /// <summary>The mean preference loss of the step's pairs, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>The norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>beta * (policy margin - reference margin).</summary>
    public required double Margin { get; init; }

    /// <summary>Share of pairs whose margin is above zero.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Log-probability of the right answer less the reference's.</summary>
    public required double ChosenChange { get; init; }

    /// <summary>The same of the wrong answer.</summary>
    public required double RejectedChange { get; init; }

    /// <summary>Tokens of both sides that were read in the step.</summary>
    public required int Tokens { get; init; }

    /// <summary>The seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>What a person should look at, or null.</summary>
    public string? Warning { get; init; }

    /// <summary>1 where the gradient was not finite, so that the step changed nothing.</summary>
    public int Skipped { get; init; }
}

/// <summary>
/// Rollout-DPO: the right answer to a problem is preferred to a wrong one, measured from the fine-tuned model.
/// </summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 3. The paper pairs rollouts of its teacher; the pocket recipe pairs rollouts of the
/// fine-tuned model itself, since pairs of its teacher hurt it (data/runs/LOG.md).
/// </remarks>
public static class RolloutDpo
{
    /// <summary>Log-probabilities of all answers under the reference.</summary>
    public static IReadOnlyList<(double Chosen, double Rejected)> Reference(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs, RolloutDpoConfig config, int padTokenId) =>
        [.. ReferenceByParts(model, pairs, config, padTokenId, 0, SingleProcess.Instance, CancellationToken.None)
            .SelectMany(part => part)];

    /// <summary>The same, of <see cref="RolloutDpoConfig.MicroBatchSize"/> pairs at a time.</summary>
    /// <param name="known">So many pairs at the front, in whole parts, are known and passed over.</param>
    /// <param name="ranks">Who computes together: each a part of every round, and all have them all.</param>
    /// <exception cref="OperationCanceledException">Cancelled between two parts.</exception>
    internal static IEnumerable<(double Chosen, double Rejected)[]> ReferenceByParts(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs, RolloutDpoConfig config, int padTokenId, int known,
        ICollective ranks, CancellationToken cancel)
    {
        cancel = cancel.OrHosts();
        model.eval();
        foreach (var round in pairs.Skip(known).Chunk(config.MicroBatchSize).Chunk(ranks.Size))
        {
            ranks.ThrowIfAnyCancelled(cancel);
            var own = ranks.Rank < round.Length ? Values(round[ranks.Rank]) : [];
            foreach (var flat in ranks.All(own.SelectMany(pair => new[] { pair.Chosen, pair.Rejected }).ToArray()))
            {
                if (flat.Length > 0)
                {
                    yield return [.. flat.Chunk(2).Select(pair => (pair[0], pair[1]))];
                }
            }
        }

        (double Chosen, double Rejected)[] Values(PreferencePair[] part)
        {
            using var frozen = no_grad();
            using var scope = NewDisposeScope();
            var (chosen, rejected, _) = LogProbabilities(model, part, padTokenId);
            return [.. part.Select((_, i) => (chosen[i].AsDouble(), rejected[i].AsDouble()))];
        }
    }

    /// <summary>Runs the stage; <paramref name="model"/> is trained in place.</summary>
    /// <param name="reference">
    /// For each pair the log-probabilities under the reference, from <see cref="Reference"/>.
    /// </param>
    /// <param name="padTokenId">The pad token id.</param>
    /// <param name="seed">Drives the order of pairs.</param>
    /// <exception cref="OperationCanceledException">
    /// Cancelled between two steps; the weights are those of the last whole step.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// There are no pairs; or gradients were not finite, <see cref="OptimizerConfig.StopAfterSkipped"/> times in a row.
    /// </exception>
    public static IReadOnlyList<DpoReport> Run(
        LanguageModel model,
        IReadOnlyList<PreferencePair> pairs,
        IReadOnlyList<(double Chosen, double Rejected)> reference,
        RolloutDpoConfig config,
        int padTokenId,
        long seed,
        TrainingCheckpoints? checkpoints = null,
        IProgress<DpoReport>? progress = null,
        CancellationToken cancel = default)
    {
        if (pairs.Count == 0)
        {
            throw new InvalidOperationException("There are no preference pairs. Draw answers to more problems, or "
                + "loosen MaxPromptAccuracy and MaxLengthDifference.");
        }

        cancel = cancel.OrHosts();
        var ranks = checkpoints?.Ranks ?? SingleProcess.Instance;
        using var optimizer = new Optimizer(model, config.Optimizer, ranks);
        List<DpoReport> reports = [];
        var steps = Order(pairs.Count, config, seed);
        var start = checkpoints?.Restore(model, optimizer, reports, progress) ?? 0;
        model.train();
        for (var step = start; step < steps.Count; step++)
        {
            ranks.ThrowIfAnyCancelled(cancel);
            var clock = Stopwatch.StartNew();
            using var scope = NewDisposeScope();
            double loss = 0, margin = 0, accuracy = 0, chosenChange = 0, rejectedChange = 0;
            var tokens = 0;
            foreach (var part in ranks.Dealt(steps[step]).Chunk(config.MicroBatchSize))
            {
                using var inner = NewDisposeScope();

                // 1. Log-probabilities now and under the reference.
                // [P] twice
                var (chosen, rejected, learned) = LogProbabilities(model, [.. part.Select(i => pairs[i])], padTokenId);
                // [P]
                var referenceChosen = tensor(part.Select(i => (float)reference[i].Chosen).ToArray(),
                    device: model.Device);
                // [P]
                var referenceRejected = tensor(part.Select(i => (float)reference[i].Rejected).ToArray(),
                    device: model.Device);

                // 2. The loss, each pair weighing the same in the whole step.
                // [P]
                var lengths = tensor(part.Select(i => (float)pairs[i].Chosen.Length).ToArray(), device: model.Device);
                // [P] twice
                var (margins, preference) = Compare(chosen, rejected, referenceChosen, referenceRejected,
                    part, lengths);
                var losses = preference - (RootedScalar.Of(config.NllWeight) * chosen / lengths);  // [P]
                var sum = losses.sum() / RootedScalar.Of(steps[step].Length);  // []
                optimizer.Backward(sum);

                // 3. What is watched.
                var share = 1.0 / steps[step].Length;
                // [P] twice
                var (chosenGain, rejectedGain) = ((chosen - referenceChosen).detach(),
                    (rejected - referenceRejected).detach());
                loss += sum.AsDouble();
                margin += config.Beta * margins.sum().AsDouble() * share;
                accuracy += (margins > RootedScalar.Of(0L)).sum().AsDouble() * share;
                chosenChange += chosenGain.sum().AsDouble() * share;
                rejectedChange += rejectedGain.sum().AsDouble() * share;
                tokens += learned;
            }

            // 4. Change the weights.
            var norm = optimizer.Step(step, steps.Count);
            var sums = ranks.Sum(loss, margin, accuracy, chosenChange, rejectedChange, tokens);
            var report = new DpoReport
            {
                Step = step,
                Steps = steps.Count,
                Loss = sums[0],
                GradientNorm = norm,
                LearningRate =
                    config.Optimizer.RateAt(step, steps.Count),
                Margin = sums[1],
                Accuracy = sums[2],
                ChosenChange = sums[3],
                RejectedChange = sums[4],
                Tokens = (int)sums[5],
                Seconds =
                            clock.Elapsed.TotalSeconds,
                Skipped = double.IsFinite(norm) ? 0 : 1
            };
            report = report with { Warning = LikelihoodDisplacement.Of([.. reports, report]) };
            reports.Add(report);
            progress?.Report(report);
            checkpoints?.Offer(step + 1, model, optimizer, reports, cancel: cancel);
        }

        return reports;

        // The policy's margin less the reference's, and the loss of it.
        (Tensor Margins, Tensor Losses) Compare(Tensor chosen, Tensor rejected, Tensor referenceChosen,
            Tensor referenceRejected, int[] part, Tensor lengths)
        {
            if (config.LengthNormalized)
            {
                // [P]
                var rejectedLengths = tensor(part.Select(i => (float)pairs[i].Rejected.Length).ToArray(),
                    device: model.Device);
                (chosen, referenceChosen) = (chosen / lengths, referenceChosen / lengths);
                (rejected, referenceRejected) = (rejected / rejectedLengths, referenceRejected / rejectedLengths);
            }

            var margins = ((chosen - referenceChosen) - (rejected - referenceRejected)).detach();  // [P]
            return (margins, config.Loss == PreferenceLoss.Dpo
                ? Losses.Dpo(chosen, rejected, referenceChosen, referenceRejected, config.Beta)
                : Losses.Ipo(chosen, rejected, referenceChosen, referenceRejected, config.Beta));
        }
    }

    /// <summary>The pairs of each step, from the first.</summary>
    /// <param name="seed">Drives the order of pairs.</param>
    public static IReadOnlyList<PreferencePair[]> Steps(
        IReadOnlyList<PreferencePair> pairs, RolloutDpoConfig config, long seed) =>
        [.. Order(pairs.Count, config, seed).Select(step => step.Select(i => pairs[i]).ToArray())];

    // Of each step its pairs by their index.
    private static List<int[]> Order(int count, RolloutDpoConfig config, long seed) =>
        [.. Enumerable.Range(0, config.Epochs).SelectMany(epoch =>
    {
        var order = Enumerable.Range(0, count).ToArray();
        Randomness.For(seed, "preference order", epoch).Shuffle(order);
        return order.Chunk(config.BatchSize);
    })];

    // [P] of the right answers, [P] of the wrong ones, and the tokens in them.
    private static (Tensor Chosen, Tensor Rejected, int Tokens) LogProbabilities(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs, int padTokenId)
    {
        var examples = pairs.Select(pair =>
            new TrainingExample(pair.ProblemId, [.. pair.Prompt, .. pair.Chosen], pair.Prompt.Length))
            .Concat(
                pairs.Select(
                    pair =>
                        new TrainingExample(pair.ProblemId, [.. pair.Prompt, .. pair.Rejected], pair.Prompt.Length)))
            .ToList();
        using var batch = TokenBatch.From(examples, padTokenId, model.Device);
        var all = ModelLosses.SequenceLogProbs(model, batch, examples.Count); // [E]
        return (all.narrow(0, 0, pairs.Count), all.narrow(0, pairs.Count, pairs.Count), batch.LossTokens);
    }
}
