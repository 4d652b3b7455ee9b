using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Model;
using static Phi4R.Checkpoints.ConfigValues;

namespace Phi4R.Checkpoints;

/// <summary>
/// Checkpoint folders in the layout of microsoft/Phi-4-mini-instruct: config.json, generation_config.json and
/// safetensors files.
/// </summary>
/// <remarks>
/// Source: the released configuration and weights; read strictly, so that a setting this model does not have is an
/// error and not ignored.
/// </remarks>
public static class PretrainedModel
{
    internal const string WeightsFile = "model.safetensors";
    internal const string IndexFile = "model.safetensors.index.json";

    /// <summary>Our own entry in config.json: the policy that a model was trained with.</summary>
    internal const string PolicyEntry = "phi4r_rope_policy";

    /// <summary>Reads a model; the caller disposes it.</summary>
    /// <param name="folder">
    /// Holds config.json and model.safetensors, or shards with model.safetensors.index.json.
    /// </param>
    /// <param name="device">Where the weights are to live.</param>
    /// <param name="dtype">What they are converted to.</param>
    /// <param name="ropePolicy">
    /// Which of LongRoPE's lists a pass uses; null: what the checkpoint was trained with, and by length where it does
    /// not say, as the released ones do not.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is damaged or describes another kind of model; the message names the file and what is wrong.
    /// </exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InsufficientMemoryException">The device has not enough free; nothing was read.</exception>
    public static LanguageModel Load(string folder, Device device, ScalarType dtype = ScalarType.Float32,
        RopePolicy? ropePolicy = null) =>
        Checkpoint.Open(folder, ropePolicy).Load(device, dtype);

    /// <summary>Reads a folder's config.json, as transformers 4 or 5 writes it.</summary>
    /// <inheritdoc cref="Load"/>
    public static ModelConfig ReadConfig(string folder, RopePolicy? ropePolicy = null)
    {
        RefuseAdapter(folder);
        var path = Path.Combine(folder, "config.json");
        return Parse(path, root =>
        {
            Expect(root, "model_type", "phi3");
            Expect(root, "hidden_act", "silu");
            foreach (var name in new[] { "attention_bias", "mlp_bias", "lm_head_bias" })
            {
                Refuse(Optional(root, name) is { ValueKind: not JsonValueKind.False },
                    $"{name} is on; this model has no biases");
            }

            var (width, heads, longest) = (Whole(Required(root, "hidden_size"), "hidden_size"),
                Whole(Required(root, "num_attention_heads"), "num_attention_heads"),
                Whole(Required(root, "max_position_embeddings"), "max_position_embeddings"));
            var rope = CheckpointRope.Read(root, longest);
            Refuse(Optional(root, "sliding_window") is { } window && Whole(window, "sliding_window") < longest,
                "sliding_window is shorter than max_position_embeddings; this model attends to all earlier tokens");
            Refuse(Optional(root, "head_dim") is { } dimension
                && (heads < 1 || (long)Whole(dimension, "head_dim") * heads != width),
                    "head_dim is not hidden_size / num_attention_heads");
            return new ModelConfig
            {
                VocabularySize = Whole(Required(root, "vocab_size"), "vocab_size"),
                Width = width,
                Layers = Whole(Required(root, "num_hidden_layers"), "num_hidden_layers"),
                QueryHeads = heads,
                KeyValueHeads = Optional(root, "num_key_value_heads") is { } shared
                    ? Whole(shared, "num_key_value_heads")
                    : heads,
                FeedForwardWidth = Whole(Required(root, "intermediate_size"), "intermediate_size"),
                RotaryFraction = rope.RotaryFraction,
                RopeTheta = rope.Theta,
                ShortFactors = rope.ShortFactors,
                LongFactors = rope.LongFactors,
                OriginalMaxPositions = rope.OriginalMaxPositions,
                MaxPositions = longest,
                NormEpsilon = Number(Required(root, "rms_norm_eps"), "rms_norm_eps"),
                TiedEmbeddings = Optional(root, "tie_word_embeddings") is { } tied
                    && Typed(tied, "tie_word_embeddings", "true or false", value => value.GetBoolean()),
                RopePolicy = Policy(root, ropePolicy, rope.IsOneList ? RopePolicy.AlwaysLong : RopePolicy.ByLength),
                InitialDeviation = Optional(root, "initializer_range") is { } range
                    ? Number(range, "initializer_range")
                    : 0.02,
            }.Checked();
        });
    }

