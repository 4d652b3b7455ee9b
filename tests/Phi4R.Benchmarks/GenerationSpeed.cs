using System.Diagnostics;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>Tokens a second of the engine for models of random weights, beside the machine's limits in the same run.</summary>
internal static class GenerationSpeed
{
    public static void Run()
    {
        NativeLibraries.Prepare();
        using var square = randn(1024, 1024);
        var limit = 2 * Math.Pow(1024, 3) / Timing.Median(5, () => square.mm(square).Dispose());
        using var large = zeros(1 << 26);
        var bandwidth = 4.0 * (1 << 26) / Timing.Median(5, () => large.sum().Dispose());
        Console.WriteLine($"{Environment.ProcessorCount} cores; libtorch's matrix product {limit / 1e9:F0} GFLOP/s; reading memory {bandwidth / 1e9:F1} GB/s");
        Console.WriteLine("llama.cpp, f32, two threads of such a machine, as quoted in issue 3: 3M prompt 14,180, batch 1 2,890, batch 32 3,790; 100M prompt 591, batch 1 63, batch 16 300 tokens/s");
        Measure("3M", PocketRecipe.Recipe.Model with { Width = 192, Layers = 6, QueryHeads = 6, KeyValueHeads = 2, FeedForwardWidth = 672, VocabularySize = 512, MaxPositions = 1024, ShortFactors = null, LongFactors = null }, limit);
        Measure("100M", PocketRecipe.Recipe.Model with { Width = 768, Layers = 12, QueryHeads = 12, KeyValueHeads = 4, FeedForwardWidth = 2048, VocabularySize = 24_576, MaxPositions = 1024, ShortFactors = null, LongFactors = null }, limit);
    }

    private static void Measure(string name, ModelConfig config, double limit)
    {
        using var model = LanguageModel.Create(config, 1, CPU);
        using var engine = new Engine(model);
        Console.WriteLine($"{name}: {config.ParameterCount / 1e6:F1}M weights");
        Report("prompt of 512", Timed(1, 512, 1), 512);
        foreach (var batch in new[] { 1, 8, 32, 128 })
        {
            var tokens = config.ParameterCount > 50_000_000 ? Math.Max(4, 64 / batch) : 64;
            Report($"batch {batch}", Timed(batch, 1, tokens), batch * tokens);
        }

        double Timed(int batch, int prompt, int tokens)
        {
            Once();
            var clock = Stopwatch.StartNew();
            Once();
            return clock.Elapsed.TotalSeconds;

            void Once()
            {
                var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = tokens };
                var ids = Enumerable.Range(0, prompt).Select(i => i * 7 % config.VocabularySize).ToArray();
                Task.WhenAll(Enumerable.Range(0, batch).Select(i => engine.Draw(new SampleRequest(ids, [Randomness.For(1, "speed", i)]), sampling, []))).GetAwaiter().GetResult();
            }
        }

        void Report(string what, double seconds, int tokens) =>
            Console.WriteLine($"  {what,-14} {tokens / seconds,9:N0} tokens/s, {200.0 * config.ParameterCount * tokens / seconds / limit,4:F0} % of the matrix product's rate");
    }
}
