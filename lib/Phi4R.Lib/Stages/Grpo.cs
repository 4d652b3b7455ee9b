using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Text;
using Phi4R.Training;
using Phi4R.Verification;

namespace Phi4R.Stages;

/// <summary>
/// Reinforcement with a verifiable reward: samples answers, verifies them, and makes the right ones likelier.
/// </summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 4; group-relative policy gradient: arXiv 2402.03300. Open in the paper and decided
/// here: advantages are taken on the rebalanced group; an answer that nobody could judge is not compared, since as a
/// wrong one it would teach that a right answer is one; and what a truncated answer earns is
/// <see cref="Stages.Overlong"/>. Loss, divergence and inner epochs are <see cref="PolicyUpdate"/>'s.
/// </remarks>
public static class Grpo
{
    /// <summary>Runs the stage; <paramref name="model"/> is trained in place.</summary>
    /// <param name="problems">Gone through in order, and when they are used up again in another one.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <param name="generator">
    /// Who samples the completions, with the weights of each step; null: the engine of this process.
    /// </param>
    /// <exception cref="OperationCanceledException">
    /// Cancelled within or between steps; the weights are those of the last whole step.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// Sampling and training disagree, or gradients were not finite, <see cref="OptimizerConfig.StopAfterSkipped"/>
    /// times in a row; the weights are those of the last whole step.
    /// </exception>
    public static IReadOnlyList<GrpoReport> Run(
        LanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<Problem> problems,
        Verifier verify,
        GrpoConfig config,
        long seed,
        TrainingCheckpoints? checkpoints = null,
        IProgress<GrpoReport>? progress = null,
        IPolicyGenerator? generator = null,
        CancellationToken cancel = default)
    {
        if (problems.Count == 0)
        {
            throw new InvalidOperationException("There are no problems to learn from. Look at the file of problems, "
                + "and at the levels that GrpoMix.LevelWeights leaves.");
        }

        if (config.Staleness > 0 && config.Update.ImportanceSamplingCap is null)
        {
            throw new ArgumentException($"Staleness is {config.Staleness}: answers are learned from by weights that "
                + "did not sample them, and nothing weighs the difference. Set Update.ImportanceSamplingCap (the "
                + "paper's recipe has 2), or a Staleness of 0.");
        }

        cancel = cancel.OrHosts();
        generator ??= new LocalGenerator();
        // The model as it comes, before a checkpoint is restored.
        using var reference = config.Update.KlCoefficient > 0 ? model.Copy() : null;
        var ranks = checkpoints?.Ranks ?? SingleProcess.Instance;
        using var optimizer = new Optimizer(model, config.Optimizer, ranks);
        List<GrpoReport> reports = [];
        using var rollouts = new RolloutsAhead(model, config.Staleness, config.Steps, Sample, cancel);
        var first = checkpoints?.Restore(model, optimizer, reports, progress, rollouts.Read) ?? 0;
        for (var step = first; step < config.Steps; step++)
        {
            ranks.ThrowIfAnyCancelled(cancel);
            var clock = Stopwatch.StartNew();
            var temperature = config.TemperatureAt(step);

            // 1. Draw a group of answers to each problem, and 2. verify them.
            var drawn = rollouts.Take(step);
            using var scope = NewDisposeScope();
            var (asked, sampled) = Whole(Asked(step), drawn);
            var drawSeconds = clock.Elapsed.TotalSeconds;
            var groups = RolloutCollector.Grade(asked, sampled, verify);

            // 3. Of the answers that can be compared keep as many wrong as right, and 4. compare each with its group.
            var (fates, costs) = (new int[4], new int[4]);
            List<PolicyRollout> kept = [];
            for (var i = 0; i < asked.Count; i++)
            {
                var group = groups[i].Judged
                    .Where(graded => config.Overlong != Overlong.LeftOut || !graded.Completion.IsTruncated).ToList();
                bool[] correct = [.. group.Select(graded => graded.IsCorrect)];
                var (fate, indexes) = config.Rebalance
                    ? GroupFilter.Balance(correct, config.MaxAccuracy, Randomness.For(seed, "rebalancing", step, i))
                    : GroupFilter.KeepAll(correct);
                fates[(int)fate]++;
                costs[(int)fate] += sampled[i].Completions.Sum(completion => completion.TokenIds.Length);
                var rewards = indexes.Select(j => RewardOf(group[j], config)).ToList();
                var advantages = Advantages.Of(rewards, config.Advantage);
                var prompt = groups[i].PromptIds;
                kept.AddRange(indexes.Select((j, k) => new PolicyRollout(prompt, group[j].Completion, advantages[k])));
            }

            var sampleSeconds = clock.Elapsed.TotalSeconds;
            clock.Restart();

            // 5. Learn from the difference; 6. change the weights.
            var update = kept.Count > 0
                ? PolicyUpdate.Run(model, reference, optimizer, kept, temperature, config.MaxTokens, config.Update,
                    tokenizer.EndOfText, step, config.Steps)
                : new PolicyUpdateReport
                {
                    Loss = 0,
                    Entropy = 0,
                    TrainInferenceMismatch = 0,
                    GradientNorm = 0,
                    Divergence = 0,
                    ClippedShare = 0,
                    TruncatedShare = 0,
                };
            var all = groups.SelectMany(group => group.Completions).ToList();
            var read = all.Where(graded => graded.Completion.Finish == FinishReason.Stop)
                .Select(graded => graded.Verdict).ToList();
            var there = all.Where(graded => graded.Completion.Finish != FinishReason.Failed).ToList();
            var right = all.Count(graded => graded.IsCorrect);
            var report = new GrpoReport
            {
                Step = step,
                Steps = config.Steps,
                Temperature = temperature,
                MeanReward = ((2.0 * right) - all.Count)
                    / all.Count,
                Accuracy = (double)right / all.Count,
                AllWrong = fates[(int)GroupOutcome.AllWrong],
                AllRight = fates[(int)GroupOutcome.AllRight],
                TooEasy =
                    fates[(int)GroupOutcome.TooEasy],
                Used = fates[(int)GroupOutcome.Used],
                AnswersUsed = kept.Count,
                Answers = all.Count,
                Truncated =
                    all.Count(graded => graded.Completion.IsTruncated),
                Unverifiable =
                        read.Count(verdict => verdict.Outcome == Outcome.Unverifiable),
                NoAnswer = read.Count(verdict => verdict is { Outcome: Outcome.Incorrect, Answer: null }),
                MeanLength =
                    there.Average(graded => graded.Completion.TokenIds.Length),
                LengthSpread =
                        groups.Average(Spread),
                Update = update,
                LearningRate = config.Optimizer.RateAt(step,
                    config.Steps),
                Cost = new TokenCost(costs[(int)GroupOutcome.AllWrong],
                        costs[(int)GroupOutcome.AllRight], costs[(int)GroupOutcome.TooEasy],
                        costs[(int)GroupOutcome.Used]),
                SampleSeconds = sampleSeconds,
                VerifySeconds = sampleSeconds
                    - drawSeconds,
                LearnSeconds = clock.Elapsed.TotalSeconds
            };
            report = report with
            {
                Failed = all.Count - there.Count,
                GivenUp = drawn.Count - sampled.Count,
                Staleness = Math.Min(step, config.Staleness),
            };
            report = report with { Warning = GrpoWarning.Of(report, config) };
            reports.Add(report);
            progress?.Report(report);
            checkpoints?.Offer(step + 1, model, optimizer, reports, rollouts.Write, config.Staleness, cancel);
        }

        return reports;

        List<Problem> Asked(int step) => Grpo.Asked(problems, config.PromptsPerStep + config.ExtraPrompts, step, seed);

        Func<IReadOnlyList<SampledGroup>> Sample(int step, LanguageModel policy, CancellationToken stop)
        {
            var options = new GroupOptions
            {
                GroupSize = config.GroupSize,
                Sampling = config.SamplingAt(step),
                Stream = (problem, answer) => Randomness.For(seed, "reinforcement rollouts", step, problem, answer),
                Journal = checkpoints?.Samples,
                Enough = config.ExtraPrompts > 0 ? config.PromptsPerStep : null,
            };
            return Sampler.With(generator, policy,
                () => RolloutCollector.SamplePart(generator, tokenizer, Asked(step), options, stop), stop);
        }
    }

