using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Checkpoints;

/// <summary>The ways in which programs of several years wrote one and the same model.</summary>
public sealed class CheckpointFormatsTests : IDisposable
{
    private static readonly ModelConfig ByLength = SmallModel.Config with { RopePolicy = RopePolicy.ByLength };
    private static readonly string[] RopeNames = ["rope_theta", "partial_rotary_factor",
        "original_max_position_embeddings"];

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // transformers 5 writes all of the rope inside, and torch_dtype as dtype; 64 / 16 positions are a factor of 4, and
    // sqrt(1 + ln 4 / ln 16) = 1.2247.
    [Theory]
    [InlineData("longrope", true, "{\"factor\":4,\"attention_factor\":1.2247449}")]
    [InlineData("longrope", false, "{\"factor\":4.0,\"attention_factor\":null,\"type\":\"longrope\"}")]
    public void The_configuration_of_transformers_5_is_that_of_4(string type, bool isAloneInside, string more)
    {
        var expected = Written(ByLength);
        Edit(root =>
        {
            var rope = root["rope_scaling"]!.DeepClone().AsObject();
            rope.Remove("type");
            rope["rope_type"] = type;
            foreach (var name in RopeNames)
            {
                rope[name] = root[name]!.DeepClone();
            }

            foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
            {
                rope[name] = value?.DeepClone();
            }

            (root["rope_parameters"], root["dtype"]) = (rope, root["torch_dtype"]!.DeepClone());
            foreach (var name in isAloneInside
                ? [.. RopeNames, "rope_scaling", "torch_dtype"]
                : new[] { "rope_scaling" })
            {
                root.Remove(name);
            }
        });
        Assert.Equal(expected, Read());
    }

    [Theory]
    [InlineData("su", false)]
    [InlineData("su", true)]
    [InlineData("longrope", true)]
    public void The_older_name_of_LongRoPE_and_an_original_length_inside_are_read(string type, bool isInside)
    {
        var expected = Written(ByLength);
        Edit(root =>
        {
            root["rope_scaling"]!["type"] = type;
            if (isInside)
            {
                root["rope_scaling"]!["original_max_position_embeddings"] =
                    root["original_max_position_embeddings"]!.DeepClone();
                root.Remove("original_max_position_embeddings");
            }
        });
        Assert.Equal(expected, Read());
    }

    [Theory]
    [InlineData("rope_scaling", "{\"type\":\"default\"}")]
    [InlineData("rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":10000.0,\"partial_rotary_factor\":0.75}")]
    public void A_rope_of_type_default_is_one_that_is_not_scaled(string place, string rope)
    {
        var expected = Written(ByLength with { ShortFactors = null, LongFactors = null });
        Edit(root =>
        {
            root[place] = JsonNode.Parse(rope);
            Array.ForEach(place == "rope_parameters"
                ? ["rope_theta", "partial_rotary_factor", "rope_scaling"]
                : new[] { "none" }, name => root.Remove(name));
        });
        Assert.Equal(expected, Read());
    }

    [Theory]
    [InlineData("{\"rope_theta\":500000}", "rope_theta is 10000 and, in the rope's own settings, 500000")]
    [InlineData("{\"rope_type\":\"default\"}", "rope_scaling is of type longrope and of rope_type default")]
    [InlineData("{\"factor\":8}", "the rope's factor is 8; this model computes 4 from its lengths")]
    [InlineData("{\"attention_factor\":1}", "the rope's attention_factor is 1; this model computes 1.22474")]
    [InlineData("{\"long_mscale\":1.2}", "rope_scaling has long_mscale, which this model does not know")]
    public void Settings_of_the_rope_that_are_at_odds_are_refused(string more, string fault)
    {
        Written(ByLength);
        Edit(root =>
        {
            foreach (var (name, value) in JsonNode.Parse(more)!.AsObject())
            {
                root["rope_scaling"]![name] = value!.DeepClone();
            }
        });
        Assert.Contains(fault, Assert.Throws<InvalidDataException>(() => PretrainedModel.ReadConfig(_folder)).Message);
    }

    // A head beside the embedding that it is tied to, and frequencies that follow from the sizes, change neither the
    // model nor what is written again.
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Tensors_that_repeat_what_others_say_are_passed_over(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create(ByLength);
        ModelExport.Write(model, _folder, endOfText: 0, stopIds: [0], type);
        Rewrite(tensors =>
        {
            tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"];
            tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = ones(6);
        });
        using var again = Checkpoint.Open(_folder).Load(CPU);
        Assert.Equal(type, again.HeadWeight.dtype);
        Assert.All(model.Parameters.Zip(again.Parameters),
            pair => Assert.Equal(Compare.Bits(pair.First.Weight.to_type(type)), Compare.Bits(pair.Second.Weight)));
        var copy = Path.Combine(_folder, "copy");
        Assert.Equal(0, ModelExport.Copy(_folder, copy, type).LogitDistance);
        Assert.Equal(model.Parameters.Count,
            SafeTensors.ReadHeader(Path.Combine(copy, "model.safetensors")).Tensors.Count);
    }

