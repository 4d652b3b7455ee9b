using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Data.Import;

/// <summary>
/// What a record of a public set holds, read with patience: a field of another kind is one that is missing.
/// </summary>
internal static class RecordFields
{
    /// <summary>The first of the fields that holds a text; a list is its texts with commas between.</summary>
    public static string? Text(this JsonObject record, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            switch (record[name])
            {
                case JsonArray { Count: > 0 } several:
                    return string.Join(", ", several.Select(item => item?.ToString()));
                case JsonValue value when value.ToString() is { Length: > 0 } text:
                    return text;
            }
        }

        return null;
    }

    /// <summary>The items of a list; none where there is none. In a table a list is written as JSON.</summary>
    public static IReadOnlyList<JsonNode?> Items(this JsonObject record, string name) => [.. List(record[name]) ?? []];

    /// <summary>The items of a list of texts; null in the place of an item that is none.</summary>
    public static IReadOnlyList<string?> Texts(this JsonObject record, string name) =>
        [.. record.Items(name).Select(AsText)];

    /// <summary>Of fields that were to hold lists, those that hold something else, in words.</summary>
    public static IReadOnlyList<string> NoLists(this JsonObject record, params IEnumerable<string> names) =>
        [.. names.Where(name => record[name] is { } node && List(node) is null
            && !string.IsNullOrWhiteSpace(AsText(node) ?? "something")).Select(name => $"{name} is no list")];

    /// <summary>The item of a list that belongs to the answer of the same place; null where there is none.</summary>
    public static JsonNode? ItemAt(this JsonObject record, string name, int place) =>
        record.Items(name) is var items && place < items.Count ? items[place] : null;

    /// <summary>Whether a field says yes or no; null where it says neither.</summary>
    public static bool? Flag(this JsonNode? node) => node?.ToString().ToLowerInvariant() switch
    {
        "true" or "yes" or "1" => true,
        "false" or "no" or "0" => false,
        _ => null,
    };

    /// <summary>A number, also where it is written as a text; null where there is none.</summary>
    public static double? Number(this JsonObject record, string name) =>
        record[name] is JsonValue value && double.TryParse(value.ToString(), NumberStyles.Float,
            CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    /// <summary>Of a conversation, what the user says first or the model last.</summary>
    public static string? Turn(this JsonObject record, bool ofUser)
    {
        string[] names = ofUser ? ["user", "human"] : ["assistant", "gpt"];
        var turns = record.Items("messages").Concat(record.Items("conversations")).OfType<JsonObject>()
            .Where(turn => names.Contains(turn.Text("role", "from")?.ToLowerInvariant()))
            .Select(turn => turn.Text("content", "value"));
        return ofUser ? turns.FirstOrDefault() : turns.LastOrDefault();
    }

    private static string? AsText(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static JsonArray? List(JsonNode? node)
    {
        try
        {
            return node as JsonArray
                ?? (AsText(node) is { } text && text.StartsWith('[') ? JsonNode.Parse(text) as JsonArray : null);
        }
        catch (JsonException)
        {
            return null; // a text that begins with a bracket
        }
    }
}
