using System.Text.RegularExpressions;
using Phi4R.Model;
using Phi4R.Text;

namespace Phi4R.Checkpoints;

/// <summary>What a GGUF file says of a model besides its weights.</summary>
internal static partial class GgufEntries
{
    private const string Architecture = "phi3";

    /// <summary>Sizes and names, by the keys that llama.cpp reads.</summary>
    public static IEnumerable<(string, object)> Sizes(ModelConfig config, string name, GgufType type)
    {
        yield return ("general.architecture", Architecture);
        yield return ("general.type", "model");
        // Of a name with phi3 or phi-3 in it llama.cpp expects Phi-3's own control tokens, and does not load without.
        yield return ("general.name", Phi3().Replace(name, "phi 3"));
        yield return ("general.file_type", type switch { GgufType.F32 => 0u, GgufType.F16 => 1u, _ => 7u });
        yield return ("general.quantization_version", 2u);
        foreach (var (key, value) in new (string, int)[]
        {
            ("context_length", config.MaxPositions),
            ("embedding_length", config.Width),
            ("block_count", config.Layers),
            ("feed_forward_length", config.FeedForwardWidth),
            ("attention.head_count", config.QueryHeads),
            ("attention.head_count_kv", config.KeyValueHeads),
            ("attention.sliding_window", 0), // None: every token sees all before it.
            ("rope.dimension_count", config.RotaryWidth),
            ("rope.scaling.original_context_length", config.OriginalMaxPositions),
            ("vocab_size", config.VocabularySize),
        })
        {
            yield return ($"{Architecture}.{key}", (uint)value);
        }

        yield return ($"{Architecture}.attention.layer_norm_rms_epsilon", (float)config.NormEpsilon);
        yield return ($"{Architecture}.rope.freq_base", (float)config.RopeTheta);
        if (config.LongFactors is not null)
        {
            yield return ($"{Architecture}.rope.scaling.attn_factor", (float)config.AttentionFactor);
            yield return (PretrainedModel.PolicyEntry.Replace('_', '.'), config.RopePolicy.Spelled());
        }
    }

    /// <summary>
    /// The vocabulary, the chat template and what ends an answer: the end of a turn and of the text, for each of which
    /// llama.cpp has an entry, and one more.
    /// </summary>
    public static IEnumerable<(string, object)> Language(
        ModelConfig config, GgufVocabulary vocabulary, IReadOnlyList<int> stopIds, ChatTemplate? template)
    {
        if (vocabulary.Texts.Count != config.VocabularySize)
        {
            throw new InvalidDataException($"The tokenizer has {vocabulary.Texts.Count} tokens and the model "
                + $"{config.VocabularySize} rows; they do not belong together.");
        }

        yield return ("tokenizer.ggml.model", "gpt2");
        yield return ("tokenizer.ggml.pre", vocabulary.Split);
        yield return ("tokenizer.ggml.tokens", vocabulary.Texts);
        yield return ("tokenizer.ggml.token_type", vocabulary.Kinds);
        yield return ("tokenizer.ggml.merges", vocabulary.Merges);
        foreach (var key in new[] { "bos", "eos", "padding" })
        {
            yield return ($"tokenizer.ggml.{key}_token_id", (uint)stopIds[^1]);
        }

        foreach (var (key, id) in new[] { "eot", "eom" }.Zip(stopIds.SkipLast(1)))
        {
            yield return ($"tokenizer.ggml.{key}_token_id", (uint)id);
        }

        yield return ("tokenizer.ggml.add_bos_token", false);
        yield return ("tokenizer.ggml.add_eos_token", false);
        if (template is not null)
        {
            yield return ("tokenizer.chat_template", template.Jinja);
        }
    }

    [GeneratedRegex("phi-?3", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Phi3();
}
