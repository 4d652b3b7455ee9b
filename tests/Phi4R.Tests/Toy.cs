using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Training;

namespace Phi4R.Tests;

/// <summary>Small models and batches.</summary>
internal static class Toy
{
    /// <summary>Two layers of width 64, heads of 32 channels, LongRoPE with both lists.</summary>
    public static ModelConfig Config { get; } = new()
    {
        VocabularySize = 80,
        Width = 64,
        Layers = 2,
        QueryHeads = 2,
        KeyValueHeads = 1,
        FeedForwardWidth = 96,
        RotaryFraction = 0.75,
        RopeTheta = 10_000,
        ShortFactors = [.. Enumerable.Range(0, 12).Select(i => 1 + (0.05 * i))],
        LongFactors = [.. Enumerable.Range(0, 12).Select(i => 1 + (0.4 * i))],
        OriginalMaxPositions = 24,
        MaxPositions = 160,
        NormEpsilon = 1e-5,
        TiedEmbeddings = true,
        RopePolicy = RopePolicy.AlwaysLong,
        InitialDeviation = 0.15,
    };

    public static OptimizerConfig Optimizer { get; } = new()
    {
        PeakLearningRate = 1e-2,
        FinalShare = 0.1,
        WarmupShare = 0.1,
        Decay = Decay.Linear,
        Beta1 = 0.9,
        Beta2 = 0.95,
        Epsilon = 1e-8,
        WeightDecay = 0.1,
        MaxGradientNorm = 1,
    };

    public static LanguageModel Model(ModelConfig? config = null, long seed = 7) => LanguageModel.Create(config ?? Config, seed, CPU);

    public static int[] Ids(int count, string purpose = "ids", int vocabulary = 80)
    {
        var stream = Randomness.For(3, purpose);
        return [.. Enumerable.Range(0, count).Select(_ => stream.Next(vocabulary))];
    }

    public static Example Document(int length, string purpose, int learnFrom = 0) => new(purpose, Ids(length, purpose), learnFrom);

    public static Dictionary<string, float[]> Weights(LanguageModel model) =>
        model.Parameters.ToDictionary(pair => pair.Name, pair => pair.Weight.detach().data<float>().ToArray(), StringComparer.Ordinal);

    /// <summary>Every weight's bits.</summary>
    public static uint[] Bits(LanguageModel model) => [.. Weights(model).OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value).Select(BitConverter.SingleToUInt32Bits)];

    /// <summary>The gradient of a batch's mean loss, by name.</summary>
    public static Dictionary<string, float[]> Gradients(LanguageModel model, TokenBatch batch, double share = 1)
    {
        using var scope = NewDisposeScope();
        (-ModelLosses.TokenLogProbabilities(model, batch).sum() * share).backward();
        return Taken(model);
    }

    /// <summary>The gradients so far, which are then forgotten.</summary>
    public static Dictionary<string, float[]> Taken(LanguageModel model)
    {
        var gradients = model.Parameters.ToDictionary(pair => pair.Name, pair => pair.Weight.grad!.data<float>().ToArray(), StringComparer.Ordinal);
        foreach (var (_, weight) in model.Parameters)
        {
            weight.grad!.zero_();
        }

        return gradients;
    }

    public static double LargestDifference(IReadOnlyDictionary<string, float[]> a, IReadOnlyDictionary<string, float[]> b) =>
        a.Max(pair => pair.Value.Zip(b[pair.Key], (x, y) => Math.Abs((double)x - y)).Max());
}