    /// <summary>
    /// The ids after which an answer is over: those of generation_config.json, and of config.json where it is missing
    /// or names none.
    /// </summary>
    /// <inheritdoc cref="Load"/>
    public static IReadOnlyList<int> ReadStopIds(string folder)
    {
        const string Name = "eos_token_id";
        RefuseAdapter(folder);
        var generation = Path.Combine(folder, "generation_config.json");
        return (File.Exists(generation) ? Parse(generation, root => Ids(Optional(root, Name))) : null)
            ?? Parse(Path.Combine(folder, "config.json"),
                root => Ids(Optional(root, Name)) ?? throw new FormatException($"{Name} is missing"));

        static int[]? Ids(JsonElement? found) => found is { } ids
            ? ids.ValueKind == JsonValueKind.Array
                ? [.. ids.EnumerateArray().Select(id => Whole(id, Name))]
                : [Whole(ids, Name)]
            : null;
    }

    /// <summary>
    /// Makes sure that a model which goes on from a checkpoint, or is asked with it, turns positions as the checkpoint
    /// was trained to.
    /// </summary>
    /// <exception cref="InvalidDataException">The folder's config.json says another policy.</exception>
    public static void CheckPolicy(string folder, RopePolicy ropePolicy)
    {
        var path = Path.Combine(folder, "config.json");
        if (File.Exists(path))
        {
            Parse(path, root => Policy(root, ropePolicy));
        }
    }

    private static void RefuseAdapter(string folder)
    {
        const string Adapter = "adapter_config.json";
        if (File.Exists(Path.Combine(folder, Adapter)) && !File.Exists(Path.Combine(folder, "config.json")))
        {
            throw new InvalidDataException($"{folder} holds an adapter ({Adapter}): what is added to a model, "
                + "and no model. "
                + "Name the folder of a model that it is merged into; that of a stage of ours is the one above.");
        }
    }

    private static RopePolicy Policy(JsonElement root, RopePolicy? asked, RopePolicy otherwise = RopePolicy.ByLength)
    {
        var recorded = Optional(root, PolicyEntry) is { } entry
            ? RopePolicies.Parse(Word(entry, PolicyEntry))
            : (RopePolicy?)null;
        return recorded?.Shared(asked, PolicyEntry) ?? asked ?? otherwise;
    }

    // One file, or the shards that the index names.
    internal static string[] Files(string folder)
    {
        var index = Path.Combine(folder, IndexFile);
        if (File.Exists(Path.Combine(folder, WeightsFile)) || !File.Exists(index))
        {
            return [Path.Combine(folder, WeightsFile)];
        }

        return Parse(index, root =>
        {
            var homes = Typed(Required(root, "weight_map"), "weight_map", "an object", value => value.EnumerateObject())
                .Select(entry => (entry.Name, File: Word(entry.Value, $"weight_map's {entry.Name}"))).ToList();
            Refuse(homes.Count == 0, "weight_map is empty");
            Refuse(homes.Any(home => Path.GetFileName(home.File) != home.File || home.File.Length == 0),
                "weight_map names a file outside the folder");
            foreach (var shard in homes.GroupBy(home => home.File, StringComparer.Ordinal))
            {
                var held = SafeTensors.ReadHeader(Path.Combine(folder, shard.Key)).Tensors.Select(entry => entry.Name)
                    .ToHashSet(StringComparer.Ordinal);
                var missing = shard.Select(home => home.Name).Where(name => !held.Contains(name)).ToList();
                Refuse(missing.Count > 0, $"{shard.Key} does not hold {string.Join(", ", missing)}, which weight_map "
                    + "looks for there");
            }

            return homes.Select(home => home.File).Distinct().Order(StringComparer.Ordinal)
                .Select(name => Path.Combine(folder, name)).ToArray();
        });
    }

    private static T Parse<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(OrdinaryFile.Checked(path)));
            return read(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"{path} cannot be used: {exception.Message.TrimEnd('.')}. Is it the "
                + "configuration of a Phi-4-mini checkpoint?", exception);
        }
    }
}
