using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Training;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>What each memory switch costs in speed and saves in memory, in a training step on random tokens.</summary>
internal static class MemoryCost
{
    private static readonly MemoryConfig Everything = new() { ActivationCheckpointEvery = 0 };

    private static readonly (string Name, MemoryConfig Memory)[] Switches =
    [
        ("everything kept", Everything),
        ("every other block run again", Everything with { ActivationCheckpointEvery = 2 }),
        ("every block run again", Everything with { ActivationCheckpointEvery = 1 }),
        ("adapters of rank 8", Everything with { Lora = new LoraConfig { Rank = 8, Alpha = 16 } }),
        ("adapters of rank 64", Everything with { Lora = new LoraConfig { Rank = 64, Alpha = 128 } }),
        ("16-bit weights, masters", Everything with { Weights = WeightPrecision.BFloat16 }),
        ("products in bf16", Everything with { Bf16Matmul = true }),
        ("moments on the host", Everything with { OptimizerState = OptimizerStateStorage.Host }),
        ("moments in 8 bits", Everything with { OptimizerState = OptimizerStateStorage.EightBit }),
    ];

    public static void Run()
    {
        NativeLibraries.Prepare(threads: Environment.ProcessorCount);
        var config = PocketRecipe.Recipe.Model with { Layers = 16 };
        var stream = Randomness.For(1, "memory");
        TrainingExample[] documents = [.. Enumerable.Range(0, 64)
            .Select(
                _ => new TrainingExample("random",
                    [.. Enumerable.Range(0, 128).Select(_ => stream.Next(config.VocabularySize))], 0))];
        var row = new PackedSequence(documents, 64 * 128);
        Console.WriteLine($"{config.Layers} blocks of width {config.Width}, {config.ParameterCount / 1e6:F1}M "
            + $"weights, a row of {row.Length:N0} tokens, pass and update, {Environment.ProcessorCount} cores");

        var plain = 0.0;
        foreach (var (name, memory) in Switches)
        {
            using var exact = LanguageModel.Create(config, 1, CPU);
            using var model = LanguageModel.PrepareForTraining(exact, memory, 1);
            using var optimizer = new Optimizer(model, PocketRecipe.Recipe.MidTraining.Optimizer);
            Step(model, optimizer, new PackedSequence(documents[..1], 128));
            var peak = PeakMemory.During(() => Step(model, optimizer, row));
            var seconds = Timing.Median(5, () => Step(model, optimizer, row));
            plain = plain == 0 ? seconds : plain;
            var state = optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size());
            Console.WriteLine($"  {name,-28} {peak / 1e6,6:N0} MB more at the most, {state / 1e6,5:F1} MB of "
                + $"moments, {row.Length / seconds,7:N0} tokens/s, {seconds / plain:F2} times as long");
        }
    }

    private static void Step(LanguageModel model, Optimizer optimizer, PackedSequence row)
    {
        using var scope = NewDisposeScope();
        using var batch = TokenBatch.From([row], padTokenId: 0, CPU);
        optimizer.Backward(-ModelLosses.TokenLogProbs(model, batch).mean());
        optimizer.Step(0, 1000);
    }
}
