// N learned tokens.
using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Maths;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>How answers are drawn and learned from. The paper's three stabilizers can each be turned off.</summary>
public sealed record ReinforceConfig
{
    /// <summary>Updates.</summary>
    public required int Steps { get; init => field = Require.Positive(value); }

    /// <summary>Problems in a step.</summary>
    public required int PromptsPerStep { get; init => field = Require.Positive(value); }

    /// <summary>Answers to each, before rebalancing: with it, more than are learned from.</summary>
    public required int AnswersPerPrompt { get; init => field = Require.Positive(value); }

    /// <summary>Tokens of an answer at the most; one that reaches it is cut, and wrong.</summary>
    public required int MaxTokens { get; init => field = Require.Positive(value); }

    /// <summary>Stabilizer 1: problems are chosen for answers of like length before the first step; see <see cref="PromptSelection"/>.</summary>
    public required bool ChoosePrompts { get; init; }

    /// <summary>Stabilizer 2: all right answers and as many wrong ones are kept, and problems that are solved too often are dropped.</summary>
    public required bool Rebalance { get; init; }

    /// <summary>With rebalancing, problems solved more often than this are dropped.</summary>
    public required double MaxAccuracy { get; init => field = Require.Fraction(value); }

    /// <summary>Stabilizer 3: the temperature falls from its start to its end; otherwise it stays at the start.</summary>
    public required bool Anneal { get; init; }

    /// <summary>Temperature of the first step.</summary>
    public required double StartTemperature { get; init => field = Require.Positive(value); }

    /// <summary>Temperature after annealing.</summary>
    public required double EndTemperature { get; init => field = Require.Positive(value); }

    /// <summary>Share of the steps over which the temperature falls on a straight line.</summary>
    public required double AnnealShare { get; init => field = Require.Fraction(value); }

    /// <summary>How a reward is compared with its group's.</summary>
    public required AdvantageKind Advantage { get; init; }

    /// <summary>How far a token's probability ratio counts below 1.</summary>
    public required double ClipLow { get; init => field = Require.Positive(value); }

    /// <summary>How far it counts above 1.</summary>
    public required double ClipHigh { get; init => field = Require.Positive(value); }

    /// <summary>Answers of one forward pass.</summary>
    public required int AnswersAtOnce { get; init => field = Require.Positive(value); }

    /// <summary>The run stops when sampling and training differ by more than this in the log-probability of any token, in nats.</summary>
    public required double MaxLogProbabilityGap { get; init => field = Require.Positive(value); }

    /// <summary>AdamW and its schedule.</summary>
    public required OptimizerConfig Optimizer { get; init; }

    /// <summary>The temperature of a step.</summary>
    public double TemperatureAt(int step)
    {
        var fall = AnnealShare * Steps;
        return !Anneal ? StartTemperature
            : step >= fall ? EndTemperature
            : StartTemperature + ((EndTemperature - StartTemperature) * step / fall);
    }
}

/// <summary>One step of reinforcement.</summary>
/// <param name="Temperature">That answers were drawn at, and that the loss was taken at.</param>
/// <param name="MeanReward">Of all answers drawn: +1 right, -1 wrong.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="AllWrong">Problems without a right answer.</param>
/// <param name="AllRight">Problems without a wrong answer.</param>
/// <param name="TooEasy">Problems dropped because they are solved too often.</param>
/// <param name="Used">Problems learned from.</param>
/// <param name="AnswersUsed">Answers learned from.</param>
/// <param name="Answers">Answers drawn.</param>
/// <param name="Cut">Answers that met the length limit.</param>
/// <param name="Unverifiable">Answers that the verifier could not judge; they count as wrong.</param>
/// <param name="MeanLength">Tokens of an answer.</param>
/// <param name="LengthSpread">Standard deviation of lengths within a problem's answers, averaged over problems, in tokens.</param>
/// <param name="Entropy">Mean over the learned tokens, at temperature 1, in nats.</param>
/// <param name="LogProbabilityGap">Largest difference of a token's log-probability between sampling and training, in nats.</param>
/// <param name="SampledTokens">Tokens drawn.</param>
/// <param name="SampleSeconds">Drawing and verifying.</param>
/// <param name="LearnSeconds">Forward, backward and update.</param>
public sealed record ReinforceReport(
    int Step, int Steps, double Temperature, double MeanReward, double Accuracy, int AllWrong, int AllRight, int TooEasy, int Used,
    int AnswersUsed, int Answers, int Cut, int Unverifiable, double MeanLength, double LengthSpread, double Entropy, double Loss, double GradientNorm,
    double LearningRate, double LogProbabilityGap, int SampledTokens, double SampleSeconds, double LearnSeconds);

