using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// Expected values: torch autograd and AdamW on transformers' Phi3ForCausalLM; tolerances from the fixtures' README.
public sealed class Phi3TinyTrainingTests
{
    [Fact]
    public void Every_loss_and_every_gradient_is_that_of_the_reference()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "train.safetensors"));
        var losses = LabeledLosses(model, expected);
        Assert.Equal(43, losses.numel());
        var reference = expected["batch.per_token_loss"].flatten();
        Compare.Close(reference[reference != 0], losses, 1e-5, "a token's loss");
        var loss = losses.mean();
        Assert.Equal(7.483120441436768, loss.AsDouble(), tolerance: 1e-5);
        loss.backward();
        foreach (var (name, weight) in model.Parameters)
        {
            Compare.Close(expected["grad." + name], weight.grad!, 1e-5, name);
        }
    }

    [Fact]
    public void Gradients_with_long_factors_are_those_of_the_reference()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        const string Name = "model.layers.0.self_attn.qkv_proj.weight";
        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "train.safetensors"));
        Assert.Equal(7.524637222290039, Learn(model, expected["long.input_ids"]), tolerance: 1e-5);
        Compare.Close(expected["long.grad." + Name], model.Parameters.Single(pair => pair.Name == Name).Weight.grad!,
            1e-5, Name);
        AssertNorms(folder, "train_long", model);
    }

    [Fact]
    public void Gradients_of_an_untied_model_without_scaling_are_those_of_the_reference()
    {
        var folder = Fixtures.Find("phi3-tiny/c-norope-scaling-untied-f32");

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "train.safetensors"));
        Assert.Equal(7.169335842132568, Learn(model, expected["input_ids"]), tolerance: 1e-5);
        var compared = model.Parameters.Where(pair => expected.ContainsKey("grad." + pair.Name)).ToList();
        Assert.Equal(3, compared.Count);
        foreach (var (name, weight) in compared)
        {
            Compare.Close(expected["grad." + name], weight.grad!, 1e-5, name);
        }

        AssertNorms(folder, "train", model);
    }

    // Both variants of the reference: clipped without decay of norms, and plain, which decays all and clips nothing.
    [Theory]
    [InlineData("clip_nodecay1d", false, 0.5)]
    [InlineData("plain", true, 1e9)]
    public void Three_steps_of_AdamW_lead_to_the_weights_of_the_reference(
        string variant, bool decayNorms, double maxNorm)
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        using var model = PretrainedModel.Load(folder, CPU);
        using var optimizer = new Optimizer(model, new OptimizerConfig
        {
            PeakLearningRate = 1e-3,
            MinLearningRateRatio = 1,
            WarmupRatio = 0,
            Decay = Decay.Constant,
            Beta1 = 0.9,
            Beta2 = 0.95,
            Epsilon = 1e-8,
            WeightDecay = 0.1,
            DecayNorms = decayNorms,
            MaxGradientNorm = maxNorm,
            StopAfterSkipped = 3,
        });
        var file = SafeTensors.Read(Path.Combine(folder, "train.safetensors"));
        using var references = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "refs.json")));
        var expectedSteps = references.RootElement.GetProperty($"adamw_{variant}").GetProperty("steps");
        for (var step = 0; step < 3; step++)
        {
            var loss = LabeledLosses(model, file).mean();
            loss.backward();
            Assert.Equal(expectedSteps[step].GetProperty("loss_before").GetDouble(), loss.AsDouble(), tolerance: 2e-4);
            Assert.Equal(expectedSteps[step].GetProperty("grad_norm_before_clip").GetDouble(), optimizer.Step(step, 3),
                tolerance: 1e-3);
        }

        var expected = SafeTensors.Read(Path.Combine(folder, "adamw.safetensors"));
        long beyond = 0, all = 0;
        foreach (var (name, weight) in model.Parameters)
        {
            var reference = expected[$"{variant}.step3.{name}"];
            Compare.Close(reference, weight, 1e-4, name);
            beyond += ((reference - weight).abs() > 2e-5).sum().AsInt64();
            all += weight.numel();
        }

        Assert.True(beyond <= all / 1000, $"{beyond} of {all} weights differ by more than 2e-5.");
        Assert.Equal(references.RootElement.GetProperty($"adamw_{variant}").GetProperty("loss_after").GetDouble(),
            LabeledLosses(model, file).mean().AsDouble(), tolerance: 2e-4);
        var state = optimizer.State.ToDictionary(pair => pair.Name, pair => pair.Value);
        foreach (var (kind, moment) in new[] { ("exp_avg", "first"), ("exp_avg_sq", "second") })
        {
            var start = $"{variant}.step3.{kind}.";
            var kept = expected.Keys.Where(key => key.StartsWith(start, StringComparison.Ordinal)).ToList();
            Assert.Equal(variant == "plain", kept.Count > 0); // The reference keeps the moments of this variant alone.
            foreach (var key in kept)
            {
                Compare.Close(expected[key], state[$"{key[start.Length..]}.{moment}"], 1e-5, key);
            }
        }
    }

    // Of every weight, those whose gradients are not written down among them.
    private static void AssertNorms(string folder, string training, LanguageModel model)
    {
        var norms = Fixtures.Json(Path.Combine(folder, "refs.json")).GetProperty(training).GetProperty("grad_norms");
        Assert.All(model.Parameters,
            pair =>
                Assert.Equal(norms.GetProperty(pair.Name).GetDouble(), pair.Weight.grad!.norm().AsDouble(),
                    tolerance: 1e-4));
    }

    // Labels of -100 stand before, between and after the learned tokens; row 2 is filled up at the right, where
    // causality hides it.
    private static Tensor LabeledLosses(LanguageModel model, Dictionary<string, Tensor> file)
    {
        var labels = file["batch.labels"].narrow(1, 1, 31).flatten();
        var learned = (labels != -100).nonzero().squeeze(1);
        var hidden = model.HiddenStates(file["batch.input_ids"]).narrow(1, 0, 31).flatten(0, 1);
        return -TokenLogProbs.Of(hidden.index_select(0, learned), model.HeadWeight, labels.index_select(0, learned));
    }

    private static double Learn(LanguageModel model, Tensor ids)
    {
        using var batch = TokenBatch.From(
            [new TrainingExample("row", [.. ids.data<long>().ToArray().Select(id => (int)id)], 0)],
            padTokenId: 319, CPU);
        var loss = -ModelLosses.TokenLogProbs(model, batch).mean();
        loss.backward();
        return loss.AsDouble();
    }
}
