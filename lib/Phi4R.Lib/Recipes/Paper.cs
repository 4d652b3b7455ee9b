using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tasks.Pocket;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>
/// The published recipe of Phi-4-Mini-Reasoning, with the source of each number in <see cref="PaperSources"/>.
/// </summary>
public static class Paper
{
    /// <summary>LongRoPE's long factors of microsoft/Phi-4-mini-instruct.</summary>
    private static readonly double[] LongFactors =
    [
        1, 1.118320672, 1.250641126, 1.398617824, 1.564103225, 1.74916897, 1.956131817, 2.187582649,
        2.446418898, 2.735880826, 3.059592084, 3.421605075, 3.826451687, 4.279200023, 4.785517845, 5.351743533,
        5.984965424, 6.693110555, 7.485043894, 8.370679318, 9.36110372, 10.4687158, 11.70738129, 13.09260651,
        14.64173252, 16.37415215, 18.31155283, 20.47818807, 22.90118105, 25.61086418, 28.64115884, 32.03,
        32.1, 32.13, 32.23, 32.6, 32.61, 32.64, 32.66, 32.7, 32.71, 32.93, 32.97, 33.28, 33.49, 33.5, 44.16, 47.77,
    ];

    private static readonly OptimizerConfig Optimizer = new()
    {
        PeakLearningRate = 1e-5,
        MinLearningRateRatio = 0,
        WarmupRatio = 0.1,
        Decay = Decay.Linear,
        Beta1 = 0.9,
        Beta2 = 0.95,
        Epsilon = 1e-8,
        WeightDecay = 0.1,
        MaxGradientNorm = 1,
        StopAfterSkipped = 3,
    };