/// <summary>Reinforcement with a verifiable reward: draws answers, verifies them, and makes the right ones likelier.</summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 4; group-relative policy gradient: arXiv 2402.03300. Open in the paper and decided here: advantages are
/// taken on the rebalanced group, the loss is a mean over all learned tokens of a step, there is no KL term, and a cut answer is wrong.
/// </remarks>
public static class Reinforce
{
    /// <summary>Runs the stage; <paramref name="model"/> is trained in place.</summary>
    /// <param name="problems">Gone through in order, and again from the first when they are used up.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <exception cref="OperationCanceledException">Cancelled within or between steps; the weights are those of the last whole step.</exception>
    /// <exception cref="InvalidOperationException">Sampling and training disagree, or a gradient was not finite; the weights are those of the last whole step.</exception>
    public static IReadOnlyList<ReinforceReport> Run(
        LanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<Problem> problems,
        Verifier verify,
        ReinforceConfig config,
        long seed,
        Checkpoints? checkpoints = null,
        IProgress<ReinforceReport>? progress = null,
        CancellationToken cancel = default)
    {
        using var optimizer = new Optimizer(model, config.Optimizer);
        List<ReinforceReport> reports = [];
        var chat = new ChatFormat(tokenizer);
        for (var step = checkpoints?.Restore(model, optimizer, reports) ?? 0; step < config.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            var temperature = config.TemperatureAt(step);

            // 1. Draw a group of answers to each problem, and 2. verify them.
            var asked = Enumerable.Range(0, config.PromptsPerStep).Select(i => problems[((step * config.PromptsPerStep) + i) % problems.Count]).ToList();
            var requests = asked.Select((problem, i) => new SampleRequest(
                chat.Prompt(problem.Question),
                [.. Enumerable.Range(0, config.AnswersPerPrompt).Select(j => Randomness.For(seed, "reinforcement rollouts", step, i, j))])).ToList();
            var sampling = new SamplingConfig { Temperature = temperature, TopP = 1, MaxTokens = config.MaxTokens };
            var drawn = Sampler.Draw(model, requests, sampling, tokenizer.StopIds, cancel: cancel);
            var outcomes = drawn.Select((group, i) => group.Select(sample => sample.Cut ? Outcome.Incorrect : verify(asked[i], tokenizer.Decode(sample.Tokens)).Outcome).ToArray()).ToArray();
            var correct = outcomes.Select(group => group.Select(outcome => outcome == Outcome.Correct).ToArray()).ToArray();

            // 3. Keep as many wrong as right, and 4. compare each answer with its group.
            var fates = new int[4];
            List<(int[] Prompt, Sample Sample, double Advantage)> kept = [];
            for (var i = 0; i < asked.Count; i++)
            {
                var (fate, indexes) = config.Rebalance
                    ? Rebalancing.Balance(correct[i], config.MaxAccuracy, Randomness.For(seed, "rebalancing", step, i))
                    : Rebalancing.KeepAll(correct[i]);
                fates[(int)fate]++;
                var advantages = indexes.Count == 0 ? [] : Advantages.Of([.. indexes.Select(j => Reward(correct[i][j]))], config.Advantage);
                kept.AddRange(indexes.Select((j, k) => (requests[i].Prompt, drawn[i][j], advantages[k])));
            }

            var sampleSeconds = clock.Elapsed.TotalSeconds;
            clock.Restart();

            // 5. Learn from the difference; 6. change the weights.
            var (loss, entropy, gap) = Learn(model, optimizer, kept, temperature, config, tokenizer.EndOfText);
            var norm = kept.Count > 0 ? optimizer.Step(step, config.Steps) : 0;
            var all = drawn.SelectMany(group => group).ToList();
            var right = correct.Sum(group => group.Count(ok => ok));
            var report = new ReinforceReport(
                step, config.Steps, temperature, ((2.0 * right) - all.Count) / all.Count, (double)right / all.Count,
                fates[(int)GroupFate.AllWrong], fates[(int)GroupFate.AllRight], fates[(int)GroupFate.TooEasy], fates[(int)GroupFate.Used],
                kept.Count, all.Count, all.Count(sample => sample.Cut), outcomes.Sum(group => group.Count(outcome => outcome == Outcome.Unverifiable)),
                all.Average(sample => sample.Tokens.Length), drawn.Average(Spread),
                entropy, loss, norm, config.Optimizer.RateAt(step, config.Steps), gap, all.Sum(sample => sample.Tokens.Length), sampleSeconds, clock.Elapsed.TotalSeconds);
            reports.Add(report);
            checkpoints?.Offer(step + 1, model, optimizer, reports);
            progress?.Report(report);
        }

        return reports;
    }

