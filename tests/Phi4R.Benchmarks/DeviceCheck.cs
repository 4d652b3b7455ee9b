using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Training;
using PocketRecipe = Phi4R.Recipes.Pocket;

namespace Phi4R.Benchmarks;

/// <summary>
/// Whether a device computes what the processor computes, on a small model of every feature; the processor's results
/// are what the tests prove.
/// </summary>
internal static class DeviceCheck
{
    // Twice as many rotated positions as the short factors hold for.
    private static readonly ModelConfig Config = PocketRecipe.Recipe.Model with
    {
        OriginalMaxPositions = 64,
        MaxPositions = 256,
    };

    private static readonly MemoryConfig Plain = new() { ActivationCheckpointEvery = 0 };

    /// <summary>Prints a line for each comparison.</summary>
    /// <returns>How many failed.</returns>
    public static int Run()
    {
        NativeLibraries.Prepare();
        var device = Doctor.ChosenDevice();
        Console.WriteLine($"{device} beside the processor, {Config.ParameterCount / 1e6:F1}M weights; distances are "
            + "shares of the length of the processor's result");
        var failed = 0;
        foreach (var (name, found, most) in Comparisons(device))
        {
            failed += found <= most ? 0 : 1;
            Console.WriteLine(
                $"  {(found <= most ? "ok    " : "FAILED")} {name,-64} {found:G2}, at the most {most:G2}");
        }

        foreach (var (dtype, tokens) in new[]
        {
            (ScalarType.BFloat16, 16_384L),
            (ScalarType.Float32, 8192L),
        }.Where(_ => device.type == DeviceType.CUDA))
        {
            Console.WriteLine($"         attention of 24 heads over {tokens:N0} tokens in {dtype}, forward and "
                + $"backward: {Attention(device, dtype, tokens) / 1e9:F2} GB; its scores alone would be "
                + $"{24 * tokens * tokens * (dtype == ScalarType.BFloat16 ? 2 : 4) / 1e9:F1} GB");
        }

        return failed;
    }

    private static IEnumerable<(string Name, double Found, double Most)> Comparisons(Device device)
    {
        using var scope = NewDisposeScope();
        var stream = Randomness.For(1, "device");
        int[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => stream.Next(Config.VocabularySize))];
        foreach (var (what, length) in new[] { ("short", 40), ("long", 100) })
        {
            using var frozen = no_grad();
            using var ids = tensor(Draw(length).Select(id => (long)id).ToArray()).unsqueeze(0);
            yield return ($"logits, {what} rope factors",
                Distance(On(CPU).call(ids), On(device).call(ids.to(device))), 1e-4);
        }

        TrainingExample[] documents = [.. new[]
        {
            50,
            7,
            60,
            90,
        }.Select((length, i) => new TrainingExample($"{i}", Draw(length), 0))];
        PackedSequence[] rows = [new(documents[..3], 128), new(documents[3..], 128)];
        var (loss, gradient) = Pass(On(CPU), rows);
        foreach (var (what, memory, most) in new[]
        {
            ("everything kept", Plain, 1e-4), ("blocks run again", Plain with { ActivationCheckpointEvery = 1 },
                1e-4), ("16-bit weights", Plain with { Weights = WeightPrecision.BFloat16 }, 0.05),
        })
        {
            var (other, otherGradient) = Pass(LanguageModel.PrepareForTraining(On(device), memory, 1), rows);
            yield return ($"losses of packed documents, {what}", Distance(loss, other), most / 2);
            yield return ($"gradient of packed documents, {what}", Distance(gradient, otherGradient), most);
        }

        var exact = Steps(On(CPU), rows);
        foreach (var (what, memory, most) in new[]
        {
            ("moments on the device", Plain, 1e-3), ("moments on the host",
                Plain with { OptimizerState = OptimizerStateStorage.Host }, 1e-3),
            ("moments in 8 bits", Plain with { OptimizerState = OptimizerStateStorage.EightBit },
                1e-2), ("16-bit weights, masters", Plain with { Weights = WeightPrecision.BFloat16 }, 1e-2),
        })
        {
            yield return ($"weights after three steps, {what}",
                Distance(exact, Steps(LanguageModel.PrepareForTraining(On(device), memory, 1), rows)), most);
        }

