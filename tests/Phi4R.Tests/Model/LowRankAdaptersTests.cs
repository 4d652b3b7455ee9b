using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Training;
using Phi4R.Training;

namespace Phi4R.Tests.Model;

// Oracles: the full model at the merged weights W + s B A, and the chain rule: dA = s B^T dW, dB = s dW A^T.
public sealed class LowRankAdaptersTests
{
    private static readonly LoraConfig Config = new() { Rank = 4, Alpha = 6 };

    [Fact]
    public void Fresh_adapters_change_no_bit_of_the_logits()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        var ids = SmallModel.AsTensor(SmallModel.Ids(12));
        var before = Compare.Bits(model.call(ids));
        using var adapters = LowRankAdapters.On(model, Config, seed: 7);
        Assert.Equal(before, Compare.Bits(model.call(ids)));
        Assert.Equal(2 * 4 * SmallModel.Config.Layers, adapters.Matrices.Count);
        foreach (var (name, matrix) in adapters.Matrices.Where(
            pair => pair.Name.EndsWith("lora_A.weight", StringComparison.Ordinal)))
        {
            Assert.InRange(matrix.abs().max().AsDouble() * Math.Sqrt(matrix.shape[1]), 0.9, 1);
        }
    }

    [Fact]
    public void Gradients_follow_from_those_of_the_full_model()
    {
        using var scope = NewDisposeScope();
        using var model = Adapted();
        using var full = model.Copy();
        Loss(model).backward();
        Loss(full).backward();
        var matrices = model.Adapters!.Matrices.ToDictionary(pair => pair.Name, pair => pair.Weight,
            StringComparer.Ordinal);
        var seen = 0;
        foreach (var (name, weight) in full.Parameters.Where(
            pair => pair.Name.EndsWith("_proj.weight", StringComparison.Ordinal)))
        {
            var (a, b) = (matrices[name.Replace(".weight", ".lora_A.weight", StringComparison.Ordinal)],
                matrices[name.Replace(".weight", ".lora_B.weight", StringComparison.Ordinal)]);
            Compare.Close(1.5 * b.t().mm(weight.grad!), a.grad!, 1e-4, name + " A");
            Compare.Close(1.5 * weight.grad!.mm(a.t()), b.grad!, 1e-4, name + " B");
            seen += 2;
        }

        Assert.Equal(matrices.Count, seen);
        Assert.All(model.Parameters, pair => Assert.True(pair.Weight.grad is null, $"{pair.Name} is frozen and "
            + "has a gradient"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Recomputed_blocks_give_the_same_bits(int every)
    {
        Assert.Equal(Gradients(0), Gradients(every));

        static List<float[]> Gradients(int every)
        {
            using var scope = NewDisposeScope();
            using var model = Adapted();
            model.Memory = new MemoryConfig { ActivationCheckpointEvery = every };
            Loss(model).backward();
            return [.. model.Adapters!.Matrices.Select(pair => Compare.Bits(pair.Weight.grad!))];
        }
    }

    [Fact]
    public void Training_changes_the_adapters_and_nothing_else()
    {
        using var model = SmallModel.Create();
        var before = SmallModel.Weights(model);
        using var adapters = LowRankAdapters.On(model, Config, seed: 7);
        PackedSequence[][] steps = [.. Enumerable.Range(0, 3)
            .Select(step => new[] { new PackedSequence([new TrainingExample("a", SmallModel.Ids(9, step), 2)], 16) })];
        NextTokenTraining.Run(model, steps, steps.Length, 1, padTokenId: 0, ResumeTests.Optimizer);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.All(adapters.Matrices, pair => Assert.NotEqual(0, pair.Weight.abs().max().AsDouble()));
    }

    [Fact]
    public void What_was_written_and_read_merges_to_the_same_bits()
    {
        var folder = Project.Scratch();
        using var scope = NewDisposeScope();
        using var model = Adapted();
        var ids = SmallModel.AsTensor(SmallModel.Ids(12));
        var logits = model.call(ids);
        AdapterFiles.Save(model.Adapters!, folder);
        model.Adapters!.Merge();
        Compare.Close(logits, model.call(ids), 1e-4, "merged logits");
        Assert.All(model.Parameters, pair => Assert.True(pair.Weight.requires_grad));
        using var again = SmallModel.Create();
        AdapterFiles.Read(again, folder).Merge();
        Assert.Equal(Weights.Hash(model), Weights.Hash(again));
        var names = SafeTensors.ReadHeader(Path.Combine(folder, "adapter_model.safetensors")).Tensors
            .Select(entry => entry.Name);
        Assert.Contains("base_model.model.model.layers.1.self_attn.qkv_proj.lora_A.weight", names);
        using var other = SmallModel.Create(SmallModel.Config with { FeedForwardWidth = 128 });
        var error = Assert.Throws<InvalidDataException>(() => AdapterFiles.Read(other, folder));
        Assert.Contains("mlp.down_proj.lora_A.weight has shape [4, 96], expected [4, 128]", error.Message,
            StringComparison.Ordinal);
        Assert.Null(other.Adapters);
    }

    // What samples are drawn with, copied, hashed and saved is what the model computes.
    [Fact]
    public void Sampling_sees_the_merged_weights()
    {
        using var model = Adapted();
        using var full = model.Copy();
        using var plain = SmallModel.Create();
        Assert.Equal(Weights.Hash(full), Weights.Hash(model));
        Assert.Equal(Drawn(full), Drawn(model));
        Assert.NotEqual(Drawn(plain), Drawn(model));

        static List<float> Drawn(LanguageModel model) =>
            [.. Sampler.Draw(model, [new SampleRequest(SmallModel.Ids(4), [Randomness.For(1, "draw")])],
                new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 12 }, [])
                .SelectMany(group => group).SelectMany(sample => sample.LogProbs!)];
    }

    [Fact]
    public void A_rank_that_cannot_be_is_refused()
    {
        using var model = SmallModel.Create();
        Assert.ThrowsAny<ArgumentException>(() => new LoraConfig { Rank = 0, Alpha = 1 });
        Assert.Contains("65",
            Assert.Throws<ArgumentException>(
                () => LowRankAdapters.On(model, Config with { Rank = 65 }, seed: 1)).Message, StringComparison.Ordinal);
        Assert.All(model.Parameters, pair => Assert.True(pair.Weight.requires_grad));
    }

    // B is no longer zero, as after some training.
    private static LanguageModel Adapted()
    {
        var model = SmallModel.Create();
        var adapters = LowRankAdapters.On(model, Config, seed: 7);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var generator = new Generator(9);
        foreach (var (_, matrix) in adapters.Matrices.Where(
            pair => pair.Name.EndsWith("lora_B.weight", StringComparison.Ordinal)))
        {
            matrix.copy_(0.1 * randn(matrix.shape, generator: generator));
        }

        return model;
    }

    private static Tensor Loss(LanguageModel model)
    {
        using var batch = TokenBatch.From(
            [new PackedSequence([new TrainingExample("a", SmallModel.Ids(9), 2),
                new TrainingExample("b", SmallModel.Ids(14, 3), 0)], 32)], padTokenId: 0, CPU);
        return ModelLosses.TokenLogProbs(model, batch).mean();
    }
}
