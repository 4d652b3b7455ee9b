using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Model;

public sealed class LanguageModelTests
{
    [Theory]
    [InlineData(16, RopePolicy.ByLength, true, true, false)]
    [InlineData(17, RopePolicy.ByLength, true, true, true)]
    [InlineData(9, RopePolicy.AlwaysLong, true, true, true)]
    [InlineData(12, RopePolicy.ByLength, false, true, false)]
    [InlineData(12, RopePolicy.ByLength, true, false, false)]
    public void Logits_are_those_of_plain_loops(int tokens, RopePolicy policy, bool tied, bool scaled, bool expectLong)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var config = SmallModel.Config with
        {
            RopePolicy = policy,
            TiedEmbeddings = tied,
            ShortFactors = scaled ? SmallModel.Config.ShortFactors : null,
            LongFactors = scaled ? SmallModel.Config.LongFactors : null,
        };
        using var model = SmallModel.Create(config);
        var ids = SmallModel.Ids(tokens);
        var expected = new PlainModel(config, SmallModel.Weights(model)).Logits(ids, expectLong);
        Compare.Close(tensor(expected.SelectMany(row => row).ToArray()).view(tokens, -1),
            model.call(SmallModel.AsTensor(ids)).squeeze(0), 1e-4);
    }

    // What the fixtures do not have: full rotation, as many key/value heads as query heads, an own head, shards of 16
    // bits.
    [Theory]
    [InlineData(1.0, 4, true)]
    [InlineData(1.0, 2, false)]
    [InlineData(0.75, 4, false)]
    [InlineData(0.5, 1, true)]
    [InlineData(1.0, 1, false)]
    public void Other_configurations_read_from_shards_of_16_bits_have_the_logits_of_plain_loops(
        double rotaryFraction, int keyValueHeads, bool tied)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var pairs = (int)(16 * rotaryFraction) / 2;
        var config = SmallModel.Config with
        {
            RotaryFraction = rotaryFraction,
            KeyValueHeads = keyValueHeads,
            TiedEmbeddings = tied,
            ShortFactors = [.. Enumerable.Range(0, pairs).Select(i => 1 + (0.05 * i))],
            LongFactors = [.. Enumerable.Range(0, pairs).Select(i => 1 + (0.4 * i))],
            RopePolicy = RopePolicy.ByLength,
        };
        var folder = Project.Scratch();
        using (var written = SmallModel.Create(config))
        {
            ModelExport.Write(written, folder, endOfText: 0, stopIds: [0], ScalarType.BFloat16, shardBytes: 20_000);
        }

        using var model = PretrainedModel.Load(folder, CPU);
        Directory.Delete(folder, recursive: true);
        foreach (var tokens in new[] { 16, 17 })
        {
            var ids = SmallModel.Ids(tokens);
            var expected = new PlainModel(config, SmallModel.Weights(model)).Logits(ids, useLong: tokens > 16);
            Compare.Close(tensor(expected.SelectMany(row => row).ToArray()).view(tokens, -1),
                model.call(SmallModel.AsTensor(ids)).squeeze(0), 1e-4);
            Assert.Equal(expected.Length, ForwardPass.Logits(model, ids).Count());
        }
    }

    // A width that the kernels do not serve takes libtorch's operators.
    [Fact]
    public void Logits_without_the_fused_kernels_are_those_of_plain_loops()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var config = SmallModel.Config with
        {
            Width = 24,
            QueryHeads = 2,
            KeyValueHeads = 1,
            FeedForwardWidth = 20,
            RotaryFraction = 1.0 / 3,
            ShortFactors = [1, 2],
            LongFactors = [3, 4],
        };
        using var model = SmallModel.Create(config);
        var ids = SmallModel.Ids(11);
        var expected = new PlainModel(config, SmallModel.Weights(model)).Logits(ids, useLong: true);
        Compare.Close(tensor(expected.SelectMany(row => row).ToArray()).view(11, -1),
            model.call(SmallModel.AsTensor(ids)).squeeze(0), 1e-4);
    }

    // ln 80 = 4.382 nats; logits of deviation 0.044 * sqrt(128) = 0.5 add half their variance, 0.12, and the tied head
    // a little.
    [Fact]
    public void An_untrained_model_is_as_surprised_as_a_uniform_guess()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = LanguageModel.Create(Recipe.Named("pocket").Model, seed: 1, CPU);
        var stream = Phi4R.Foundation.Randomness.For(1, "uniform ids");
        var ids = tensor(Enumerable.Range(0, 8 * 64).Select(_ => (long)stream.Next(80)).ToArray()).view(8, 64);
        var logs = nn.functional.log_softmax(model.call(ids)[.., ..^1], -1);
        var loss = -logs.gather(2, ids[.., 1..].unsqueeze(2)).mean().AsDouble();
        Assert.Equal(Math.Log(80), loss, tolerance: 0.25);
    }

    [Fact]
    public void The_papers_model_has_the_published_number_of_parameters_and_the_released_names()
    {
        using var model = new LanguageModel(Paper.Recipe.Model, META, ScalarType.BFloat16);
        var shapes = model.Parameters.ToDictionary(pair => pair.Name, pair => pair.Weight.shape);
        Assert.Equal(3_836_021_760, model.Parameters.Sum(pair => pair.Weight.numel()));
        Assert.Equal(3_836_021_760, Paper.Recipe.Model.ParameterCount);
        Assert.Equal(shapes, Paper.Recipe.Model.WeightShapes().ToDictionary(pair => pair.Name, pair => pair.Shape));
        Assert.Equal(2 + (32 * 6), shapes.Count);
        Assert.Equal([200_064, 3072], shapes["model.embed_tokens.weight"]);
        Assert.Equal([5120, 3072], shapes["model.layers.0.self_attn.qkv_proj.weight"]);
        Assert.Equal([3072, 3072], shapes["model.layers.31.self_attn.o_proj.weight"]);
        Assert.Equal([16_384, 3072], shapes["model.layers.7.mlp.gate_up_proj.weight"]);
        Assert.Equal([3072, 8192], shapes["model.layers.15.mlp.down_proj.weight"]);
        Assert.Equal([3072], shapes["model.layers.3.input_layernorm.weight"]);
        Assert.Equal([3072], shapes["model.layers.3.post_attention_layernorm.weight"]);
        Assert.Equal([3072], shapes["model.norm.weight"]);
    }

    [Fact]
    public void Equal_seeds_give_equal_weights_and_others_other_weights()
    {
        using var first = LanguageModel.Create(SmallModel.Config, seed: 3, CPU);
        using var again = LanguageModel.Create(SmallModel.Config, seed: 3, CPU);
        using var other = LanguageModel.Create(SmallModel.Config, seed: 4, CPU);
        Assert.Equal(SmallModel.Weights(first), SmallModel.Weights(again));
        Assert.NotEqual(SmallModel.Weights(first)["model.embed_tokens.weight"],
            SmallModel.Weights(other)["model.embed_tokens.weight"]);
    }

    [Fact]
    public void Settings_at_odds_are_named_with_their_values()
    {
        Assert.Contains("Width 62 is not a multiple of QueryHeads 4",
            Assert.Throws<ArgumentException>(() => (SmallModel.Config with { Width = 62 }).Checked()).Message);
        Assert.Contains("KeyValueHeads 3",
            Assert.Throws<ArgumentException>(() => (SmallModel.Config with { KeyValueHeads = 3 }).Checked()).Message);
        Assert.Contains("ShortFactors has 5 entries",
            Assert.Throws<ArgumentException>(
                () => (SmallModel.Config with { ShortFactors = [1, 1, 1, 1, 1] }).Checked()).Message);
        using var model = SmallModel.Create();
        Assert.Contains("64",
            Assert.Throws<ArgumentException>(() => model.call(zeros([1, 65], ScalarType.Int64))).Message);
    }
}
