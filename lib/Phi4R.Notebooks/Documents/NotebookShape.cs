using System.Text.Json.Nodes;

namespace Phi4R.Notebooks.Documents;

/// <summary>
/// Finds the part of a notebook that is of another kind than nbformat 4 says, so that whoever reads the part later need
/// not ask.
/// </summary>
internal static class NotebookShape
{
    private static readonly Kind Text = new("text", IsText);
    private static readonly Kind Lines = new("a list of texts", IsLines);
    private static readonly Kind TextOrLines = new("text", node => IsText(node) || IsLines(node));
    private static readonly Kind Number = new("a whole number",
        node => node is JsonValue value && value.TryGetValue(out int _));
    private static readonly Kind Object = new("an object", IsObject);
    private static readonly Kind Objects = new("a list of objects",
        node => node is JsonArray items && items.All(IsObject));

    private static readonly (string Name, Kind Kind)[] OfNotebook =
    [
        ("nbformat_minor", Number),
        ("metadata", Object),
        ("metadata/kernelspec", Object),
        ("metadata/kernelspec/name", Text),
        ("metadata/kernelspec/language", Text),
        ("metadata/language_info", Object),
        ("metadata/language_info/name", Text),
        ("cells", Objects),
    ];

    private static readonly (string Name, Kind Kind)[] OfCell =
    [
        ("cell_type", Text),
        ("id", Text),
        ("source", TextOrLines),
        ("metadata", Object),
        ("metadata/tags", Lines),
        ("metadata/polyglot_notebook", Object),
        ("metadata/polyglot_notebook/kernelName", Text),
        ("execution_count", Number),
        ("outputs", Objects),
    ];

    private static readonly (string Name, Kind Kind)[] OfOutput =
    [
        ("output_type", Text),
        ("name", Text),
        ("text", TextOrLines),
        ("ename", Text),
        ("evalue", Text),
        ("traceback", Lines),
        ("data", Object),
    ];

    /// <returns>One clause that names the part, such as "cell 2: source is not text"; null when all is well.</returns>
    public static string? Fault(JsonObject notebook) =>
        First(notebook, OfNotebook)
            ?? Items(notebook["cells"])
                .Select((cell, i) => OfOneCell(cell) is { } fault ? $"cell {i + 1}: {fault}" : null)
                .FirstOrDefault(fault => fault is not null);

    private static string? OfOneCell(JsonObject cell) =>
        First(cell, OfCell)
            ?? Items(cell["outputs"]).Select(output => First(output, OfOutput) ?? OfData(output["data"] as JsonObject))
                .FirstOrDefault(fault => fault is not null);

    /// <summary>Texts and pictures are text; of other types each may be anything.</summary>
    private static string? OfData(JsonObject? data) =>
        data?.Where(form => form.Key.StartsWith("text/", StringComparison.Ordinal)
            || form.Key.StartsWith("image/", StringComparison.Ordinal))
        .Where(form => form.Value is not null && !TextOrLines.Has(form.Value))
        .Select(form => $"the output's {form.Key} is not text").FirstOrDefault();

    /// <summary>What is missing or null is never wrong here: readers have an answer to that.</summary>
    private static string? First(JsonObject json, (string Name, Kind Kind)[] parts) => parts
        .Where(
            part =>
                part.Name.Split('/').Aggregate<string, JsonNode?>(json,
                    (node, name) => (node as JsonObject)?[name]) is { } found && !part.Kind.Has(found))
        .Select(part => $"{part.Name} is not {part.Kind.Name}").FirstOrDefault();

    private static IEnumerable<JsonObject> Items(JsonNode? node) => (node as JsonArray ?? []).Cast<JsonObject>();

    private static bool IsObject(JsonNode? node) => node is JsonObject;

    private static bool IsLines(JsonNode? node) => node is JsonArray lines && lines.All(IsText);

    private static bool IsText(JsonNode? node)
    {
        try
        {
            return node is JsonValue value && value.TryGetValue(out string? _);
        }
        catch (InvalidOperationException) // half a character
        {
            return false;
        }
    }

    /// <param name="Name">As it stands after "is not".</param>
    private sealed record Kind(string Name, Predicate<JsonNode?> Has);
}
