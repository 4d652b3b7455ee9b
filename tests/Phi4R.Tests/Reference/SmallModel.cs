using Phi4R.Model;
using Phi4R.Text;

namespace Phi4R.Tests.Reference;

/// <summary>A model of two layers with weights large enough that every part matters.</summary>
internal static class SmallModel
{
    public static ModelConfig Config { get; } = new()
    {
        VocabularySize = 40,
        Width = 64,
        Layers = 2,
        QueryHeads = 4,
        KeyValueHeads = 2,
        FeedForwardWidth = 96,
        RotaryFraction = 0.75,
        RopeTheta = 10_000,
        ShortFactors = [1, 1.02, 1.05, 1.1, 1.25, 1.4],
        LongFactors = [1, 1.2, 1.6, 2.7, 6, 32],
        OriginalMaxPositions = 16,
        MaxPositions = 64,
        NormEpsilon = 1e-5,
        TiedEmbeddings = true,
        RopePolicy = RopePolicy.AlwaysLong,
        InitialDeviation = 0.2,
    };

    /// <summary>For made-up ids: any of them ends an answer, and 0 fills rows.</summary>
    public static ITokenizer Tokenizer { get; } = new AnyEnd();

    public static LanguageModel Create(ModelConfig? config = null, long seed = 1, ScalarType dtype = ScalarType.Float32)
    {
        using var fresh = LanguageModel.Create(config ?? Config, seed, CPU);
        var model = new LanguageModel(config ?? Config, CPU, dtype);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var ((_, weight), (_, source)) in model.Parameters.Zip(fresh.Parameters))
        {
            // Norms' weights are all one in a fresh model; here they differ, so that a forgotten one is seen.
            weight.copy_(source.dim() > 1 ? source : 1 + (0.1 * randn(source.shape, generator: generator)));
        }

        return model;
    }

    /// <summary>Ids that follow from the seed.</summary>
    public static int[] Ids(int count, int seed = 1)
    {
        var stream = Phi4R.Foundation.Randomness.For(seed, "test ids", count);
        return [.. Enumerable.Range(0, count).Select(_ => stream.Next(Config.VocabularySize))];
    }

    public static Tensor AsTensor(params int[][] rows) =>
        tensor(rows.SelectMany(row => row.Select(id => (long)id)).ToArray()).view(rows.Length, rows[0].Length);

    public static Dictionary<string, float[]> Weights(LanguageModel model) =>
        model.Parameters.ToDictionary(pair => pair.Name, pair => Compare.Bits(pair.Weight));

    private sealed class AnyEnd : ITokenizer
    {
        public int VocabularySize => Config.VocabularySize;

        public int EndOfText => 0;

        public IReadOnlyList<int> StopIds { get; } = [.. Enumerable.Range(0, Config.VocabularySize)];

        public int[] Encode(string text, bool special = false) =>
            throw new NotSupportedException("These ids stand for no text.");

        public string Decode(ReadOnlySpan<int> ids) => throw new NotSupportedException("These ids stand for no text.");
    }
}
