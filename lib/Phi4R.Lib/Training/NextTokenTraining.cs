// N tokens in the loss.
using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Training;

/// <summary>What the summed losses of a step's tokens are divided by.</summary>
public enum TokenWeight
{
    /// <summary>The step's own tokens: one of a step of few weighs more than one of a step of many.</summary>
    OfStep,

    /// <summary>
    /// The tokens of a mean step: each token of the run weighs the same, whichever step it falls into.
    /// </summary>
    OfRun,
}

/// <summary>
/// Next-token training: the loop that pre-training, mid-training and fine-tuning share. They differ in how their rows
/// are made.
/// </summary>
public static class NextTokenTraining
{
    /// <summary>Trains the model in place.</summary>
    /// <param name="steps">The rows of each step, from the first; a resumed run passes over those done.</param>
    /// <param name="count">How many steps there are.</param>
    /// <param name="rowsAtOnce">
    /// Rows of one forward pass; a step with more of them adds up their gradients, each token weighing the same.
    /// </param>
    /// <param name="padTokenId">The pad token id.</param>
    /// <param name="divisor">What each step's summed losses are divided by, see <see cref="Divisor"/>; null for its own
    /// tokens.</param>
    /// <exception cref="InvalidDataException">There is no step: a stage that learned from nothing is none.</exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled between two steps; the weights are those of the last whole step.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// Gradients were not finite, <see cref="OptimizerConfig.StopAfterSkipped"/> times in a row; the weights are those
    /// of the last step whose gradient was.
    /// </exception>
    public static IReadOnlyList<TrainingReport> Run(
        LanguageModel model,
        IEnumerable<IReadOnlyList<PackedSequence>> steps,
        int count,
        int rowsAtOnce,
        int padTokenId,
        OptimizerConfig config,
        TrainingCheckpoints? checkpoints = null,
        IProgress<TrainingReport>? progress = null,
        double? divisor = null,
        CancellationToken cancel = default)
    {
        cancel = cancel.OrHosts();
        if (count < 1)
        {
            throw new InvalidDataException("There is no document to learn from, so that the model would stay as it "
                + "is. Look at what was left out before.");
        }

        var ranks = checkpoints?.Ranks ?? SingleProcess.Instance;
        using var optimizer = new Optimizer(model, config, ranks);
        List<TrainingReport> reports = [];
        var step = checkpoints?.Restore(model, optimizer, reports, progress) ?? 0;
        model.train();
        foreach (var rows in From(steps, step, count))
        {
            ranks.ThrowIfAnyCancelled(cancel);
            var clock = Stopwatch.StartNew();
            using var scope = NewDisposeScope();
            var learned = Learned(rows);
            var loss = 0.0;
            foreach (var part in ranks.Dealt(rows).Chunk(rowsAtOnce))
            {
                using var inner = NewDisposeScope();
                using var batch = TokenBatch.From(part, padTokenId, model.Device);
                var sum = -ModelLosses.TokenLogProbs(model, batch).sum(); // []
                optimizer.Backward(sum / (divisor is { } tokens ? RootedScalar.Of(tokens) : RootedScalar.Of(learned)));
                loss += sum.AsDouble() / learned;
            }

            var norm = optimizer.Step(step, count);
            var used = rows.Sum(row => row.Used);
            var report = new TrainingReport
            {
                Step = step,
                Steps = count,
                Loss = ranks.Sum(loss)[0],
                GradientNorm = norm,
                LearningRate = config.RateAt(step,
                    count),
                Tokens = used,
                LossTokens = learned,
                Padding = rows.Sum(row => row.Length)
                        - used,
                Seconds = clock.Elapsed.TotalSeconds,
                Skipped = double.IsFinite(norm) ? 0 : 1
            };
            reports.Add(report);
            step++;
            progress?.Report(report);
            checkpoints?.Offer(step, model, optimizer, reports, cancel: cancel);
        }

        return reports;
    }

    /// <summary>What the summed losses of all steps are divided by; null where each has its own tokens.</summary>
    internal static double? Divisor(IReadOnlyList<PackedSequence[]> steps, TokenWeight weight) =>
        weight == TokenWeight.OfStep || steps.Count == 0 ? null
        : steps is PackedSteps packed ? packed.MeanLossTokens : steps.Average(Learned);

    // A resumed run does not fetch the tokens of the steps that are done.
    private static IEnumerable<IReadOnlyList<PackedSequence>> From(
        IEnumerable<IReadOnlyList<PackedSequence>> steps, int first, int count) =>
        steps is IReadOnlyList<IReadOnlyList<PackedSequence>> list
            ? Enumerable.Range(first, Math.Max(0, Math.Min(count, list.Count) - first)).Select(step => list[step])
            : steps.Skip(first).Take(count - first);

    private static int Learned(IReadOnlyList<PackedSequence> rows) =>
        rows.Sum(row => row.Documents.Sum(document => document.LossTokens));
}
