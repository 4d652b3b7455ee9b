using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Training;
using Xunit.Abstractions;

namespace Phi4R.Tests.Model;

/// <summary>Checkpoints and references that Hugging Face's code made; on a machine without them each test says so and passes.</summary>
public sealed class TinyCheckpointTests(ITestOutputHelper output)
{
    private const double LogitTolerance = 1e-4;

    [Theory]
    [InlineData("a-longrope-tied-f32")]
    [InlineData("b-longrope-tied-bf16-sharded")]
    [InlineData("c-norope-scaling-untied-f32")]
    public void Logits_equal_the_references(string name)
    {
        if (Folder(name) is not { } folder)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        var references = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        var inputs = references.Keys.Where(key => key.StartsWith("len", StringComparison.Ordinal) && key.EndsWith(".input_ids", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(inputs);
        foreach (var key in inputs)
        {
            var logits = model.call(references[key]).squeeze(0);
            Assert.True((logits - references[key.Replace("input_ids", "logits", StringComparison.Ordinal)]).abs().max().ToDouble() < LogitTolerance, key);
        }
    }

    [Fact]
    public void Loss_and_every_gradient_equal_the_references()
    {
        if (Folder("a-longrope-tied-f32") is not { } folder)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        var references = SafeTensors.Read(Path.Combine(folder, "train.safetensors"));
        var losses = Losses(model, references);
        Assert.Equal(7.483120441436768, losses.mean().ToDouble(), 1e-5);
        losses.mean().backward();
        foreach (var (parameter, weight) in model.Parameters)
        {
            Assert.True((weight.grad! - references[$"grad.{parameter}"]).abs().max().ToDouble() < 1e-5, parameter);
        }
    }

    [Fact]
    public void Three_optimizer_steps_equal_the_references()
    {
        if (Folder("a-longrope-tied-f32") is not { } folder)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        var data = SafeTensors.Read(Path.Combine(folder, "train.safetensors"));
        var config = new OptimizerConfig { PeakLearningRate = 1e-3, FinalShare = 1, WarmupShare = 0, Decay = Decay.Constant, Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, WeightDecay = 0.1, MaxGradientNorm = 0.5 };
        using var optimizer = new Optimizer(model, config);
        for (var step = 0; step < 3; step++)
        {
            Losses(model, data).mean().backward();
            optimizer.Step(step, 3);
        }

        var references = SafeTensors.Read(Path.Combine(folder, "adamw.safetensors"));
        foreach (var (parameter, weight) in model.Parameters)
        {
            Assert.True((weight - references[$"clip_nodecay1d.step3.{parameter}"]).abs().max().ToDouble() < 1e-4, parameter);
        }
    }

    // prompt40 and prompt64 cross the original length of 64, where the whole pass changes to the long factors.
    [Theory]
    [InlineData("a-longrope-tied-f32")]
    [InlineData("c-norope-scaling-untied-f32")]
    public void Greedy_continuations_equal_the_references(string name)
    {
        if (Folder(name) is not { } folder)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        using var references = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "generate.json")));
        foreach (var entry in references.RootElement.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.Object && entry.Value.TryGetProperty("continuation", out _)))
        {
            int[] Numbers(string key) => [.. entry.Value.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];
            var expected = Numbers("continuation");
            var config = new SamplingConfig { Temperature = 0, TopP = 1, MaxTokens = expected.Length };
            var sample = Sampler.Draw(model, [new SampleRequest(Numbers("prompt"), [Randomness.For(1, "greedy")])], config, stopIds: [])[0][0];
            Assert.Equal(expected, sample.Tokens);
        }
    }

    // The references' targets are those whose label is not -100, wherever they stand.
    private static Tensor Losses(LanguageModel model, Dictionary<string, Tensor> references)
    {
        var labels = references["batch.labels"].narrow(1, 1, 31).flatten();
        var wanted = labels.ne(-100).nonzero().squeeze(1);
        var hidden = model.HiddenStates(references["batch.input_ids"]).narrow(1, 0, 31).flatten(0, 1).index_select(0, wanted);
        return -TokenLogProbabilities.Of(hidden, model.HeadWeight, labels.index_select(0, wanted));
    }

    private string? Folder(string name)
    {
        var folder = Project.Fixtures is { } root ? Path.Combine(root, "phi3-tiny", name) : null;
        if (folder is null)
        {
            output.WriteLine("No reference checkpoints beside the project: nothing was compared.");
        }

        return folder;
    }
}
