using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>Checkpoint folders in the layout of microsoft/Phi-4-mini-instruct: config.json, generation_config.json and safetensors files.</summary>
/// <remarks>Source: the released configuration and weights; read strictly, so that a setting this model does not have is an error and not ignored.</remarks>
public static class PretrainedModel
{
    private const string WeightsFile = "model.safetensors";

    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true };

    /// <summary>Reads a model; the caller disposes it.</summary>
    /// <param name="folder">Holds config.json and model.safetensors, or shards with model.safetensors.index.json.</param>
    /// <param name="device">Where the weights are to live.</param>
    /// <param name="dtype">What they are converted to.</param>
    /// <param name="ropePolicy">Which of LongRoPE's lists a pass uses; a checkpoint does not say.</param>
    /// <exception cref="InvalidDataException">A file is damaged or describes another kind of model; the message names the file and what is wrong.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static LanguageModel Load(string folder, Device device, ScalarType dtype = ScalarType.Float32, RopePolicy ropePolicy = RopePolicy.ByLength)
    {
        var model = new LanguageModel(ReadConfig(folder, ropePolicy), device, dtype);
        try
        {
            Weights.Load(model, Files(folder));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Reads a folder's config.json.</summary>
    /// <inheritdoc cref="Load"/>
    public static ModelConfig ReadConfig(string folder, RopePolicy ropePolicy = RopePolicy.ByLength)
    {
        var path = Path.Combine(folder, "config.json");
        return Parse(path, root =>
        {
            Expect(root, "model_type", "phi3");
            Expect(root, "hidden_act", "silu");
            foreach (var name in new[] { "attention_bias", "mlp_bias", "lm_head_bias" })
            {
                Refuse(Optional(root, name) is { ValueKind: not JsonValueKind.False }, $"{name} is on; this model has no biases");
            }

            var (width, heads, longest) = (root.GetProperty("hidden_size").GetInt32(), root.GetProperty("num_attention_heads").GetInt32(), root.GetProperty("max_position_embeddings").GetInt32());
            var scaling = Optional(root, "rope_scaling");
            CheckScaling(scaling);
            Refuse(Optional(root, "sliding_window") is { } window && window.GetInt64() < longest, "sliding_window is shorter than max_position_embeddings; this model attends to all earlier tokens");
            Refuse(Optional(root, "head_dim") is { } dimension && (heads < 1 || dimension.GetInt64() * heads != width), "head_dim is not hidden_size / num_attention_heads");
            return new ModelConfig
            {
                VocabularySize = root.GetProperty("vocab_size").GetInt32(),
                Width = width,
                Layers = root.GetProperty("num_hidden_layers").GetInt32(),
                QueryHeads = heads,
                KeyValueHeads = Optional(root, "num_key_value_heads")?.GetInt32() ?? heads,
                FeedForwardWidth = root.GetProperty("intermediate_size").GetInt32(),
                RotaryFraction = Optional(root, "partial_rotary_factor")?.GetDouble() ?? 1,
                RopeTheta = root.GetProperty("rope_theta").GetDouble(),
                ShortFactors = Factors(scaling, "short_factor"),
                LongFactors = Factors(scaling, "long_factor"),
                OriginalMaxPositions = scaling is null ? Optional(root, "original_max_position_embeddings")?.GetInt32() ?? longest : root.GetProperty("original_max_position_embeddings").GetInt32(),
                MaxPositions = longest,
                NormEpsilon = root.GetProperty("rms_norm_eps").GetDouble(),
                TiedEmbeddings = Optional(root, "tie_word_embeddings")?.GetBoolean() ?? false,
                RopePolicy = ropePolicy,
                InitialDeviation = Optional(root, "initializer_range")?.GetDouble() ?? 0.02,
            }.Checked();
        });
    }

    /// <summary>The ids after which an answer is over: those of generation_config.json, and of config.json where that is missing.</summary>
    /// <inheritdoc cref="Load"/>
    public static IReadOnlyList<int> ReadStopIds(string folder)
    {
        var path = Path.Combine(folder, "generation_config.json");
        return Parse(File.Exists(path) ? path : Path.Combine(folder, "config.json"), root =>
        {
            var ids = root.GetProperty("eos_token_id");
            return ids.ValueKind == JsonValueKind.Array ? ids.EnumerateArray().Select(id => id.GetInt32()).ToArray() : [ids.GetInt32()];
        });
    }

    /// <summary>Writes a model so that other programs of this format read it.</summary>
    /// <param name="endOfText">Id that begins and ends documents and fills rows.</param>
    /// <param name="stopIds">Ids after which an answer is over.</param>
    /// <param name="dtype">What the weights are converted to; null: as they are.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Save(LanguageModel model, string folder, int endOfText, IReadOnlyList<int> stopIds, ScalarType? dtype = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var config = model.Config;
        var type = dtype ?? model.HeadWeight.dtype;
        SortedDictionary<string, object?> values = new(StringComparer.Ordinal)
        {
            ["architectures"] = new[] { "Phi3ForCausalLM" },
            ["attention_bias"] = false,
            ["attention_dropout"] = 0.0,
            ["bos_token_id"] = endOfText,
            ["embd_pdrop"] = 0.0,
            ["eos_token_id"] = endOfText,
            ["hidden_act"] = "silu",
            ["hidden_size"] = config.Width,
            ["initializer_range"] = config.InitialDeviation,
            ["intermediate_size"] = config.FeedForwardWidth,
            ["max_position_embeddings"] = config.MaxPositions,
            ["model_type"] = "phi3",
            ["num_attention_heads"] = config.QueryHeads,
            ["num_hidden_layers"] = config.Layers,
            ["num_key_value_heads"] = config.KeyValueHeads,
            ["original_max_position_embeddings"] = config.OriginalMaxPositions,
            ["pad_token_id"] = endOfText,
            ["partial_rotary_factor"] = config.RotaryFraction,
            ["resid_pdrop"] = 0.0,
            ["rms_norm_eps"] = config.NormEpsilon,
            ["rope_scaling"] = config.LongFactors is null ? null : new { type = "longrope", long_factor = config.LongFactors, short_factor = config.ShortFactors },
            ["rope_theta"] = config.RopeTheta,
            ["sliding_window"] = null,
            ["tie_word_embeddings"] = config.TiedEmbeddings,
            ["torch_dtype"] = type switch { ScalarType.BFloat16 => "bfloat16", ScalarType.Float16 => "float16", _ => "float32" },
            ["use_cache"] = true,
            ["vocab_size"] = config.VocabularySize,
        };
        SafeTensors.Write(Path.Combine(folder, WeightsFile), [.. model.Parameters.Select(pair => (pair.Name, pair.Weight.to_type(type)))], new Dictionary<string, string> { ["format"] = "pt" });
        AtomicFile.WriteText(
            Path.Combine(folder, "generation_config.json"),
            JsonSerializer.Serialize(new { bos_token_id = endOfText, eos_token_id = stopIds, pad_token_id = endOfText }, Written));
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(values, Written));
    }

    // One file, or the shards that the index names.
    private static string[] Files(string folder)
    {
        var index = Path.Combine(folder, "model.safetensors.index.json");
        return File.Exists(Path.Combine(folder, WeightsFile)) || !File.Exists(index) ? [Path.Combine(folder, WeightsFile)] : Parse(index, root =>
        {
            var names = root.GetProperty("weight_map").EnumerateObject().Select(entry => entry.Value.GetString() ?? "").Distinct().Order(StringComparer.Ordinal).ToArray();
            Refuse(names.Length == 0, "weight_map is empty");
            Refuse(names.Any(name => Path.GetFileName(name) != name || name.Length == 0), "weight_map names a file outside the folder");
            return names.Select(name => Path.Combine(folder, name)).ToArray();
        });
    }

    private static void CheckScaling(JsonElement? scaling)
    {
        if (scaling is { } given)
        {
            var type = (Optional(given, "type") ?? Optional(given, "rope_type"))?.GetString();
            Refuse(type != "longrope", $"rope_scaling is of type {type ?? "none"}; known is longrope, or null for no scaling");
            var unknown = given.EnumerateObject().Select(entry => entry.Name).Except(["type", "rope_type", "short_factor", "long_factor"]).ToList();
            Refuse(unknown.Count > 0, $"rope_scaling has {string.Join(", ", unknown)}, which this model does not know");
        }
    }

    private static double[]? Factors(JsonElement? scaling, string name) => scaling?.GetProperty(name).EnumerateArray().Select(factor => factor.GetDouble()).ToArray();

    private static JsonElement? Optional(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static void Expect(JsonElement root, string name, string expected)
    {
        var found = root.GetProperty(name).GetString();
        Refuse(found != expected, $"{name} is {found}; only {expected} is known");
    }

    private static void Refuse(bool wrong, string reason)
    {
        if (wrong)
        {
            throw new FormatException(reason);
        }
    }

    private static T Parse<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return read(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{path} cannot be used: {exception.Message.TrimEnd('.')}. Is it the configuration of a Phi-4-mini checkpoint?", exception);
        }
    }
}
