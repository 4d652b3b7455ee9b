using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Text;

/// <summary>
/// The tokenizer and the chat template of a checkpoint folder, which must be those that are known here.
/// </summary>
public static class TokenizerFiles
{
    private const string Whole = "tokenizer.json";
    private const string Config = "tokenizer_config.json";
    private const string Vocabulary = "vocab.json";
    private const string Template = "chat_template.jinja";

    /// <summary>The tokenizer of a folder; null where it has no tokenizer files.</summary>
    /// <param name="system">
    /// What the system turn of every conversation says; null for none. <see cref="FindTemplate"/> knows what the
    /// folder's template says.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or is that of another tokenizer; the message says where they differ.
    /// </exception>
    public static ITokenizer? Find(string folder, string? system = null)
    {
        List<string> differences = [];
        var (found, isPocket) = (false, false);
        Look(Whole, root =>
        {
            var vocabulary = root.GetProperty("model").GetProperty("vocab");
            if (isPocket = IsPocket(vocabulary))
            {
                return;
            }

            CheckVocabulary(vocabulary, differences);
            CheckControls(root.GetProperty("added_tokens").EnumerateArray()
                .Select(token => (token.GetProperty("id").GetInt32(), token)), differences);
        });
        if (!found)
        {
            Look(Vocabulary, root => CheckVocabulary(root, differences));
        }

        if (isPocket)
        {
            return new PocketTokenizer();
        }

        if (found)
        {
            Look(Config, root =>
            {
                if (root.TryGetProperty("added_tokens_decoder", out var tokens))
                {
                    CheckControls(tokens.EnumerateObject()
                        .Select(entry => (int.TryParse(entry.Name, out var id) ? id : -1, entry.Value)), differences);
                }
            });
        }

        return found ? new Phi4MiniTokenizer { System = system } : null;

        void Look(string name, Action<JsonElement> check)
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                return;
            }

            found = true;
            Parsed(path, root =>
            {
                check(root);
                return true;
            });
            if (differences.Count > 0)
            {
                throw new InvalidDataException($"{path} is not the tokenizer of Phi-4-mini: "
                    + $"{string.Join("; ", differences.Take(3))}"
                    + $"{(differences.Count > 3 ? $"; and {differences.Count - 3} more" : "")}. "
                    + "Only models of the Phi-4-mini family and of the pocket can be read.");
            }
        }
    }

    /// <summary>
    /// The chat template of a folder, from chat_template.jinja or else tokenizer_config.json; null where it has none.
    /// </summary>
    /// <exception cref="InvalidDataException">It is none that is known, or the file is damaged.</exception>
    public static ChatTemplate? FindTemplate(string folder)
    {
        var (apart, within) = (Path.Combine(folder, Template), Path.Combine(folder, Config));
        if (File.Exists(apart))
        {
            return Known(apart, File.ReadAllText(OrdinaryFile.Checked(apart)));
        }

        var text = File.Exists(within)
            ? Parsed(within, root => root.TryGetProperty("chat_template", out var template) ? Default(template) : null)
            : null;
        return text is null ? null : Known(within, text);
    }

    // One text, or several by name.
    private static string? Default(JsonElement template) => template.ValueKind == JsonValueKind.Array
        ? template.EnumerateArray().Single(named => named.GetProperty("name").GetString() == "default")
            .GetProperty("template").GetString()
        : template.GetString();

    private static ChatTemplate Known(string path, string text) => ChatTemplate.Recognize(text)
        ?? throw new InvalidDataException($"The chat template in {path} is none that is known here "
            + $"({string.Join(", ", ChatTemplate.All.Select(template => template.Name))}), "
            + "and templates are not interpreted. Put the released one of Phi-4-mini-instruct or Phi-4-mini-reasoning "
            + "in its place. "
            + $"It starts: {text[..Math.Min(text.Length, 80)]}");

    private static bool IsPocket(JsonElement vocabulary) => vocabulary.EnumerateObject()
        .Select(entry => (entry.Value.GetInt32(), entry.Name)).Order()
        .SequenceEqual(PocketTokenizerFile.Texts.Index());

    private static void CheckVocabulary(JsonElement vocabulary, List<string> differences)
    {
        var tokens = O200kVocabulary.Shared;
        var seen = 0;
        foreach (var entry in vocabulary.EnumerateObject())
        {
            var id = entry.Value.GetInt32();
            if (id is >= 0 and < O200kVocabulary.Size)
            {
                seen++;
                if (!entry.NameEquals(ByteLevel.Text(tokens[id])))
                {
                    differences.Add($"token {id} is \"{entry.Name}\", expected was \"{ByteLevel.Text(tokens[id])}\"");
                }
            }
            else if (Phi4MiniTokenizer.ControlTokens.FirstOrDefault(token => token.Id == id)?.Text != entry.Name)
            {
                differences.Add($"it has a token {id}, \"{entry.Name}\"");
            }
        }

        if (seen != O200kVocabulary.Size)
        {
            differences.Add($"it has {seen} tokens, expected were {O200kVocabulary.Size}");
        }
    }

    private static void CheckControls(IEnumerable<(int Id, JsonElement Token)> tokens, List<string> differences)
    {
        var found = tokens.Select(token => new ControlToken(
            token.Id, token.Token.GetProperty("content").GetString()!, token.Token.GetProperty("rstrip").GetBoolean(),
            token.Token.GetProperty("special").GetBoolean())).ToList();
        differences.AddRange(found.Except(Phi4MiniTokenizer.ControlTokens)
            .Select(token => $"its added tokens have {Shown(token)}"));
        differences.AddRange(Phi4MiniTokenizer.ControlTokens.Except(found)
            .Select(token => $"its added tokens lack {Shown(token)}"));
    }

    private static string Shown(ControlToken token) =>
        $"{token.Id} {token.Text} (rstrip {token.SwallowsSpace}, special {token.IsHidden})";

    private static T Parsed<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(OrdinaryFile.Checked(path)));
            return read(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is damaged: {exception.Message}", exception);
        }
    }
}
