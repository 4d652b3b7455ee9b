using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;

namespace Phi4R.Recipes;

/// <summary>
/// The recipe with the real weights on one 80 GB card within a weekend: what differs from <see cref="Paper"/>, all of
/// it ours. Public rollouts of some ten thousand problems instead of ten million of 1.6 million, one epoch instead of
/// five, answers of 8,192 tokens in reinforcement instead of 25,600.
/// </summary>
/// <remarks>
/// Its steps were measured on such a card with random weights (data/runs/LOG.md), and never run with the real ones.
/// Beware of the other end: trained on 800 to 1,000 curated rollouts alone, Phi-4-Mini loses 14 to 25 points on
/// MATH-500 (arXiv 2504.21233, its table of LIMO and S1K, second-hand).
/// </remarks>
public static class Lab
{
    private const double LearnedPerSecond = 10_000;
    private const double DrawnPerSecond = 600;

    /// <summary>What all estimates stand on.</summary>
    public const string Assumptions =
        "10,000 trained tokens/s: measured on one H100 with random weights in rows of 16,384 tokens, 10,242 where "
            + "one document fills a row and 12,228 where four do, "
        + "less an update of 1.3 s a step. 600 sampled tokens/s: measured with 32 answers at a time in contexts of "
        + "some 540 tokens; more answers at a time should be faster "
        + "and longer contexts slower, neither of which was measured. Memory: 54 GB in training, measured; in sampling "
        + "calculated, 32 answers of 8,192 tokens with 131,072 bytes "
        + "of cache each, beside the state that learns or the weights alone. Gains: the paper's at 128 cards and with "
        + "all its data, second-hand; bounds from above.";

    /// <summary>Every number of the recipe for one 80 GB card.</summary>
    public static Recipe Recipe { get; } = Paper.Recipe with
    {
        Name = "lab",

        // The moments' 31 GB fit no card beside 38 GB of weights, sums and masters and the cache of rollouts; passing
        // them through the card makes an update take 1.3 s.
        Memory = Paper.Recipe.Memory with { OptimizerState = OptimizerStateStorage.Host },
        Distill = Paper.Recipe.Distill with { Problems = 20_000, RolloutsPerProblem = 2 },
        MidTraining = Paper.Recipe.MidTraining with { BatchSize = 32, Epochs = 1 },
        Curation = Paper.Recipe.Curation with { Count = 5_000 },
        Sft = Paper.Recipe.Sft with { BatchSize = 32, Epochs = 2 },
        PreferenceData = Paper.Recipe.PreferenceData with
        {
            Problems = 6_000,
            AnswersPerProblem = 4,
            Pairing = Paper.Recipe.PreferenceData.Pairing with { MaxLengthDifference = 2_048 },
        },
        RolloutDpo = Paper.Recipe.RolloutDpo with { BatchSize = 32 },
        PromptSelection = Paper.Recipe.PromptSelection with { CandidatesPerPrompt = 1.5, GroupSize = 2 },

        // A third of the paper's limit cuts answers that the paper's would let end; as wrong ones they would teach
        // brevity.
        Grpo = Paper.Recipe.Grpo with
        {
            Steps = 40,
            PromptsPerStep = 32,
            GroupSize = 8,
            MaxTokens = 8_192,
            Overlong = Overlong.LeftOut,
        },
        Evaluation = Paper.Recipe.Evaluation with
        {
            AnswersPerProblem = 1,
            Sampling = Paper.Recipe.Evaluation.Sampling with { MaxTokens = 16_384 },
        },
    };

