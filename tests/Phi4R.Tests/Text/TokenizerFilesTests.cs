using System.Text.Json.Nodes;
using Phi4R.Text;

namespace Phi4R.Tests.Text;

public sealed class TokenizerFilesTests
{
    private readonly string _folder = Project.Scratch();

    [Fact]
    public void A_folder_without_tokenizer_files_has_none()
    {
        Assert.Null(TokenizerFiles.Find(_folder));
        Assert.Null(TokenizerFiles.FindTemplate(_folder));
    }

    [Fact]
    public void The_released_tokenizer_is_known()
    {
        Write("tokenizer.json", Whole());
        Write("tokenizer_config.json", Config());
        Assert.IsType<Phi4MiniTokenizer>(TokenizerFiles.Find(_folder));
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        TokenizerExport.Write(_folder, ChatTemplate.Reasoning);
        Assert.IsType<Phi4MiniTokenizer>(TokenizerFiles.Find(_folder));
        Assert.Same(ChatTemplate.Reasoning, TokenizerFiles.FindTemplate(_folder));
        Assert.Equal(["chat_template.jinja", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    // The number of merges that the makers of the references derived; each joins two tokens of lower ids to the token
    // of its place.
    [Fact]
    public void There_is_a_merge_for_each_token_of_more_than_a_byte()
    {
        TokenizerExport.Write(_folder, ChatTemplate.Instruct);
        var model = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "tokenizer.json")))!["model"]!;
        var merges = model["merges"]!.AsArray();
        Assert.Equal(199_742, merges.Count);
        var vocabulary = model["vocab"]!.AsObject();
        var last = -1;
        foreach (var merge in merges)
        {
            var parts = ((string)merge!).Split(' ');
            var id = (int)vocabulary[parts[0] + parts[1]]!;
            Assert.True(id > last && (int)vocabulary[parts[0]]! < 199_998 && (int)vocabulary[parts[1]]! < 199_998);
            last = id;
        }
    }

    [Fact]
    public void Another_vocabulary_is_refused()
    {
        var json = Whole();
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        vocabulary.Remove("Hello");
        vocabulary["Hullo"] = 13225;
        Write("tokenizer.json", json);
        Assert.Contains("token 13225 is \"Hullo\", expected was \"Hello\"", Refused());
        vocabulary.Remove("Hullo");
        Write("tokenizer.json", json);
        Assert.Contains("it has 199997 tokens, expected were 199998", Refused());
    }

    [Fact]
    public void Other_control_tokens_are_refused()
    {
        var json = Whole();
        json["added_tokens"]![3]!["rstrip"] = false;
        Write("tokenizer.json", json);
        Assert.Contains("lack 200020 <|end|> (rstrip True", Refused());
        json["added_tokens"]![3]!["rstrip"] = true;
        json["added_tokens"]!.AsArray()
            .Add(new JsonObject { ["id"] = 200029, ["content"] = "<|extra|>", ["rstrip"] = false, ["special"] = true });
        Write("tokenizer.json", json);
        Assert.Contains("200029 <|extra|>", Refused());
    }

    [Theory]
    [InlineData("{ nonsense")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"model\":{\"vocab\":{\"a\":\"b\"}},\"added_tokens\":[]}")]
    public void A_damaged_file_is_named(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), text);
        Assert.Contains("tokenizer.json is damaged", Refused());
    }

    [Fact]
    public void A_template_is_known_by_its_text_wherever_it_stands()
    {
        Write("tokenizer_config.json", new JsonObject { ["chat_template"] = ChatTemplate.Instruct.Jinja });
        Assert.Same(ChatTemplate.Instruct, TokenizerFiles.FindTemplate(_folder));
        Write("tokenizer_config.json", new JsonObject
        {
            ["chat_template"] = new JsonArray(new JsonObject
            {
                ["name"] = "default",
                ["template"] = ChatTemplate.Reasoning.Jinja,
            }),
        });
        Assert.Same(ChatTemplate.Reasoning, TokenizerFiles.FindTemplate(_folder));
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), ChatTemplate.InstructWithoutEnd.Jinja + "\n");
        Assert.Same(ChatTemplate.InstructWithoutEnd, TokenizerFiles.FindTemplate(_folder));
    }

    [Fact]
    public void An_unknown_template_is_refused_and_not_guessed_at()
    {
        File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"),
            "{% for m in messages %}{{ m.content }}{% endfor %}");
        var message = Assert.Throws<InvalidDataException>(() => TokenizerFiles.FindTemplate(_folder)).Message;
        Assert.Contains("none that is known here (instruct, reasoning", message);
        Assert.Contains("{% for m in messages %}", message);
    }

    private static JsonObject Token(ControlToken token) =>
        new()
        {
            ["id"] = token.Id,
            ["content"] = token.Text,
            ["rstrip"] = token.SwallowsSpace,
            ["special"] = token.IsHidden,
        };

    // Built from the published byte-to-letter rule, once more and independently: the released file is not to be had
    // here.
    private static JsonObject Whole()
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < O200kVocabulary.Size; id++)
        {
            vocabulary[string.Concat(O200kVocabulary.Shared[id].ToArray().Select(Letter))] = id;
        }

        return new JsonObject
        {
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary },
            ["added_tokens"] = new JsonArray([.. Phi4MiniTokenizer.ControlTokens.Select(Token)]),
        };
    }

    private static JsonObject Config() => new()
    {
        ["added_tokens_decoder"] = new JsonObject(
            Phi4MiniTokenizer.ControlTokens.Select(
                token => KeyValuePair.Create($"{token.Id}", (JsonNode?)Token(token)))),
    };

    private static char Letter(byte value) => (char)(value switch
    {
        <= 0x20 => 0x100 + value,
        >= 0x7F and <= 0xA0 => 0x121 + value - 0x7F,
        0xAD => 0x143,
        _ => value,
    });

    private void Write(string name, JsonNode json) =>
        File.WriteAllText(Path.Combine(_folder, name), json.ToJsonString());

    private string Refused() => Assert.Throws<InvalidDataException>(() => TokenizerFiles.Find(_folder)).Message;
}