    private static double Reward(bool correct) => correct ? 1 : -1;

    private static (double Loss, double Entropy, double Gap) Learn(
        LanguageModel model, Optimizer optimizer, List<(int[] Prompt, Sample Sample, double Advantage)> kept, double temperature, ReinforceConfig config, int fill)
    {
        model.train();
        long tokens = kept.Sum(answer => answer.Sample.Tokens.Length);
        double loss = 0, entropy = 0, gap = 0;
        foreach (var part in kept.OrderBy(answer => answer.Prompt.Length + answer.Sample.Tokens.Length).Chunk(config.AnswersAtOnce))
        {
            using var scope = NewDisposeScope();
            using var batch = TokenBatch.From([.. part.Select(answer => new Example("rollout", [.. answer.Prompt, .. answer.Sample.Tokens], answer.Prompt.Length))], fill, model.Device);
            var hidden = ModelLosses.Learned(model, batch);                                                                          // [N, D]
            var now = TokenLogProbabilities.Of(hidden, model.HeadWeight, batch.Targets, temperature);                                // [N]
            var then = tensor(part.SelectMany(answer => answer.Sample.LogProbabilities).ToArray(), device: model.Device);            // [N]
            var advantages = tensor(batch.Owners.Select(owner => (float)part[owner].Advantage).ToArray(), device: model.Device);     // [N]
            var sum = Losses.ClippedSurrogate(now, then, advantages, config.ClipLow, config.ClipHigh).sum() / Scalars.Held(tokens);         // []
            sum.backward();
            loss += sum.ToDouble();
            entropy += TokenLogProbabilities.MeanEntropy(hidden.detach(), model.HeadWeight) * batch.Learned / tokens;
            gap = Math.Max(gap, (now.detach() - then).abs().max().ToDouble());
        }

        if (gap <= config.MaxLogProbabilityGap)
        {
            return (loss, entropy, gap);
        }

        optimizer.Forget();
        throw new InvalidOperationException($"Sampling and training differ by {gap:G3} nats in a token's log-probability; MaxLogProbabilityGap is {config.MaxLogProbabilityGap}. "
                + "No weight was changed. Do both use the same weights, rope policy and temperature?");
    }

    private static double Spread(Sample[] group)
    {
        var mean = group.Average(sample => sample.Tokens.Length);
        return Math.Sqrt(group.Average(sample => (sample.Tokens.Length - mean) * (sample.Tokens.Length - mean)));
    }
}
