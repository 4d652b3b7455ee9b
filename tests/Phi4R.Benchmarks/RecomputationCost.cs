using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Training;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>What running blocks again costs in speed and saves in memory, on random tokens.</summary>
internal static class RecomputationCost
{
    public static void Run()
    {
        NativeLibraries.Prepare(threads: Environment.ProcessorCount);
        var config = PocketRecipe.Recipe.Model with { Layers = 16 };
        var stream = Randomness.For(1, "recomputation");
        Example[] documents = [.. Enumerable.Range(0, 64).Select(_ => new Example("random", [.. Enumerable.Range(0, 128).Select(_ => stream.Next(config.VocabularySize))], 0))];
        var row = new PackedRow(documents, 64 * 128);
        Console.WriteLine($"{config.Layers} blocks of width {config.Width}, a row of {row.Length:N0} tokens, forward and backward pass, {Environment.ProcessorCount} cores");

        foreach (var (every, name) in new[] { (1, "every block is run again"), (2, "every other block is run again"), (0, "everything is kept") })
        {
            using var model = LanguageModel.Create(config, 1, CPU);
            model.Memory = new MemoryConfig { RecomputeEvery = every };
            Pass(model, new PackedRow(documents[..1], 128));
            var peak = PeakMemory.During(() => Pass(model, row));
            var seconds = Timing.Median(5, () => Pass(model, row));
            Console.WriteLine($"  {name,-32} {peak / 1e6,6:N0} MB of tensors, {row.Length / seconds,8:N0} tokens/s");
        }
    }

    private static void Pass(LanguageModel model, PackedRow row)
    {
        using var scope = NewDisposeScope();
        using var batch = TokenBatch.From([row], fill: 0, CPU);
        ModelLosses.TokenLogProbabilities(model, batch).mean().backward();
    }
}
