using System.Text.Json.Nodes;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Model;

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
        PretrainedModel.Save(model, _folder.FullName, endOfText: 0, stopIds: [3, 0], type);
        using var again = PretrainedModel.Load(_folder.FullName, CPU, ropePolicy: RopePolicy.AlwaysLong);
        Assert.Equal([3, 0], PretrainedModel.ReadStopIds(_folder.FullName));
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(model.Config), System.Text.Json.JsonSerializer.Serialize(again.Config));
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
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"short_factor\":[1,1,1,1,1,1],\"long_factor\":[1,1,1,1,1,1],\"short_mscale\":1}", "short_mscale")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"short_factor\":[1,1,1,1,1,1],\"long_factor\":[1,1,1,1,1]}", "LongFactors has 5 entries")]
    [InlineData("rope_scaling", "{\"type\":\"longrope\",\"short_factor\":[1,1,1,1,1,1]}", "cannot be used")]
    [InlineData("sliding_window", "32", "sliding_window is shorter")]
    [InlineData("hidden_size", "62", "Width 62 is not a multiple of QueryHeads 4")]
    [InlineData("hidden_size", "\"wide\"", "cannot be used")]
    [InlineData("num_hidden_layers", "0", "Layers")]
    [InlineData("num_key_value_heads", "3", "KeyValueHeads 3")]
    [InlineData("rms_norm_eps", "-1", "NormEpsilon")]
    [InlineData("vocab_size", null, "cannot be used")]
    public void A_configuration_of_another_model_is_named_with_what_is_wrong(string name, string? value, string fault)
    {
        using var model = SmallModel.Create();
        PretrainedModel.Save(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        var path = Path.Combine(_folder.FullName, "config.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json.Remove(name);
        if (value is not null)
        {
            json[name] = JsonNode.Parse(value);
        }

        File.WriteAllText(path, json.ToJsonString());
        var error = Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(_folder.FullName, CPU));
        Assert.Contains(path, error.Message);
        Assert.Contains(fault, error.Message);
    }

    [Fact]
    public void Shards_outside_the_folder_or_missing_are_refused()
    {
        using var model = SmallModel.Create();
        PretrainedModel.Save(model, _folder.FullName, endOfText: 0, stopIds: [0]);
        File.Move(Path.Combine(_folder.FullName, "model.safetensors"), Path.Combine(_folder.FullName, "part-1.safetensors"));
        Assert.Throws<FileNotFoundException>(() => PretrainedModel.Load(_folder.FullName, CPU));
        var index = Path.Combine(_folder.FullName, "model.safetensors.index.json");
        File.WriteAllText(index, """{"weight_map":{"model.norm.weight":"part-1.safetensors"}}""");
        PretrainedModel.Load(_folder.FullName, CPU).Dispose();
        File.WriteAllText(index, """{"weight_map":{"model.norm.weight":"../part-1.safetensors"}}""");
        Assert.Contains("outside the folder", Assert.Throws<InvalidDataException>(() => PretrainedModel.Load(_folder.FullName, CPU)).Message);
        File.WriteAllText(index, """{"weight_map":{"model.norm.weight":"part-2.safetensors"}}""");
        Assert.Throws<FileNotFoundException>(() => PretrainedModel.Load(_folder.FullName, CPU));
    }
}