    // Without those that were given up.
    private static (IReadOnlyList<Problem> Asked, IReadOnlyList<SampledGroup> Sampled) Whole(
        List<Problem> asked, IReadOnlyList<SampledGroup> sampled)
    {
        var whole = asked.Zip(sampled).Where(pair => pair.Second.Completions.Count > 0).ToList();
        return ([.. whole.Select(pair => pair.First)], [.. whole.Select(pair => pair.Second)]);
    }

    /// <summary>
    /// The problems of a step: those given from the first to the last, and then again in an order of each round's own.
    /// </summary>
    internal static List<Problem> Asked(IReadOnlyList<Problem> problems, int perStep, int step, long seed)
    {
        List<Problem> asked = [];
        var (round, order) = (0L, problems);
        for (var place = (long)step * perStep; asked.Count < perStep; place++)
        {
            if (place / problems.Count != round)
            {
                round = place / problems.Count;
                var shuffled = problems.ToArray();
                Randomness.For(seed, "problem order", round).Shuffle(shuffled);
                order = shuffled;
            }

            asked.Add(order[(int)(place % problems.Count)]);
        }

        return asked;
    }

    private static double RewardOf(GradedCompletion graded, GrpoConfig config) =>
        Reward.Of(graded.IsCorrect, graded.Completion.TokenIds.Length, config.MaxTokens, config.Overlong);

    // Of the completions that there are.
    private static double Spread(RolloutGroup group)
    {
        double[] lengths = [.. group.Completions.Select(graded => graded.Completion)
            .Where(completion => completion.Finish != FinishReason.Failed)
            .Select(completion => completion.TokenIds.Length)];
        var mean = lengths.DefaultIfEmpty().Average();
        return Math.Sqrt(lengths.Select(length => (length - mean) * (length - mean)).DefaultIfEmpty().Average());
    }
}
