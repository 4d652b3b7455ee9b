using System.Diagnostics;
using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Maths;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>What the paper does against unstable reinforcement.</summary>
[Flags]
public enum Stabilizers
{
    None = 0,

    /// <summary>Problems are chosen for answers of like length.</summary>
    ChoosePrompts = 1,

    /// <summary>As many wrong answers as right ones, from more than are needed.</summary>
    Rebalance = 2,

    /// <summary>The temperature falls.</summary>
    Anneal = 4,

    All = ChoosePrompts | Rebalance | Anneal,
}

/// <summary>How answers are drawn and learned from. The paper's three stabilizers can each be turned off.</summary>
public sealed record ReinforceConfig
{
    /// <summary>Updates.</summary>
    public required int Steps { get; init => field = Require.Positive(value); }

    /// <summary>Problems in a step.</summary>
    public required int PromptsPerStep { get; init => field = Require.Positive(value); }

    /// <summary>Answers to each, before rebalancing: with it, more than are learned from.</summary>
    public required int AnswersPerPrompt { get; init => field = value >= 2 ? value : throw new ArgumentException($"AnswersPerPrompt is {value}; a group needs 2 answers or more to compare."); }

    /// <summary>Tokens of an answer at the most; one that reaches it is cut.</summary>
    public required int MaxTokens { get; init => field = Require.Positive(value); }

    /// <summary>What becomes of an answer that was cut.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Overlong Overlong { get; init; }

    /// <summary>
    /// Whether a reward asks for exactly one box with one answer; otherwise it takes the lenient form that evaluation takes, under
    /// which a model may forget the box.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool StrictReward { get; init; }

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

    /// <summary>How the drawn answers change the model.</summary>
    public required PolicyUpdateConfig Update { get; init; }

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

/// <summary>Tokens that were drawn to a step's problems, by what became of those.</summary>
public sealed record TokenCost(int AllWrong, int AllRight, int TooEasy, int Used);

/// <summary>One step of reinforcement.</summary>
/// <param name="Temperature">That answers were drawn at, and that the loss was taken at.</param>
/// <param name="MeanReward">Of all answers drawn: +1 right, -1 wrong.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="AllWrong">Problems without a right answer among those that are compared.</param>
/// <param name="AllRight">Problems without a wrong one.</param>
/// <param name="TooEasy">Problems dropped because they are solved too often.</param>
/// <param name="Used">Problems learned from.</param>
/// <param name="AnswersUsed">Answers learned from.</param>
/// <param name="Answers">Answers drawn.</param>
/// <param name="Cut">Answers that met the length limit.</param>
/// <param name="Unverifiable">Answers that the verifier could not judge; they left their groups.</param>
/// <param name="NoAnswer">Answers that came to their end without a final answer.</param>
/// <param name="MeanLength">Tokens of an answer.</param>
/// <param name="LengthSpread">Standard deviation of lengths within a problem's answers, averaged over problems, in tokens.</param>
/// <param name="Update">What the update did; all zero where there was nothing to learn from.</param>
/// <param name="Cost">Tokens drawn.</param>
/// <param name="SampleSeconds">Drawing and verifying.</param>
/// <param name="VerifySeconds">Of them verifying.</param>
/// <param name="LearnSeconds">Forward, backward and update.</param>
/// <param name="Warning">What a person should look at, or null.</param>
public sealed record ReinforceReport(
    int Step, int Steps, double Temperature, double MeanReward, double Accuracy, int AllWrong, int AllRight, int TooEasy, int Used,
    int AnswersUsed, int Answers, int Cut, int Unverifiable, int NoAnswer, double MeanLength, double LengthSpread, PolicyUpdateReport Update,
    double LearningRate, TokenCost Cost, double SampleSeconds, double VerifySeconds, double LearnSeconds, string? Warning = null) : IStepReport
{
    /// <inheritdoc/>
    [JsonIgnore]
    public int Skipped => Update.Skipped;

    /// <inheritdoc/>
    [JsonIgnore]
    public double Seconds => SampleSeconds + LearnSeconds;

    /// <summary>Of the learned tokens, in nats.</summary>
    [JsonIgnore]
    public double Entropy => Update.Entropy;

    /// <summary>Of the first update.</summary>
    [JsonIgnore]
    public double Loss => Update.Loss;

    /// <summary>Of the first update, before clipping.</summary>
    [JsonIgnore]
    public double GradientNorm => Update.GradientNorm;

    /// <summary>Largest difference of a token's log-probability between sampling and training, in nats.</summary>
    [JsonIgnore]
    public double LogProbabilityGap => Update.LogProbabilityGap;

    /// <summary>Tokens drawn in all.</summary>
    [JsonIgnore]
    public int SampledTokens => Cost.AllWrong + Cost.AllRight + Cost.TooEasy + Cost.Used;
}

/// <summary>Reinforcement with a verifiable reward: draws answers, verifies them, and makes the right ones likelier.</summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 4; group-relative policy gradient: arXiv 2402.03300. Open in the paper and decided here: advantages are
/// taken on the rebalanced group; an answer that nobody could judge is not compared, since as a wrong one it would
/// teach that a right answer is one; and what a cut
/// answer earns is <see cref="Stages.Overlong"/>. Loss, divergence and inner epochs are <see cref="PolicyUpdate"/>'s.
/// </remarks>
public static class Reinforce
{
    /// <summary>Runs the stage; <paramref name="model"/> is trained in place.</summary>
    /// <param name="problems">Gone through in order, and when they are used up again in another one.</param>
    /// <param name="seed">Drives every draw.</param>
    /// <exception cref="OperationCanceledException">Cancelled within or between steps; the weights are those of the last whole step.</exception>
    /// <exception cref="InvalidOperationException">Sampling and training disagree, or gradients were not finite, <see cref="OptimizerConfig.StopAfterSkipped"/> times in a row; the weights are those of the last whole step.</exception>
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
        if (problems.Count == 0)
        {
            throw new InvalidOperationException("There are no problems to learn from. Look at the file of problems, and at the levels that ReinforceMix.LevelWeights leaves.");
        }

