using System.Text.Json.Serialization;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>Tokens that were sampled to a step's problems, by what became of those.</summary>
public sealed record TokenCost(int AllWrong, int AllRight, int TooEasy, int Used);

/// <summary>One step of reinforcement.</summary>
public sealed record GrpoReport : IStepReport
{
    /// <summary>The number of the step, from 0.</summary>
    public required int Step { get; init; }

    /// <summary>How many steps the stage has.</summary>
    public required int Steps { get; init; }

    /// <summary>That answers were sampled at, and that the loss was taken at.</summary>
    public required double Temperature { get; init; }

    /// <summary>Of all answers sampled: +1 right, -1 wrong.</summary>
    public required double MeanReward { get; init; }

    /// <summary>Share of right answers.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Problems without a right answer among those that are compared.</summary>
    public required int AllWrong { get; init; }

    /// <summary>Problems without a wrong one.</summary>
    public required int AllRight { get; init; }

    /// <summary>Problems dropped because they are solved too often.</summary>
    public required int TooEasy { get; init; }

    /// <summary>Problems learned from.</summary>
    public required int Used { get; init; }

    /// <summary>Answers learned from.</summary>
    public required int AnswersUsed { get; init; }

    /// <summary>How many completions were sampled in the step.</summary>
    public required int Answers { get; init; }

    /// <summary>Answers that met the length limit.</summary>
    public required int Truncated { get; init; }

    /// <summary>Answers that the verifier could not judge; they left their groups.</summary>
    public required int Unverifiable { get; init; }

    /// <summary>Answers that came to their end without a final answer.</summary>
    public required int NoAnswer { get; init; }

    /// <summary>Tokens of an answer.</summary>
    public required double MeanLength { get; init; }

    /// <summary>Standard deviation of lengths within a problem's answers, averaged over problems, in tokens.</summary>
    public required double LengthSpread { get; init; }

    /// <summary>What the update did; all zero where there was nothing to learn from.</summary>
    public required PolicyUpdateReport Update { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>How many tokens were sampled, by what became of their groups.</summary>
    public required TokenCost Cost { get; init; }

    /// <summary>Drawing and verifying.</summary>
    public required double SampleSeconds { get; init; }

    /// <summary>Of them verifying.</summary>
    public required double VerifySeconds { get; init; }

    /// <summary>Forward, backward and update.</summary>
    public required double LearnSeconds { get; init; }

    /// <summary>What a person should look at, or null.</summary>
    public string? Warning { get; init; }

    /// <summary>Completions that could not be had from the generator; they left their groups.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Failed { get; init; }

    /// <summary>Problems whose answers were given up, since enough others had theirs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int GivenUp { get; init; }

    /// <summary>Updates between the weights that sampled the step and those that learned from it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Staleness { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public int Skipped => Update.Skipped;

    /// <inheritdoc/>
    [JsonIgnore]
    public double Seconds => SampleSeconds + LearnSeconds;

    /// <summary>Of the tokens in the loss, in nats.</summary>
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
    public double TrainInferenceMismatch => Update.TrainInferenceMismatch;

    /// <summary>Tokens sampled in all.</summary>
    [JsonIgnore]
    public int SampledTokens => Cost.AllWrong + Cost.AllRight + Cost.TooEasy + Cost.Used;
}
