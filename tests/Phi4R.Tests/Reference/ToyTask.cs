using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Text;
using Phi4R.Training;
using Phi4R.Verification;

namespace Phi4R.Tests.Reference;

/// <summary>
/// A task that a tiny model learns in seconds: an answer is right when its first sign is an even digit.
/// </summary>
internal static class ToyTask
{
    public static ModelConfig Config { get; } = SmallModel.Config with { VocabularySize = 80, InitialDeviation = 0.05 };

    public static IReadOnlyList<Problem> Problems { get; } =
        [.. Enumerable.Range(0, 10)
            .Select(i => new Problem
            {
                Id = $"toy {i}",
                Question = $"{i}+{i}",
                Answer = "even",
                Domain = "arithmetic",
                Level = 1,
            })];

    public static GrpoConfig Grpo { get; } = new()
    {
        Steps = 20,
        PromptsPerStep = 8,
        GroupSize = 8,
        MaxTokens = 4,
        ChoosePrompts = false,
        Rebalance = false,
        MaxAccuracy = 1,
        Anneal = false,
        StartTemperature = 1,
        EndTemperature = 0.6,
        AnnealShare = 0.5,
        Advantage = AdvantageKind.Standardized,
        Update = new PolicyUpdateConfig
        {
            ClipLow = 0.2,
            ClipHigh = 0.2,
            Normalization = LossNormalization.Token,
            KlCoefficient = 0,
            KlEstimator = KlEstimator.K3,
            InnerEpochs = 1,
            ImportanceSamplingCap = null,
            MicroBatchSize = 64,
            MaxTokenRatio = 1.001,
            MaxMaskedShare = 0,
            MaxSamplingDivergence = 1e-6,
        },
        Optimizer = new OptimizerConfig
        {
            PeakLearningRate = 1e-2,
            MinLearningRateRatio = 1,
            WarmupRatio = 0,
            Decay = Decay.Constant,
            Beta1 = 0.9,
            Beta2 = 0.95,
            Epsilon = 1e-8,
            WeightDecay = 0,
            MaxGradientNorm = 1,
            StopAfterSkipped = 3,
        },
    };

    public static ITokenizer Tokenizer { get; } = new Talkative();

    public static Verdict EvenFirst(Problem problem, string response) =>
        new(response.Length > 0 && "02468".Contains(response[0], StringComparison.Ordinal)
            ? Outcome.Correct
            : Outcome.Incorrect, null, "");

    /// <summary>The pocket tokenizer, but half of the vocabulary ends an answer, so that few are cut.</summary>
    private sealed class Talkative : ITokenizer
    {
        private readonly PocketTokenizer _inner = new();

        public int VocabularySize => _inner.VocabularySize;

        public int EndOfText => _inner.EndOfText;

        public IReadOnlyList<int> StopIds { get; } = [.. Enumerable.Range(40, 40)];

        public int[] Encode(string text, bool special = false) => _inner.Encode(text, special);

        public string Decode(ReadOnlySpan<int> ids) => _inner.Decode(ids);
    }
}
