using System.Text.Encodings.Web;
using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Text;

/// <summary>
/// Writes a tokenizer and a chat template as the files that other programs read beside a checkpoint.
/// </summary>
/// <remarks>
/// Layout of the Hugging Face tokenizers: tokenizer.json, tokenizer_config.json, special_tokens_map.json and
/// chat_template.jinja. The pocket's is a word level. Phi-4-mini's is a byte-pair merging; the merges that this layout
/// wants are worked out from the ids: a token is what its bytes become when only tokens of lower ids are joined, two
/// parts.
/// </remarks>
public static class TokenizerExport
{
    private const string Word = "[^\\r\\n\\p{L}\\p{N}]?";
    private const string FirstHalf = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";
    private const string LastHalf = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Suffix = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";
    private const string Pattern = Word + FirstHalf + "*" + LastHalf + "+" + Suffix + "|" + Word + FirstHalf + "+"
        + LastHalf + "*" + Suffix
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string End = "<|endoftext|>";
    private const int LongestText = 131_072;

    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the files of Phi-4-mini's tokenizer, each as a whole or not at all.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string folder, ChatTemplate template) =>
        Write(folder, new Phi4MiniTokenizer(), template);

    /// <summary>Writes the files of a tokenizer, each as a whole or not at all.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="ArgumentException">It is neither Phi-4-mini's tokenizer nor the pocket's.</exception>
    public static void Write(string folder, ITokenizer tokenizer, ChatTemplate template)
    {
        var (whole, config, unknown) = tokenizer switch
        {
            Phi4MiniTokenizer => (Whole(Phi4MiniTokenizer.ControlTokens, Merged()),
                Config(Phi4MiniTokenizer.ControlTokens, "GPT2Tokenizer", End), End),
            PocketTokenizer => (Whole(PocketTokenizerFile.Controls, PocketTokenizerFile.Parts()),
                Config(PocketTokenizerFile.Controls, "PreTrainedTokenizerFast", PocketTokenizerFile.Unknown),
                PocketTokenizerFile.Unknown),
            _ => throw new ArgumentException($"A {tokenizer.GetType().Name} has no layout as files; expected was the "
                + "tokenizer of Phi-4-mini or the pocket's."),
        };
        AtomicFile.Write(Path.Combine(folder, "tokenizer.json"),
            stream => JsonSerializer.Serialize(stream, whole, Written));
        AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(config, Written));
        AtomicFile.WriteText(
            Path.Combine(folder, "special_tokens_map.json"),
            JsonSerializer.Serialize(new
            {
                bos_token = End,
                eos_token = End,
                pad_token = End,
                unk_token = unknown,
            }, Written));
        AtomicFile.WriteText(Path.Combine(folder, "chat_template.jinja"), template.Jinja);
    }

    private static Dictionary<string, object?> Whole(
        IEnumerable<ControlToken> controls, Dictionary<string, object?> parts)
    {
        Dictionary<string, object?> whole = new()
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = controls.Select(token => Token(token, token.Id)).ToList(),
            ["normalizer"] = null,
        };
        foreach (var (name, part) in parts)
        {
            whole[name] = part;
        }

        return whole;
    }

    private static Dictionary<string, object?> Merged()
    {
        var vocabulary = O200kVocabulary.Shared;
        return new Dictionary<string, object?>
        {
            ["pre_tokenizer"] = new
            {
                type = "Sequence",
                pretokenizers = new object[]
                {
                    new { type = "Split", pattern = new { Regex = Pattern }, behavior = "Isolated", invert = false },
                    new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false },
                },
            },
            ["post_processor"] = null,
            ["decoder"] = new { type = "ByteLevel", add_prefix_space = true, trim_offsets = true, use_regex = true },
            ["model"] = new Dictionary<string, object?>
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = Enumerable.Range(0, O200kVocabulary.Size)
                    .ToDictionary(id => ByteLevel.Text(vocabulary[id]), id => id),
                ["merges"] = Merges(vocabulary).ToList(),
            },
        };
    }

    private static Dictionary<string, object?> Config(
        IEnumerable<ControlToken> controls, string tokenizerClass, string unknown) => new()
        {
            ["add_bos_token"] = false,
            ["add_eos_token"] = false,
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = controls.ToDictionary(token => $"{token.Id}", token => Token(token, null)),
            ["bos_token"] = End,
            ["clean_up_tokenization_spaces"] = false,
            ["eos_token"] = End,
            ["model_max_length"] = LongestText,
            ["pad_token"] = End,
            ["tokenizer_class"] = tokenizerClass,
            ["unk_token"] = unknown,
        };

    private static Dictionary<string, object> Token(ControlToken token, int? id)
    {
        var fields = new Dictionary<string, object>
        {
            ["content"] = token.Text,
            ["lstrip"] = false,
            ["normalized"] = false,
            ["rstrip"] = token.SwallowsSpace,
            ["single_word"] = false,
            ["special"] = token.IsHidden,
        };
        if (id is { } number)
        {
            fields["id"] = number;
        }

        return fields;
    }

    internal static IEnumerable<string> Merges(O200kVocabulary vocabulary)
    {
        for (var id = 0; id < O200kVocabulary.Size; id++)
        {
            var bytes = vocabulary[id].ToArray();
            if (bytes.Length > 1)
            {
                var cut = Cut(bytes, id, vocabulary);
                yield return $"{ByteLevel.Text(bytes.AsSpan(0, cut))} {ByteLevel.Text(bytes.AsSpan(cut))}";
            }
        }
    }

    // Where a token's two parts meet.
    private static int Cut(byte[] bytes, int id, O200kVocabulary vocabulary)
    {
        List<int> starts = [.. Enumerable.Range(0, bytes.Length + 1)];
        while (starts.Count > 3)
        {
            var (best, place) = (id, 0);
            for (var i = 0; i + 2 < starts.Count; i++)
            {
                var token = vocabulary.Find(bytes.AsSpan(starts[i]..starts[i + 2]));
                (best, place) = token < best ? (token, i + 1) : (best, place);
            }

            if (place == 0)
            {
                throw new InvalidDataException($"Token {id} cannot be made of two tokens of lower ids; the "
                    + "vocabulary is damaged.");
            }

            starts.RemoveAt(place);
        }

        return starts[1];
    }
}
