using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Model;

// Expected values: transformers' Phi3ForCausalLM on checkpoints of random weights; tolerances from the fixtures'
// README.
public sealed class Phi3TinyTests
{
    [Theory]
    [InlineData("a-longrope-tied-f32")]
    [InlineData("b-longrope-tied-bf16-sharded")]
    [InlineData("c-norope-scaling-untied-f32")]
    public void Logits_and_log_probabilities_are_those_of_the_reference_at_every_length(string checkpoint)
    {
        var folder = Fixtures.Find($"phi3-tiny/{checkpoint}");

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        var lengths = expected.Keys
            .Where(name => name.StartsWith("len", StringComparison.Ordinal)
                && name.EndsWith(".input_ids", StringComparison.Ordinal)).Select(name => name[..^10]).ToList();
        Assert.True(lengths.Count >= 3);
        var told = Fixtures.Json(Path.Combine(folder, "refs.json")).GetProperty("inputs");
        foreach (var length in lengths)
        {
            var ids = expected[length + ".input_ids"];
            var logits = model.call(ids).squeeze(0);
            Compare.Close(expected[length + ".logits"], logits, 1e-4, length);
            if (told.GetProperty(length).GetProperty("argmax") is { ValueKind: JsonValueKind.Array } likeliest)
            {
                Assert.Equal(likeliest.Ids().Select(id => (long)id), logits.argmax(-1).data<long>().ToArray());
            }

            if (ids.shape[1] > 1)
            {
                var hidden = model.HiddenStates(ids).squeeze(0)[..^1];
                var found = Phi4R.Training.TokenLogProbs.Of(hidden, model.HeadWeight, ids.squeeze(0)[1..]);
                Compare.Close(expected[length + ".target_logprobs"], found, 1e-4, length);
                Assert.Equal(told.GetProperty(length).GetProperty("sum_target_logprobs").GetDouble(),
                    found.sum().AsDouble(), tolerance: 1e-4 * ids.shape[1]);
            }
        }
    }

    [Fact]
    public void Logits_in_16_bits_stay_near_the_reference()
    {
        var folder = Fixtures.Find("phi3-tiny/b-longrope-tied-bf16-sharded");

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = PretrainedModel.Load(folder, CPU, ScalarType.BFloat16);
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        foreach (var length in new[] { "len7", "len64", "len65" })
        {
            var found = model.call(expected[length + ".input_ids"]).squeeze(0);
            Assert.Equal(ScalarType.Float32, found.dtype);
            Compare.Close(expected[length + ".logits"], found, 0.6, length);
            Compare.Close(expected[length + ".logits_bf16_compute"], found, 0.6, length);
            Assert.True((found.to_type(ScalarType.Float32) - expected[length + ".logits"]).abs().mean()
                .AsDouble() < 0.06);
        }
    }

