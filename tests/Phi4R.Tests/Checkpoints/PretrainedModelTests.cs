using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Text;

namespace Phi4R.Tests.Checkpoints;

public sealed class PretrainedModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void A_model_that_was_written_is_read_with_the_same_settings_and_weights(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [3, 0], type);
        using var again = PretrainedModel.Load(_folder.FullName, CPU);
        Assert.Equal([3, 0], PretrainedModel.ReadStopIds(_folder.FullName));
        // The policy never takes the short ones.
        var expected = model.Config with { ShortFactors = model.Config.LongFactors };
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(expected),
            System.Text.Json.JsonSerializer.Serialize(again.Config));
        foreach (var ((name, weight), (_, other)) in model.Parameters.Zip(again.Parameters))
        {
            Assert.Equal(ScalarType.Float32, other.dtype);
            Compare.Close(weight.to_type(type), other, 0, name);
        }
    }

    [Theory]
    [InlineData("model_type", "\"llama\"", "model_type is llama; only phi3 is known")]
    [InlineData("hidden_act", "\"gelu\"", "hidden_act is gelu")]
    [InlineData("attention_bias", "true", "attention_bias is on")]
    [InlineData("rope_scaling", "{\"type\":\"yarn\",\"factor\":4}", "rope_scaling is of type yarn")]
    [InlineData("rope_scaling",
        "{\"type\":\"longrope\",\"short_factor\":[1,1,1,1,1,1],\"long_factor\":[1,1,1,1,1,1],\"short_mscale\":1}",
            "short_mscale")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"short_factor\":[1,1,1,1,1,1],\"long_factor\":[1,1,1,1,1]}",
        "LongFactors has 5 entries")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"short_factor\":[1,1,1,1,1,1]}", "long_factor is missing")]
    [InlineData("sliding_window", "32", "sliding_window is shorter")]
    [InlineData("hidden_size", "62", "Width 62 is not a multiple of QueryHeads 4")]
    [InlineData("hidden_size", "\"wide\"", "cannot be used")]
    [InlineData("num_hidden_layers", "0", "Layers")]
    [InlineData("num_key_value_heads", "3", "KeyValueHeads 3")]
    [InlineData("rms_norm_eps", "-1", "NormEpsilon")]
    [InlineData("vocab_size", null, "vocab_size is missing")]
    [InlineData("vocab_size", "2147483647", "VocabularySize is 2147483647")]
    [InlineData("vocab_size", "16777216", "has shape [40, 64], expected [16777216, 64]")]
    [InlineData("vocab_size", "99999999999", "cannot be used")]
    [InlineData("num_hidden_layers", "2147483647", "Layers is 2147483647")]
    [InlineData("num_hidden_layers", "4096", "missing model.layers.2.")]
    [InlineData("max_position_embeddings", "2147483647", "MaxPositions is 2147483647")]
    [InlineData("intermediate_size", "16777216", "expected [33554432, 64]")]
    [InlineData("original_max_position_embeddings", "1", "OriginalMaxPositions is 1")]
    [InlineData("partial_rotary_factor", "0.01", "is no channel")]
    [InlineData("rope_theta", "1e400", "RopeTheta is")]
    [InlineData("phi4r_rope_policy", "\"sometimes\"", "the rope policy is 'sometimes'")]
    [InlineData("hidden_size", "\"wide\"", "hidden_size is \"wide\"; it must be a whole number")]
    [InlineData("num_hidden_layers", "1.5", "num_hidden_layers is 1.5; it must be a whole number")]
    [InlineData("vocab_size", "3000000000", "vocab_size is 3000000000; it must be a whole number up to 2147483647")]
    [InlineData("num_key_value_heads", "[2]", "num_key_value_heads is [2]; it must be a whole number")]
    [InlineData("sliding_window", "{}", "sliding_window is {}; it must be a whole number")]
    [InlineData("head_dim", "true", "head_dim is true; it must be a whole number")]
    [InlineData("rms_norm_eps", "\"small\"", "rms_norm_eps is \"small\"; it must be a number")]
    [InlineData("initializer_range", "[]", "initializer_range is []; it must be a number")]
    [InlineData("partial_rotary_factor", "false", "partial_rotary_factor is false; it must be a number")]
    [InlineData("tie_word_embeddings", "1", "tie_word_embeddings is 1; it must be true or false")]
    [InlineData("model_type", "3", "model_type is 3; it must be a text")]
    [InlineData("phi4r_rope_policy", "7", "phi4r_rope_policy is 7; it must be a text")]
    [InlineData("rope_scaling", "\"yarn\"", "rope_scaling is \"yarn\"; it must be an object or null")]
    public void A_configuration_of_another_model_is_named_with_what_is_wrong(string name, string? value, string fault)
    {
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        var path = Path.Combine(_folder.FullName, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json.Remove(name);
        if (value is not null)
        {
            json[name] = JsonNode.Parse(value);
        }

        File.WriteAllText(path, json.ToJsonString());
        var error = Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(_folder.FullName, CPU));
        Assert.Contains(error.Message.Contains("does not fit", StringComparison.Ordinal) ? "model.safetensors" : path,
            error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void A_policy_other_than_the_recorded_one_is_an_error()
    {
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        var error = Assert.Throws<InvalidDataException>(() =>
            PretrainedModel.Load(_folder.FullName, CPU, ropePolicy: RopePolicy.ByLength));
        Assert.Contains("phi4r_rope_policy is long, and by-length was asked for", error.Message);
        PretrainedModel.CheckPolicy(_folder.FullName, RopePolicy.AlwaysLong);
        Assert.Throws<InvalidDataException>(() => PretrainedModel.CheckPolicy(_folder.FullName, RopePolicy.ByLength));
    }

    [Fact]
    public void A_model_is_written_in_shards_with_an_index_and_beside_its_tokenizer()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder.FullName, "source"));
        File.WriteAllText(Path.Combine(source.FullName, "tokenizer.json"), "{}");
        File.WriteAllText(Path.Combine(source.FullName, "secret.txt"), "no part of a model");
        var target = Path.Combine(_folder.FullName, "target");
        using var model = SmallModel.Create();
        var report = ModelExport.Write(model, target, endOfText: 0, stopIds: [0], ScalarType.BFloat16,
            shardBytes: 20_000, source.FullName);
        Assert.True(report is { Files: > 2, LogitDistance: > 0 and < 0.05 });
        Assert.True(File.Exists(Path.Combine(target, "tokenizer.json")));
        Assert.False(File.Exists(Path.Combine(target, "secret.txt")));
        using var again = PretrainedModel.Load(target, CPU);
        Assert.Equal(model.Parameters.Select(pair => Compare.Bits(pair.Weight.to_type(ScalarType.BFloat16))),
            again.Parameters.Select(pair => Compare.Bits(pair.Weight)));
        var index = Fixtures.Json(Path.Combine(target, "model.safetensors.index.json"));
        Assert.Equal(2 * model.Config.ParameterCount,
            index.GetProperty("metadata").GetProperty("total_size").GetInt64());
        ModelExport.Write(model, target, endOfText: 0, stopIds: [0]);
        Assert.Equal(["config.json", "generation_config.json", "model.safetensors"],
            Directory.GetFiles(target).Select(Path.GetFileName).Order());
        Assert.Equal(["source", "target"], Directory.GetDirectories(_folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_project_with_a_config_and_no_weights_is_not_replaced_and_no_neighbor_is_deleted()
    {
        var (target, neighbor) = (Path.Combine(_folder.FullName, "model"),
            Path.Combine(_folder.FullName, "model.old", "kept.txt"));
        Directory.CreateDirectory(target);
        Directory.CreateDirectory(Path.GetDirectoryName(neighbor)!);
        File.WriteAllText(neighbor, "a backup");
        File.WriteAllText(Path.Combine(target, "config.json"), "{}");
        using var model = SmallModel.Create();
        Assert.Contains("no model",
            Assert.Throws<IOException>(() => ModelExport.Write(model, target, endOfText: 0, stopIds: [0])).Message,
            StringComparison.Ordinal);
        Assert.Equal("{}", File.ReadAllText(Path.Combine(target, "config.json")));
        File.Delete(Path.Combine(target, "config.json"));
        ModelExport.Write(model, target, endOfText: 0, stopIds: [0]);
        ModelExport.Write(model, target, endOfText: 0, stopIds: [0]);
        Assert.Equal("a backup", File.ReadAllText(neighbor));
    }

    [Fact]
    public void A_stage_is_never_written_over_and_two_writers_are_told()
    {
        var target = Path.Combine(_folder.FullName, "model");
        using var model = SmallModel.Create();
        ModelExport.Write(model, target, endOfText: 0, stopIds: [0]);
        using (new FileStream(target + ".phi4r-lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1,
            FileOptions.DeleteOnClose))
        {
            Assert.Contains("another process",
                Assert.Throws<IOException>(() => ModelExport.Write(model, target, endOfText: 0, stopIds: [0])).Message,
                StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(target, "stage.json"), "{}");
        Assert.Contains("a stage of a run",
            Assert.Throws<IOException>(() => ModelExport.Write(model, target, endOfText: 0, stopIds: [0])).Message,
            StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(target, "stage.json")));
        Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
    }

    // 70 million numbers of 4 bytes are 4.2 parts.
    [Fact]
    public void The_bytes_of_a_tensor_that_is_read_in_parts_are_all_of_it_in_order()
    {
        using var tensor = arange(0, 70_000_000, dtype: ScalarType.Int32);
        var (next, parts) = (0, 0);
        NativeData.Parts(tensor, part =>
        {
            foreach (var value in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(part))
            {
                next += value == next ? 1 : throw new InvalidDataException($"{value} stands where {next} is expected.");
            }

            parts++;
        });
        Assert.Equal((70_000_000, 5), (next, parts));
    }

    // Ids by the reference tokenizer: "Hello" is one token, 13225.
    [Fact]
    public void A_model_of_the_released_vocabulary_without_a_tokenizer_is_given_it_and_another_is_not()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder.FullName, "source"));
        var target = Path.Combine(_folder.FullName, "target");
        using (var released = LanguageModel.Create(SmallModel.Config with { VocabularySize = 200_064 }, 1, CPU))
        {
            Assert.True(ModelExport.Write(released, target, endOfText: 199_999, stopIds: [200_020, 199_999],
                textFrom: source.FullName).HasTokenizer);
        }

        Assert.Equal([13225], TokenizerFiles.Find(target)!.Encode("Hello"));
        Assert.Equal("reasoning", TokenizerFiles.FindTemplate(target)!.Name);
        using var other = SmallModel.Create();
        Assert.False(
            ModelExport.Write(other, target, endOfText: 0, stopIds: [0], textFrom: source.FullName).HasTokenizer);
        Assert.Null(TokenizerFiles.Find(target));
    }

    [Fact]
    public void A_model_that_does_not_read_back_the_same_replaces_nothing()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        var before = File.ReadAllBytes(Path.Combine(_folder.FullName, "model.safetensors"));
        model.Parameters[0].Weight.fill_(float.NaN);
        Assert.Contains("nothing was replaced",
            Assert.Throws<InvalidDataException>(
                () => ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0])).Message);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder.FullName, "model.safetensors")));
        var other = Directory.CreateDirectory(Path.Combine(_folder.FullName, "other"));
        File.WriteAllText(Path.Combine(other.FullName, "letter.txt"), "dear");
        Assert.Contains("no model",
            Assert.Throws<IOException>(() =>
                ModelExport.Write(model, other.FullName, endOfText: 0, stopIds: [0])).Message);
    }

    [Fact]
    public void A_checkpoint_with_NaN_and_infinity_is_exported_nowhere_and_they_are_named_and_counted()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create();
        var source = Path.Combine(_folder.FullName, "source");
        ModelExport.Write(model, source, endOfText: 0, stopIds: [0]);
        var norm = ones(64);
        (norm[3], norm[4]) = (tensor(float.NaN), tensor(float.NegativeInfinity));
        SafeTensors.Write(
            Path.Combine(source, "model.safetensors"),
            [.. model.Parameters.Select(
                pair => (pair.Name, pair.Name == "model.norm.weight" ? norm : (Tensor)pair.Weight))]);
        var target = Path.Combine(_folder.FullName, "target");
        var loaded = Assert.Throws<InvalidDataException>(() => Checkpoint.Open(source).Load(CPU)).Message;
        Assert.Contains("model.norm.weight (2 of 64)", loaded, StringComparison.Ordinal);
        var refused = Assert.Throws<InvalidDataException>(() => ModelExport.Copy(source, target, ScalarType.BFloat16));
        Assert.Equal(loaded, refused.Message);
        Assert.False(Directory.Exists(target));
    }

    // Whatever stands in a configuration, it is a model's or an InvalidDataException.
    [Fact]
    public void Random_damage_of_a_configuration_is_read_or_refused()
    {
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        var path = Path.Combine(_folder.FullName, "config.json");
        var whole = File.ReadAllBytes(path);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var (read, refused) = (0, 0);
        for (var attempt = 0; attempt < 3000 && clock.Elapsed < TimeSpan.FromSeconds(3); attempt++)
        {
            var stream = Phi4R.Foundation.Randomness.For(1, "damage of a configuration", attempt);
            var bytes = whole.ToArray();
            for (var flips = 1 + stream.Next(3); flips > 0; flips--)
            {
                bytes[stream.Next(bytes.Length)] = stream.Chance(0.3)
                    ? (byte)stream.Next(256)
                    : (byte)"0123456789[]{},:\"e-"[stream.Next(19)];
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                PretrainedModel.Load(_folder.FullName, CPU).Dispose();
                read++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.True(read > 10 && refused > 50, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Shards_outside_the_folder_or_missing_are_refused()
    {
        using var model = SmallModel.Create();
        ModelExport.Write(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        File.Move(Path.Combine(_folder.FullName, "model.safetensors"),
            Path.Combine(_folder.FullName, "part-1.safetensors"));
        Assert.Throws<FileNotFoundException>(() => PretrainedModel.Load(_folder.FullName, CPU));
        var index = Path.Combine(_folder.FullName, "model.safetensors.index.json");
        File.WriteAllText(index, """{"weight_map":{"model.norm.weight":"part-1.safetensors"}}""");
        PretrainedModel.Load(_folder.FullName, CPU).Dispose();
        File.WriteAllText(index, """{"weight_map":{"model.norm.weight":"../part-1.safetensors"}}""");
        Assert.Contains("outside the folder",
            Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(_folder.FullName, CPU)).Message);
        File.WriteAllText(index, """{"weight_map":{"model.norm.weight":"part-2.safetensors"}}""");
        Assert.Throws<FileNotFoundException>(() => PretrainedModel.Load(_folder.FullName, CPU));
    }
}