    /// <summary>Every number of the paper's recipe, and of what the paper leaves open.</summary>
    public static Recipe Recipe { get; } = new()
    {
        Name = "paper",
        Files = new RecipeFiles
        {
            Model = null,
            Tokenizer = TokenizerKind.Released,
            Rollouts = "rollouts.jsonl",
            Problems = "problems.jsonl",
            Benchmarks = ["aime24.jsonl", "math500.jsonl", "gpqa-diamond.jsonl"],
            AcceleratorGigabytes = 80,
        },
        Model = new ModelConfig
        {
            VocabularySize = 200_064,
            Width = 3072,
            Layers = 32,
            QueryHeads = 24,
            KeyValueHeads = 8,
            FeedForwardWidth = 8192,
            RotaryFraction = 0.75,
            RopeTheta = 10_000,
            ShortFactors = [.. Enumerable.Repeat(1.0, 48)],
            LongFactors = LongFactors,
            OriginalMaxPositions = 4096,
            MaxPositions = 131_072,
            NormEpsilon = 1e-5,
            TiedEmbeddings = true,
            RopePolicy = RopePolicy.AlwaysLong,
            InitialDeviation = 0.02,
        },
        Memory = new MemoryConfig { ActivationCheckpointEvery = 1, Weights = WeightPrecision.BFloat16 },
        Checkpoints = Retention.NewestTwo,
        PretrainData = null,
        Pretrain = null,
        Distill = new DistillConfig
        {
            Problems = 1_600_000,
            RolloutsPerProblem = 8,
            Mix = new ProblemMix { LevelWeights = [1, 1, 1, 1, 1], FourChoiceShare = 0 },
            Repetition = new RepetitionConfig { Times = 4, LongestBlock = 64 },
        },
        MidTraining = new MidTrainingConfig
        {
            SequenceLength = 16_384,
            OpenRows = 64,
            BatchSize = 128,
            MicroBatchSize = 1,
            TokenWeight = TokenWeight.OfRun,
            Epochs = 5,
            Optimizer = Optimizer,
        },
        Curation = new CurationConfig
        {
            Count = 200_000,
            LevelWeights = [1, 1, 1, 1, 1],
            UnknownLevelWeight = 1, // Public sets of rollouts state no level.
            FillFromOthers = true,
            MissingAllowed = 0.1,
            Styles = null,
        },
        Sft = new SftConfig
        {
            MaxTokens = 20_480,
            BatchSize = 128,
            MicroBatchSize = 1,
            StepsPerBucket = 1, // With one example a pass nothing is padded, so none need be sorted.
            TokenWeight = TokenWeight.OfRun,
            Epochs = 5,
            Optimizer = Optimizer,
        },
        PreferenceData = new PreferenceData
        {
            Problems = 300_000,
            AnswersPerProblem = 8,
            Temperature = 0.6,
            MaxTokens = 16_384,
            Mix = new ProblemMix { LevelWeights = [0, 0, 1, 1, 1], FourChoiceShare = 0 },
            Pairing = new PairingConfig
            {
                MaxPromptAccuracy = 1,
                MaxLengthDifference = 16_384,
                Distance = PairDistance.Share,
                PairsPerPrompt = 1,
            },
            FromTeacher = true,
            MatchLengths = 512,
        },
        RolloutDpo = new RolloutDpoConfig
        {
            Loss = PreferenceLoss.Dpo,
            LengthNormalized = false,
            Beta = 0.1,
            NllWeight = 0,
            BatchSize = 128,
            MicroBatchSize = 1,
            Epochs = 1,
            Optimizer = Optimizer with { PeakLearningRate = 5e-7, WeightDecay = 0 },
        },
        PromptSelection = new PromptSelectionConfig
        {
            CandidatesPerPrompt = 2,
            GroupSize = 4,
            Temperature = 1,
            Learnable = true,
        },
        GrpoMix = new ProblemMix { LevelWeights = [0, 0, 1, 1, 1], FourChoiceShare = 0 },
        Grpo = new GrpoConfig
        {
            Steps = 200,
            PromptsPerStep = 128,
            GroupSize = 16,
            MaxTokens = 25_600,
            StrictReward = true,
            ChoosePrompts = true,
            Rebalance = true,
            MaxAccuracy = 0.5,
            Anneal = true,
            StartTemperature = 1.0,
            EndTemperature = 0.6,
            AnnealShare = 0.5,
            Advantage = AdvantageKind.Standardized,
            Update = new PolicyUpdateConfig
            {
                ClipLow = 0.2,
                ClipHigh = 0.2,
                Normalization = LossNormalization.Sequence,
                KlCoefficient = 0,
                KlEstimator = KlEstimator.K3,
                InnerEpochs = 1,
                ImportanceSamplingCap = 2,
                MicroBatchSize = 1,
                MaxTokenRatio = 5,
                MaxMaskedShare = 0.01,
                MaxSamplingDivergence = 0.01,
            },
            Optimizer = Optimizer with { PeakLearningRate = 5e-7, WeightDecay = 0, Decay = Decay.Constant },
        },
        Evaluation = new EvaluationConfig
        {
            AnswersPerProblem = 8,
            Sampling = new SamplingConfig { Temperature = 0.6, TopP = 0.95, MaxTokens = 32_768 },
            Seed = 0,
        },
        Benchmarks = new BenchmarkSizes { Medium = 500, Hard = 30, Choice = 198 },
    };

    /// <summary>
    /// The published table of what each stage brings, pass@1 in percent; second-hand, see <see cref="PaperSources"/>.
    /// </summary>
    public static IReadOnlyList<(string Stage, double Aime24, double Math500, double GpqaDiamond)> StageTable { get; } =
    [
        ("Phi-4-Mini", 10.0, 71.8, 36.9),
        ("+ distillation mid-training", 30.0, 82.9, 42.6),
        ("+ distillation fine-tuning", 43.3, 89.3, 48.3),
        ("+ Rollout-DPO", 50.0, 93.6, 49.0),
        ("+ RL", 57.5, 94.6, 52.0),
    ];
}