        var requests = Enumerable.Range(0, 4)
            .Select(
                i => new SampleRequest(Draw(20 + (20 * i)),
                    [.. Enumerable.Range(0, 3).Select(j => Randomness.For(1, "draws", i, j))])).ToList();
        var greedy = new SamplingConfig { Temperature = 0, TopP = 1, MaxTokens = 40 };
        var (here, there) = (Sampler.Draw(On(CPU), requests, greedy, []),
            Sampler.Draw(On(device), requests, greedy, []));
        yield return ("likeliest continuations that differ, of 12",
            here.Zip(there)
                .Sum(
                    pair => pair.First.Zip(pair.Second)
                        .Count(both => !both.First.TokenIds.SequenceEqual(both.Second.TokenIds))), 0);

        var model = On(device);
        var drawn = Sampler.Draw(model, requests, greedy with { Temperature = 1 }, []);
        var most32 = 0.0;
        foreach (var (request, answers) in requests.Zip(drawn))
        {
            foreach (var answer in answers)
            {
                using var frozen = no_grad();
                using var batch = TokenBatch.From(
                    [new TrainingExample("answer", [.. request.Prompt, .. answer.TokenIds], request.Prompt.Length)],
                    padTokenId: 0, device);
                using var forward = ModelLosses.TokenLogProbs(model, batch).cpu();
                most32 = Math.Max(most32,
                    forward.data<float>().Zip(answer.PlainLogProbs!).Max(pair => Math.Abs(pair.First - pair.Second)));
            }
        }

        yield return ("log-probabilities of drawn tokens against the training pass, nats", most32, 1e-4);
    }

    private static LanguageModel On(Device device)
    {
        using var here = LanguageModel.Create(Config, 1, CPU);
        var model = new LanguageModel(Config, device);
        using var frozen = no_grad();
        foreach (var ((_, weight), (_, source)) in model.Parameters.Zip(here.Parameters))
        {
            weight.copy_(source);
        }

        return model;
    }

    private static (Tensor Losses, Tensor Gradient) Pass(LanguageModel model, PackedSequence[] rows)
    {
        using var batch = TokenBatch.From(rows, padTokenId: 0, model.Device);
        var losses = ModelLosses.TokenLogProbs(model, batch);
        losses.mean().backward();
        return (losses.detach(), cat([.. model.Parameters.Select(pair => pair.Weight.grad!.flatten())]));
    }

    private static Tensor Steps(LanguageModel model, PackedSequence[] rows)
    {
        using var optimizer = new Optimizer(model, PocketRecipe.Recipe.MidTraining.Optimizer);
        for (var step = 0; step < 3; step++)
        {
            using var batch = TokenBatch.From(rows, padTokenId: 0, model.Device);
            optimizer.Backward(-ModelLosses.TokenLogProbs(model, batch).mean());
            optimizer.Step(step + 1, 10);
        }

        return cat([.. model.MergedWeights.Select(pair => pair.Weight.detach().flatten())]);
    }

    private static double Distance(Tensor expected, Tensor found)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (expected.cpu().to_type(ScalarType.Float64), found.cpu().to_type(ScalarType.Float64));
        return ((a - b).norm() / a.norm()).AsDouble();
    }

    // What it takes beyond its inputs and their gradients, which a first pass over few tokens has made kernels ready
    // for.
    private static double Attention(Device device, ScalarType dtype, long tokens)
    {
        double Taken(long length)
        {
            using var scope = NewDisposeScope();
            Tensor Heads(long count) =>
                randn([1, count, length, 128], dtype: dtype, device: device).requires_grad_(true);
            var (queries, keys, values) = (Heads(24), Heads(8), Heads(8));
            var before = DeviceMemory.Taken(device) ?? 0;
            var output = Aten.GroupedAttention(queries, keys, values, mask: null);
            output.backward([ones_like(output)]);
            cuda.synchronize(device);
            return (DeviceMemory.Taken(device) ?? 0) - before;
        }

        Taken(128);
        return Taken(tokens);
    }
}
