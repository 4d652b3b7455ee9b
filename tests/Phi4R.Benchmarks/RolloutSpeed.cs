using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Runs;

namespace Phi4R.Benchmarks;

/// <summary>
/// Tokens a second that the engine draws from the real model's sizes with random 16-bit weights, beside what reading
/// weights and cached tokens allows.
/// </summary>
internal static class RolloutSpeed
{
    private const int Prompt = 512;
    private const int Answer = 64;

    /// <summary>A line for each count of answers at a time.</summary>
    /// <param name="layers">Blocks; fewer of them where memory is small.</param>
    /// <param name="counts">Answers at a time.</param>
    public static void Run(int layers, int vocabulary, int[] counts)
    {
        NativeLibraries.Prepare(Environment.ProcessorCount);
        var device = Doctor.ChosenDevice();
        var config = Paper.Recipe.Model with { Layers = layers, VocabularySize = vocabulary };
        using var model = FineTuningStep.Random(config, device, ScalarType.BFloat16);
        var rate = CopyRate(device);
        Console.WriteLine($"{device}, {config.ParameterCount / 1e9:F3}B weights in bf16; memory is read at "
            + $"{rate / 1e9:F0} GB/s; prompts of {Prompt}, answers of {Answer} tokens");
        foreach (var count in counts)
        {
            var (one, all) = (Seconds(model, count, 1), Seconds(model, count, Answer));
            var decode = (Answer - 1) * count / (all - one);
            var cached = 4.0 * config.Layers * config.KeyValueHeads * config.HeadWidth * (Prompt + (Answer / 2));
            var limit = count * rate / ((2.0 * config.ParameterCount) + (count * cached));
            Console.WriteLine($"  {count,4} at a time: prompts {count * Prompt / one,8:N0} tokens/s, answers "
                + $"{decode,7:N0} tokens/s = {100 * decode / limit:F0} % of what memory allows");
        }
    }

    // The best of two, after one that warms up; every prompt is another.
    private static double Seconds(LanguageModel model, int count, int tokens)
    {
        var stream = Randomness.For(1, "rollout speed");
        var requests = Enumerable.Range(0, count).Select(i => new SampleRequest(
            [.. Enumerable.Range(0, Prompt).Select(_ => stream.Next(model.Config.VocabularySize))],
            [Randomness.For(1, "rollout", i)])).ToList();
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = tokens };
        return Timing.Best(2, () => Sampler.Draw(model, requests, sampling, []));
    }

    private static double CopyRate(Device device)
    {
        using var from = ones(1 << 28, device: device);
        using var to = empty_like(from);
        return 2 * 4.0 * (1 << 28) / Timing.Best(5, () =>
        {
            to.copy_(from);
            FineTuningStep.Wait(device);
        });
    }
}