        cancel = cancel.OrHosts();
        using var reference = config.Update.KlWeight > 0 ? model.Copy() : null; // The model as it comes, before a checkpoint is restored.
        using var optimizer = new Optimizer(model, config.Optimizer);
        List<ReinforceReport> reports = [];
        var chat = new ChatFormat(tokenizer);
        for (var step = checkpoints?.Restore(model, optimizer, reports, progress) ?? 0; step < config.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            var temperature = config.TemperatureAt(step);

            // 1. Draw a group of answers to each problem, and 2. verify them.
            var asked = Asked(problems, config.PromptsPerStep, step, seed);
            var requests = asked.Select((problem, i) => new SampleRequest(
                chat.Prompt(problem.Question),
                [.. Enumerable.Range(0, config.AnswersPerPrompt).Select(j => Randomness.For(seed, "reinforcement rollouts", step, i, j))])).ToList();
            var sampling = new SamplingConfig { Temperature = temperature, TopP = 1, MaxTokens = config.MaxTokens };
            var drawn = Sampler.Draw(model, requests, sampling, tokenizer.StopIds, checkpoints?.Samples, cancel: cancel);
            var drawSeconds = clock.Elapsed.TotalSeconds;
            var verdicts = drawn.Select((group, i) => group.Select(sample => sample.Cut ? CutIsWrong : verify(asked[i], tokenizer.Decode(sample.Tokens))).ToArray()).ToArray();

            // 3. Of the answers that can be compared keep as many wrong as right, and 4. compare each with its group.
            var (fates, costs) = (new int[4], new int[4]);
            List<PolicyAnswer> kept = [];
            for (var i = 0; i < asked.Count; i++)
            {
                var group = drawn[i].Zip(verdicts[i])
                    .Where(answer => answer.Second.Outcome != Outcome.Unverifiable
                        && (config.Overlong != Overlong.LeftOut || !answer.First.Cut))
                    .Select(answer => (Sample: answer.First, Correct: answer.Second.Outcome == Outcome.Correct))
                    .ToList();
                bool[] correct = [.. group.Select(answer => answer.Correct)];
                var (fate, indexes) = config.Rebalance
                    ? Rebalancing.Balance(correct, config.MaxAccuracy, Randomness.For(seed, "rebalancing", step, i))
                    : Rebalancing.KeepAll(correct);
                fates[(int)fate]++;
                costs[(int)fate] += drawn[i].Sum(sample => sample.Tokens.Length);
                var rewards = indexes.Select(j => RewardOf(group[j].Sample, correct[j], config)).ToList();
                var advantages = Advantages.Of(rewards, config.Advantage);
                var prompt = requests[i].Prompt;
                kept.AddRange(indexes.Select((j, k) => new PolicyAnswer(prompt, group[j].Sample, advantages[k])));
            }

            var sampleSeconds = clock.Elapsed.TotalSeconds;
            clock.Restart();

            // 5. Learn from the difference; 6. change the weights.
            var update = kept.Count > 0
                ? PolicyUpdate.Run(model, reference, optimizer, kept, temperature, config.MaxTokens, config.Update, tokenizer.EndOfText, step, config.Steps)
                : new PolicyUpdateReport(0, 0, 0, 0, 0, 0, 0);
            var all = drawn.SelectMany(group => group).ToList();
            var said = verdicts.SelectMany(group => group).Where(verdict => verdict != CutIsWrong).ToList();
            var right = said.Count(verdict => verdict.Outcome == Outcome.Correct);
            var report = new ReinforceReport(
                step, config.Steps, temperature, ((2.0 * right) - all.Count) / all.Count, (double)right / all.Count,
                fates[(int)GroupFate.AllWrong], fates[(int)GroupFate.AllRight], fates[(int)GroupFate.TooEasy], fates[(int)GroupFate.Used],
                kept.Count, all.Count, all.Count(sample => sample.Cut), said.Count(verdict => verdict.Outcome == Outcome.Unverifiable),
                said.Count(verdict => verdict is { Outcome: Outcome.Incorrect, Answer: null }), all.Average(sample => sample.Tokens.Length), drawn.Average(Spread), update,
                config.Optimizer.RateAt(step, config.Steps), new TokenCost(costs[(int)GroupFate.AllWrong], costs[(int)GroupFate.AllRight], costs[(int)GroupFate.TooEasy], costs[(int)GroupFate.Used]),
                sampleSeconds, sampleSeconds - drawSeconds, clock.Elapsed.TotalSeconds);
            report = report with { Warning = ReinforceWarning.Of(report, config) };
            reports.Add(report);
            progress?.Report(report);
            checkpoints?.Offer(step + 1, model, optimizer, reports, cancel);
        }

        return reports;
    }

    private static Verdict CutIsWrong { get; } = new(Outcome.Incorrect, null, "The length limit cut the answer.");

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

    private static double RewardOf(Sample sample, bool correct, ReinforceConfig config) =>
        Reward.Of(correct, sample.Tokens.Length, config.MaxTokens, config.Overlong);

    private static double Spread(Sample[] group)
    {
        var mean = group.Average(sample => sample.Tokens.Length);
        return Math.Sqrt(group.Average(sample => (sample.Tokens.Length - mean) * (sample.Tokens.Length - mean)));
    }
}
