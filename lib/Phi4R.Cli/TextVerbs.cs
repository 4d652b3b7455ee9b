using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Text;

namespace Phi4R.Cli;

/// <summary>
/// Asking the tokenizer and the chat templates of Phi-4-mini; each verb is one call into the library.
/// </summary>
internal static class TextVerbs
{
    public static IEnumerable<Command> All() => [Encode(), Decode(), Render()];

    private static Command Encode() =>
        JsonLinesVerb.Create("encode", "Token ids of each line {text, special}; with special, control tokens are read "
            + "as the released tokenizer does.", row =>
    {
        var text = row.WithOnly("text", "special").RequiredText("text");
        return new JsonObject { ["ids"] = Ids(new Phi4MiniTokenizer().Encode(text, row.Flag("special"))) };
    });

    private static Command Decode() => JsonLinesVerb.Create("decode", "The text of each line {ids}.", row =>
        new JsonObject { ["text"] = new Phi4MiniTokenizer().Decode(row.WithOnly("ids").RequiredIds("ids")) });

    private static Command Render() =>
        JsonLinesVerb.Create("render", "Text and token ids of each line {template, messages, add_generation_prompt}, "
            + "as the released model reads them.", row =>
    {
        row.WithOnly("template", "messages", "add_generation_prompt");
        var template = ChatTemplate.Named(row.RequiredText("template"));
        var text = template.Render(row.Messages("messages"), row.Flag("add_generation_prompt"));
        return new JsonObject { ["text"] = text, ["ids"] = Ids(new Phi4MiniTokenizer().Encode(text, special: true)) };
    });

    /// <summary>A conversation: a list of {role, content, tools}.</summary>
    /// <exception cref="InvalidDataException">The field is missing or is no conversation.</exception>
    internal static IReadOnlyList<ChatMessage> Messages(this JsonObject row, string name) =>
        [.. row.RequiredObjects(name)
            .Select(
                message =>
                    new ChatMessage(message.RequiredText("role"), message.RequiredText("content"),
                        message.OptionalText("tools")))];

    private static JsonNode Ids(int[] ids) => JsonSerializer.SerializeToNode(ids)!;
}