    /// <summary>
    /// A minute or two on two cores: every stage of <see cref="Recipe"/> on real formats at its smallest, for tests.
    /// Nothing is learned that is worth anything.
    /// </summary>
    /// <remarks>
    /// The checkpoint has Phi-4-mini's form, tokenizer and chat template with a few million weights, nearly all of
    /// them embeddings; <see cref="HostOptions.Model"/> names its folder. The data are 40 problems of GSM8K and MATH
    /// with rollouts of ours (data/examples/gsm8k-math says how they are imported), the benchmarks whatever files of
    /// these names hold.
    /// </remarks>
    public static Recipe Smoke { get; } = Recipe with
    {
        Name = "lab-smoke",
        Files = Recipe.Files! with
        {
            Rollouts = "gsm8k-math",
            Problems = "gsm8k-math/problems.jsonl",
            Benchmarks = ["gsm8k_test.jsonl", "math500.jsonl"],
            AcceleratorGigabytes = 0,
        },
        Model = Recipe.Model with
        {
            Width = 32,
            Layers = 2,
            QueryHeads = 2,
            KeyValueHeads = 1,
            FeedForwardWidth = 96,
            ShortFactors = [1, 1, 1, 1, 1, 1],
            LongFactors = [1, 1.5, 2, 2.5, 3, 4],
            OriginalMaxPositions = 128,
            MaxPositions = 1_024,
        },

        // In 16 bits the few weights would be rounded away from what they learn, and a processor is slow at them.
        Memory = new MemoryConfig { ActivationCheckpointEvery = 0 },
        Distill = Recipe.Distill with { Problems = 40, RolloutsPerProblem = 4 },
        MidTraining = Recipe.MidTraining with
        {
            SequenceLength = 192,
            BatchSize = 4,
            Optimizer = Recipe.MidTraining.Optimizer with { PeakLearningRate = 1e-3 },
        },
        Curation = Recipe.Curation with { Count = 24 },
        Sft = Recipe.Sft with
        {
            MaxTokens = 192,
            BatchSize = 8,
            MicroBatchSize = 4,
            Epochs = 1,
            Optimizer = Recipe.Sft.Optimizer with { PeakLearningRate = 5e-4 },
        },
        PreferenceData = Recipe.PreferenceData with
        {
            Problems = 40,
            MaxTokens = 64,
            Mix = AllLevels,
            Pairing = Recipe.PreferenceData.Pairing with { MaxLengthDifference = 32 },
            MatchLengths = 32,
        },
        RolloutDpo = Recipe.RolloutDpo with
        {
            BatchSize = 8,
            MicroBatchSize = 4,
            Optimizer = Recipe.RolloutDpo.Optimizer with { PeakLearningRate = 1e-4 },
        },
        PromptSelection = Recipe.PromptSelection with { GroupSize = 4 },
        GrpoMix = AllLevels,
        Grpo = Recipe.Grpo with
        {
            Steps = 2,
            PromptsPerStep = 6,
            GroupSize = 6,
            MaxTokens = 48,
            Update = Recipe.Grpo.Update with { MicroBatchSize = 8 },
            Optimizer = Recipe.Grpo.Optimizer with { PeakLearningRate = 1e-4 },
        },
        Evaluation = Recipe.Evaluation with { Sampling = Recipe.Evaluation.Sampling with { MaxTokens = 48 } },
    };

    // Of 40 problems none is left out for being easy.
    private static ProblemMix AllLevels => Recipe.GrpoMix with { LevelWeights = [1, 1, 1, 1, 1] };

    /// <summary>What mid-training is expected to cost and to gain.</summary>
    public static StageEstimate MidTraining { get; } =
        Learning(240, 11.1, "20,000 problems, 2 rollouts of 6,000 tokens, one epoch");

    /// <summary>What supervised fine-tuning is expected to cost and to gain.</summary>
    public static StageEstimate Sft { get; } = Learning(80, 6.4, "5,000 rollouts of 8,000 tokens, two epochs");

    /// <summary>What Rollout-DPO is expected to cost and to gain.</summary>
    public static StageEstimate Dpo { get; } =
        Learning(48 * 4 / 3.0, 4.3, "3,000 pairs of twice 8,000 tokens, and a forward pass of the reference");

    /// <summary>What reinforcement is expected to cost and to gain.</summary>
    public static StageEstimate Grpo { get; } = Drawing(
        52, 26, 1.0,
        "40 steps of 32 problems with 8 answers of 5,000 tokens, half of them learned from; "
            + "1,920 candidates answered twice before");

    /// <summary>What the evaluation is expected to cost.</summary>
    public static StageEstimate Evaluation { get; } =
        Drawing(5 * 5.8, 0, null, "five models, 728 problems answered once, 8,000 tokens an answer");

    private static StageEstimate Learning(double tokens, double gain, string of) =>
        new(tokens, Math.Round(tokens * 1e6 / LearnedPerSecond / 3600, 1), 54, gain, of);

    // Weights, sums and masters of 2 + 4 + 4 bytes stay on the card in reinforcement.
    private static StageEstimate Drawing(double drawn, double learned, double? gain, string of) => new(
        drawn + learned, Math.Round(((drawn / DrawnPerSecond) + (learned / LearnedPerSecond)) * 1e6 / 3600, 1),
        (learned > 0 ? 38 : 8) + 34, gain, of);
}