    [Fact]
    public void Angles_are_those_of_the_reference_with_short_and_long_factors()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        var config = PretrainedModel.ReadConfig(folder);
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        Assert.Equal(1.1547005383792517, config.AttentionFactor, tolerance: 1e-12);
        using var rotary = new RotaryEmbedding(config, CPU);
        foreach (var (name, useLong, positions) in new[] { ("short", false, 64), ("long", true, 128) })
        {
            Compare.Close(expected[$"rope.{name}.inv_freq"],
                tensor(RotaryEmbedding.InverseFrequencies(config, useLong)), 1e-7, name);
            var (cosines, sines) = rotary.At(arange(positions).unsqueeze(0), positions - 1, useLong);
            Compare.Close(expected[$"rope.{name}.cos"], cosines.view(positions, -1), 2e-5, name);
            Compare.Close(expected[$"rope.{name}.sin"], sines.view(positions, -1), 2e-5, name);
        }
    }

    [Fact]
    public void Queries_and_keys_are_turned_as_those_of_the_reference()
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        List<Tensor> projected = [];
        foreach (var (_, module) in model.named_modules()
            .Where(entry => entry.name.EndsWith("qkv_proj", StringComparison.Ordinal)))
        {
            ((Projection)module).register_forward_hook((_, _, value) =>
            {
                projected.Add(value.clone().DetachFromDisposeScope());
                return value;
            });
        }

        var ids = expected["len31.input_ids"];
        model.HiddenStates(ids);
        using var rotary = new RotaryEmbedding(model.Config, CPU);
        var (cosines, sines) = rotary.At(arange(31).unsqueeze(0), lastPosition: 30, useLong: false);
        Assert.Equal(2, projected.Count);
        for (var layer = 0; layer < 2; layer++)
        {
            // [H + K, T, C]
            var heads = RotaryEmbedding.Rotate(projected[layer].view(1, 31, 8, 16).narrow(2, 0, 6), cosines, sines)
                .squeeze(0).transpose(0, 1);
            Compare.Close(expected[$"hidden.len31.layers.{layer}.q_rotated"], heads.narrow(0, 0, 4), 6e-5,
                $"queries of layer {layer}");
            Compare.Close(expected[$"hidden.len31.layers.{layer}.k_rotated"], heads.narrow(0, 4, 2), 6e-5,
                $"keys of layer {layer}");
        }
    }

    // The padding is a document of its own at position 1, as the reference places it.
    [Theory]
    [InlineData("leftpad_short")]
    [InlineData("leftpad_long")]
    public void Padding_at_the_left_is_expressed_by_positions_and_documents(string batch)
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        var mask = expected[batch + ".attention_mask"];
        var found =
            model.Logits(model.HiddenStates(expected[batch + ".input_ids"], expected[batch + ".position_ids"], mask));
        Compare.Close(expected[batch + ".logits"], found * mask.unsqueeze(2), 1e-4, batch);
    }

    [Theory]
    [InlineData("hidden.len31", "len31")]
    [InlineData("hidden.len65", "len65")]
    public void What_each_part_puts_out_is_that_of_the_reference(string states, string input)
    {
        var folder = Fixtures.Find("phi3-tiny/a-longrope-tied-f32");

        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = PretrainedModel.Load(folder, CPU);
        var expected = SafeTensors.Read(Path.Combine(folder, "refs.safetensors"));
        Dictionary<string, Tensor> found = [];
        foreach (var (name, module) in model.named_modules())
        {
            switch (module)
            {
                case RootMeanSquareNorm norm:
                    norm.register_forward_hook((_, _, value) => found[name] = value.clone().DetachFromDisposeScope());
                    break;
                case FeedForward feedForward:
                    feedForward.register_forward_hook((_, _, value) =>
                        found[name] = value.clone().DetachFromDisposeScope());
                    break;
                case Attention attention:
                    attention.register_forward_hook((_, _, _, value) =>
                        found[name] = value.clone().DetachFromDisposeScope());
                    break;
                case Block block:
                    block.register_forward_hook((_, _, _, value) =>
                        found[name] = value.clone().DetachFromDisposeScope());
                    break;
            }
        }

        model.HiddenStates(expected[input + ".input_ids"]);
        var compared = 0;
        foreach (var (module, value) in found)
        {
            var name = module.Replace("model.layers.", "layers.", StringComparison.Ordinal)
                .Replace("input_layernorm", "input_layernorm_out", StringComparison.Ordinal)
                .Replace("self_attn", "self_attn_out", StringComparison.Ordinal)
                .Replace("mlp", "mlp_out", StringComparison.Ordinal)
                .Replace("model.norm", "final_norm_out", StringComparison.Ordinal);
            var key = expected.Keys.SingleOrDefault(key => key == $"{states}.{name}" || key == $"{states}.{name}.out");
            if (key is not null)
            {
                Compare.Close(expected[key].flatten(), value.flatten(), 6e-5, key);
                compared++;
            }
        }

        Assert.Equal(9, compared);
    }

    [Theory]
    [InlineData("a-longrope-tied-f32")]
    [InlineData("b-longrope-tied-bf16-sharded")]
    [InlineData("c-norope-scaling-untied-f32")]
    public void A_checkpoint_written_back_reads_as_the_same_model(string checkpoint)
    {
        var folder = Fixtures.Find($"phi3-tiny/{checkpoint}");

        var copy = Directory.CreateTempSubdirectory();
        using var scope = NewDisposeScope();
        var type = checkpoint[0] == 'b' ? ScalarType.BFloat16 : ScalarType.Float32;
        using var model = PretrainedModel.Load(folder, CPU, type);
        ModelExport.Write(model, copy.FullName, endOfText: 319, PretrainedModel.ReadStopIds(folder),
            shardBytes: checkpoint[0] == 'b' ? 114_944 : ModelExport.ShardBytes);
        foreach (var path in Directory.GetFiles(folder, "model*.safetensors"))
        {
            Assert.Equal(File.ReadAllBytes(path),
                File.ReadAllBytes(Path.Combine(copy.FullName, Path.GetFileName(path))));
        }

        using var again = PretrainedModel.Load(copy.FullName, CPU, type);
        Assert.Equal(JsonSerializer.Serialize(model.Config), JsonSerializer.Serialize(again.Config));
        Assert.Equal(PretrainedModel.ReadStopIds(folder), PretrainedModel.ReadStopIds(copy.FullName));
        Assert.Equal(SmallModel.Weights(model), SmallModel.Weights(again));
        var kept = Fixtures.Json(Path.Combine(folder, "config.json"));
        var written = Fixtures.Json(Path.Combine(copy.FullName, "config.json"));
        foreach (var entry in written.EnumerateObject()
            .Where(entry => entry.Name is not ("sliding_window" or "initializer_range" or "rope_scaling"
                or "phi4r_rope_policy")))
        {
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Plain(kept.GetProperty(entry.Name))),
                JsonNode.Parse(Plain(entry.Value))), entry.Name);
        }

        copy.Delete(recursive: true);

        // 0.0 and 0 are one number.
        static string Plain(JsonElement value) =>
            value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString("R") : value.GetRawText();
    }
}