    [Fact]
    public void A_head_that_is_not_the_embedding_it_is_said_to_be_tied_to_is_refused()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder, endOfText: 0, stopIds: [0]);
        Rewrite(tensors => tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] * 1.001);
        Assert.Contains("lm_head.weight is not model.embed_tokens.weight",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Open(_folder)).Message);
    }

    [Fact]
    public void Queries_keys_and_values_that_are_stored_apart_are_told_first()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder, endOfText: 0, stopIds: [0]);
        Rewrite(tensors =>
        {
            foreach (var name in tensors.Keys
                .Where(name => name.Contains("qkv_proj", StringComparison.Ordinal)).ToList())
            {
                var parts = tensors[name].split([64, 32, 32], 0);
                foreach (var (part, letter) in parts.Zip("qkv"))
                {
                    tensors[name.Replace("qkv", letter.ToString(), StringComparison.Ordinal)] = part.contiguous();
                }

                tensors.Remove(name);
            }
        });
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Open(_folder)).Message;
        Assert.Contains("does not fit the model: queries, keys and values are stored apart (q_proj, k_proj, v_proj)",
            message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"eos_token_id\":null}")]
    public void Stop_ids_that_the_generation_settings_do_not_name_are_those_of_the_configuration(string generation)
    {
        Written(ByLength);
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), generation);
        Edit(root => root["eos_token_id"] = new JsonArray(7, 9));
        Assert.Equal([7, 9], PretrainedModel.ReadStopIds(_folder));
        Edit(root => root.Remove("eos_token_id"));
        Assert.Contains("eos_token_id is missing",
            Assert.Throws<InvalidDataException>(() => PretrainedModel.ReadStopIds(_folder)).Message);
    }

    [Fact]
    public void An_adapter_alone_says_what_it_is_and_what_to_name()
    {
        using var model = SmallModel.Create();
        using var adapters = LowRankAdapters.On(model, new LoraConfig { Rank = 2, Alpha = 4 }, 1);
        AdapterFiles.Save(adapters, _folder);
        foreach (var open in new Action[]
        {
            () => PretrainedModel.ReadConfig(_folder),
            () => ServedModel.Load(_folder),
            () => Checkpoint.Open(_folder),
        })
        {
            Assert.Contains("holds an adapter (adapter_config.json): what is added to a model, and no model",
                Assert.Throws<InvalidDataException>(open).Message);
        }
    }

    // A program that knows no policy is our own reader asked for by-length, without our own entry. Eight tokens are
    // fewer than the original 16.
    [Fact]
    public void A_model_of_the_long_factors_alone_uses_them_for_short_passes_in_a_program_that_goes_by_length()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder, endOfText: 0, stopIds: [0]);
        Edit(root => root.Remove("phi4r_rope_policy"));
        Assert.Equal(RopePolicy.AlwaysLong, PretrainedModel.ReadConfig(_folder).RopePolicy);
        using var other = PretrainedModel.Load(_folder, CPU, ropePolicy: RopePolicy.ByLength);
        Assert.Equal(RopePolicy.ByLength, other.Config.RopePolicy);
        var ids = SmallModel.AsTensor(SmallModel.Ids(8));
        Assert.Equal(Compare.Bits(model.call(ids)), Compare.Bits(other.call(ids)));
    }

    // The settings as they are read from what we write ourselves.
    private string Written(ModelConfig config)
    {
        using var model = SmallModel.Create(config);
        ModelExport.Write(model, _folder, endOfText: 0, stopIds: [0]);
        Assert.Equal(JsonSerializer.Serialize(config), Read());
        return Read();
    }

    private string Read() => JsonSerializer.Serialize(PretrainedModel.ReadConfig(_folder));

    private void Edit(Action<JsonObject> change)
    {
        var path = Path.Combine(_folder, "config.json");
        var root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(root);
        File.WriteAllText(path, root.ToJsonString());
    }

    private void Rewrite(Action<Dictionary<string, Tensor>> change)
    {
        var path = Path.Combine(_folder, "model.safetensors");
        var tensors = SafeTensors.Read(path);
        change(tensors);
        SafeTensors.Write(path, [.. tensors.Select(pair => (pair.Key, pair.Value))]);
    }
}
