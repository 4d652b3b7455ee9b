using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>What the paper does against unstable reinforcement.</summary>
[Flags]
public enum Stabilizers
{
    None = 0,

    /// <summary>Problems are chosen for answers of similar length.</summary>
    ChoosePrompts = 1,

    /// <summary>As many wrong answers as right ones, from more than are needed.</summary>
    Rebalance = 2,

    /// <summary>The temperature falls.</summary>
    Anneal = 4,

    All = ChoosePrompts | Rebalance | Anneal,
}

/// <summary>How answers are sampled and learned from. The paper's three stabilizers can each be turned off.</summary>
public sealed record GrpoConfig
{
    /// <summary>Steps of the stage; each samples groups and updates the weights.</summary>
    public required int Steps { get; init => field = Require.Positive(value); }

    /// <summary>Problems in a step.</summary>
    public required int PromptsPerStep { get; init => field = Require.Positive(value); }

    /// <summary>Answers to each, before the group filter: with it, more than are learned from.</summary>
    public required int GroupSize
    {
        get;
        init => field = value >= 2
            ? value
            : throw new ArgumentException($"GroupSize is {value}; a group needs 2 answers or more to compare.");
    }

    /// <summary>
    /// Updates that the weights which sample a step are behind those which learn from it: 0 samples with the newest, 1
    /// samples the next step while this one is learned from.
    /// </summary>
    /// <remarks>
    /// Step k is sampled with the weights after max(0, k - Staleness) updates, whichever of the two is quicker, so that
    /// the same seed gives the same run. Above 0, <see cref="PolicyUpdateConfig.ImportanceSamplingCap"/> weighs what
    /// the updates between have changed, and <see cref="PolicyUpdateConfig.MaxSamplingDivergence"/> and MaxTokenRatio
    /// must leave room for it; each step ahead costs a copy of the weights in memory and in a checkpoint.
    /// </remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Staleness { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Problems asked beyond <see cref="PromptsPerStep"/>: as soon as that many have all their answers, the others are
    /// given up and counted. 0 waits for all.
    /// </summary>
    /// <remarks>
    /// What is given up is what takes longest, so that answers get shorter; and which those are depends on the machine,
    /// so that the same seed gives another run.
    /// </remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ExtraPrompts { get; init => field = Require.NotNegative(value); }

    /// <summary>Tokens of an answer at the most; one that reaches it is cut.</summary>
    public required int MaxTokens { get; init => field = Require.Positive(value); }

    /// <summary>What becomes of an answer that was truncated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Overlong Overlong { get; init; }

    /// <summary>
    /// Whether a reward asks for exactly one box with one answer; otherwise it takes the lenient form that evaluation
    /// takes, under which a model may forget the box.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool StrictReward { get; init; }

    /// <summary>
    /// Stabilizer 1: problems are chosen for answers of similar length before the first step; see
    /// <see cref="PromptSelection"/>.
    /// </summary>
    public required bool ChoosePrompts { get; init; }

    /// <summary>
    /// Stabilizer 2: all right answers and as many wrong ones are kept, and problems that are solved too often are
    /// dropped.
    /// </summary>
    public required bool Rebalance { get; init; }

    /// <summary>With the group filter, problems solved more often than this are dropped.</summary>
    public required double MaxAccuracy { get; init => field = Require.Fraction(value); }

    /// <summary>
    /// Stabilizer 3: the temperature falls from its start to its end; otherwise it stays at the start.
    /// </summary>
    public required bool Anneal { get; init; }

    /// <summary>Temperature of the first step.</summary>
    public required double StartTemperature { get; init => field = Require.Positive(value); }

    /// <summary>Temperature after annealing.</summary>
    public required double EndTemperature { get; init => field = Require.Positive(value); }

    /// <summary>Share of the steps over which the temperature falls on a straight line.</summary>
    public required double AnnealShare { get; init => field = Require.Fraction(value); }

    /// <summary>How a reward is compared with its group's.</summary>
    public required AdvantageKind Advantage { get; init; }

    /// <summary>How the sampled answers change the model.</summary>
    public required PolicyUpdateConfig Update { get; init; }

    /// <summary>AdamW and its schedule.</summary>
    public required OptimizerConfig Optimizer { get; init; }

    /// <summary>The verifier that gives the reward, and that prompts are selected with.</summary>
    [JsonIgnore]
    public Verifier RewardVerifier => StrictReward ? Verifiers.Reward : Verifiers.FinalAnswer;

    /// <summary>How the completions of a step are sampled.</summary>
    public SamplingConfig SamplingAt(int step) =>
        new() { Temperature = TemperatureAt(step), TopP = 1, MaxTokens = MaxTokens };

    /// <summary>The temperature of a step.</summary>
    public double TemperatureAt(int step)
    {
        var fall = AnnealShare * Steps;
        return !Anneal ? StartTemperature
            : step >= fall ? EndTemperature
            : StartTemperature + ((EndTemperature - StartTemperature) * step / fall);
    }
}
