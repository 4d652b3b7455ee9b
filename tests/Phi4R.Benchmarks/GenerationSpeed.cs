using System.Diagnostics;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Kernels;
using Phi4R.Model;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>
/// Tokens a second of the engine for models of random weights, the best of three after one that warms up, beside
/// llama.cpp with the same weights and prompts and the machine's limits, all in turns in the same run: its matrix
/// product, and how often its memory gives the weights. Then where the time of a step goes: parts of the same shapes
/// alone, over the cores.
/// </summary>
internal static class GenerationSpeed
{
    private const int Prompt = 512;
    private const int Apart = 16;

    private static readonly (string Name, ModelConfig Config)[] Models =
    [
        ("3M", Plain with
        {
            Width = 192,
            Layers = 6,
            QueryHeads = 6,
            KeyValueHeads = 2,
            FeedForwardWidth = 672,
            VocabularySize = 512,
        }),
        ("100M", Plain with
        {
            Width = 768,
            Layers = 12,
            QueryHeads = 12,
            KeyValueHeads = 4,
            FeedForwardWidth = 2048,
            VocabularySize = 24_576,
        }),
    ];

    private static ModelConfig Plain =>
        PocketRecipe.Recipe.Model with { MaxPositions = 1024, ShortFactors = null, LongFactors = null };

    /// <param name="only">The name of one model; null: all.</param>
    public static void Run(string? only = null)
    {
        NativeLibraries.Prepare(Environment.ProcessorCount);
        using var large = zeros(1 << 26);
        var bandwidth = 4.0 * (1 << 26) / Timing.Best(5, () => large.sum().Dispose());
        Console.WriteLine($"{Environment.ProcessorCount} cores; reading memory {bandwidth / 1e9:F1} GB/s; beside "
            + "it llama.cpp by LLamaSharp's backend, 32-bit weights");
        foreach (var (name, config) in Models.Where(model => only is null || model.Name == only))
        {
            using var model = LanguageModel.Create(config, 1, CPU);
            using var peer = new LlamaCppSpeed(model);
            using var engine = new Engine(model);
            Console.WriteLine($"{name}: {config.ParameterCount / 1e6:F1}M weights");
            Warm(engine, config);
            foreach (var batch in new[] { 0, 1, 8, 16, 32, 128 })
            {
                var tokens = batch == 0 ? 1 : config.ParameterCount > 50_000_000 ? Math.Max(8, 64 / batch) : 64;
                var (seconds, product) =
                    (Timing.Best(3, () => Draw(engine, config, Math.Max(1, batch), batch == 0 ? Prompt : 1, tokens)),
                        Product());
                var other = peer.Draw(Math.Max(1, batch), batch == 0 ? Prompt : 1, tokens, config.VocabularySize);
                var rate = (batch == 0 ? Prompt : batch * tokens) / seconds;
                var computed = 200 * config.ParameterCount * rate / product;
                var read = 100 * rate / (batch == 0 ? Prompt : batch) * 4 * config.ParameterCount / bandwidth;
                Console.WriteLine($"  {(batch == 0 ? $"prompt of {Prompt}" : $"{batch} at a time"),-14} {rate,9:N0} "
                    + $"tokens/s, {computed,4:F0} % of the matrix product's {product / 1e9:F0} GFLOP/s, {read,4:F0} "
                    + "% of memory's rate"
                    + $"; llama.cpp {rate * seconds / other,9:N0}, {other / seconds:F1} times");
                if (batch == Apart)
                {
                    Parts(model, config, batch, seconds / tokens);
                }
            }
        }
    }

    // Code that has run often is compiled again beside what is measured, and takes a core for it.
    private static void Warm(Engine engine, ModelConfig config)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalSeconds < 3;)
        {
            Draw(engine, config, 1, Prompt, 16);
            Draw(engine, config, Apart, 1, 16);
        }
    }

    private static void Draw(Engine engine, ModelConfig config, int batch, int prompt, int tokens)
    {
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = tokens };
        int[] ids = [.. Enumerable.Range(0, prompt).Select(i => i * 7 % config.VocabularySize)];
        Task.WhenAll(Enumerable.Range(0, batch)
            .Select(i => engine.Draw(new SampleRequest(ids, [Randomness.For(1, "speed", i)]), sampling, [])))
            .GetAwaiter().GetResult();
    }

    // What one core takes for them, divided by the cores: as if they were shared without loss.
    private static void Parts(LanguageModel model, ModelConfig config, int batch, double step)
    {
        using var weights = new CpuWeights(model);
        var products = weights.Layers
            .SelectMany(layer => new[] { layer.Joined, layer.Combine, layer.GateUp, layer.Down }).Append(weights.Head)
            .Sum(matrix => Multiply(matrix, batch)) / Environment.ProcessorCount;
        var (draw, logits, stream) = (new TokenSampler(config.VocabularySize), new float[config.VocabularySize],
            Randomness.For(1, "parts"));
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 1 };
        var draws = batch * Timing.Best(20, () => draw.Next(logits, sampling, stream)) / Environment.ProcessorCount;
        Console.WriteLine($"    of a step's {1e3 * step:F2} ms: matrix products {100 * products / step:F0} %, "
            + $"drawing tokens {100 * draws / step:F0} %, the rest (attention, norms, gate, what is shared with "
            + $"loss) {100 * (step - products - draws) / step:F0} %");
    }

    private static unsafe double Multiply(PackedMatrix matrix, int rows)
    {
        var (x, y) = (new float[rows * matrix.Inputs], new float[rows * matrix.PaddedOutputs]);
        var times = Math.Max(1, 20_000_000 / (rows * matrix.Inputs * matrix.PaddedOutputs));
        fixed (float* from = x, to = y)
        {
            var (source, target) = ((nint)from, (nint)to);
            return Timing.Best(5, () =>
            {
                for (var i = 0; i < times; i++)
                {
                    matrix.Multiply((float*)source, (float*)target, rows, add: false);
                }
            }) / times;
        }
    }

    private static double Product()
    {
        using var square = randn(1024, 1024);
        return 2 * Math.Pow(1024, 3) / Timing.Best(5, () => square.mm(square).Dispose());
    }
}
