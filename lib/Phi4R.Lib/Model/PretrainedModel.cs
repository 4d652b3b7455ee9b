using System.Text.Json;

namespace Phi4R.Model;

/// <summary>A checkpoint in the Hugging Face layout: config.json, and safetensors in one file or in shards with an index.</summary>
/// <remarks>Source: the layout of microsoft/Phi-4-mini-instruct (model type "phi3").</remarks>
public static class PretrainedModel
{
    /// <summary>Reads the sizes of a checkpoint.</summary>
    /// <param name="policy">Which of LongRoPE's lists the model is to use; the file does not say.</param>
    /// <exception cref="InvalidDataException">A key is missing or has a value that this model cannot have; the message names file and key.</exception>
    public static ModelConfig ReadConfig(string folder, RopePolicy policy = RopePolicy.ByLength)
    {
        var path = Path.Combine(folder, "config.json");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            Expect(path, root, "model_type", "phi3");
            Expect(path, root, "hidden_act", "silu");
            var (factors, maximum) = (ReadFactors(path, root), root.GetProperty("max_position_embeddings").GetInt32());
            return new ModelConfig
            {
                VocabularySize = root.GetProperty("vocab_size").GetInt32(),
                Width = root.GetProperty("hidden_size").GetInt32(),
                Layers = root.GetProperty("num_hidden_layers").GetInt32(),
                QueryHeads = root.GetProperty("num_attention_heads").GetInt32(),
                KeyValueHeads = root.TryGetProperty("num_key_value_heads", out var shared) ? shared.GetInt32() : root.GetProperty("num_attention_heads").GetInt32(),
                FeedForwardWidth = root.GetProperty("intermediate_size").GetInt32(),
                RotaryFraction = root.TryGetProperty("partial_rotary_factor", out var fraction) ? fraction.GetDouble() : 1,
                RopeTheta = root.GetProperty("rope_theta").GetDouble(),
                ShortFactors = factors?.Short,
                LongFactors = factors?.Long,
                OriginalMaxPositions = root.TryGetProperty("original_max_position_embeddings", out var original) ? original.GetInt32() : maximum,
                MaxPositions = maximum,
                NormEpsilon = root.GetProperty("rms_norm_eps").GetDouble(),
                TiedEmbeddings = root.TryGetProperty("tie_word_embeddings", out var tied) && tied.GetBoolean(),
                RopePolicy = policy,
                InitialDeviation = root.TryGetProperty("initializer_range", out var deviation) ? deviation.GetDouble() : 0.02,
            }.Checked();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path} does not describe a Phi-4-mini model: {exception.Message}", exception);
        }
    }

    /// <summary>Builds the model and fills its weights, converted to <paramref name="dtype"/>; the caller disposes it.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="ReadConfig"/> and <see cref="Weights.Load"/>.</exception>
    public static LanguageModel Load(string folder, Device device, ScalarType dtype = ScalarType.Float32, RopePolicy policy = RopePolicy.ByLength)
    {
        var model = new LanguageModel(ReadConfig(folder, policy), device, dtype);
        Weights.Load(model, Files(folder));
        return model;
    }

    private static IReadOnlyList<string> Files(string folder)
    {
        var index = Path.Combine(folder, "model.safetensors.index.json");
        if (!File.Exists(index))
        {
            return [Path.Combine(folder, "model.safetensors")];
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(index));
        return [.. json.RootElement.GetProperty("weight_map").EnumerateObject().Select(entry => entry.Value.GetString()!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name => Path.Combine(folder, name))];
    }

    private static (double[] Short, double[] Long)? ReadFactors(string path, JsonElement root)
    {
        if (!root.TryGetProperty("rope_scaling", out var scaling) || scaling.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        Expect(path, scaling, "type", "longrope");
        return (List("short_factor"), List("long_factor"));

        double[] List(string key) => [.. scaling.GetProperty(key).EnumerateArray().Select(value => value.GetDouble())];
    }

    private static void Expect(string path, JsonElement element, string key, string value)
    {
        var found = element.GetProperty(key).GetString();
        if (found != value)
        {
            throw new InvalidDataException($"{path}: {key} is '{found}'; this model is '{value}'.");
        }
    }
}
