using System.Text.Json.Nodes;

namespace Phi4R.Notebooks.Documents;

/// <summary>One cell of a notebook; a view of its JSON, so that what is not understood is kept.</summary>
public sealed class NotebookCell(JsonObject json)
{
    public JsonObject Json { get; } = json;

    public bool IsCode => (string?)Json["cell_type"] == "code";

    public bool IsMarkdown => (string?)Json["cell_type"] == "markdown";

    public string? Id => (string?)Json["id"];

    public string Source => Text(Json["source"]);

    /// <summary>
    /// The source as a session runs it: where the cell's metadata name another language than C#, a first line says so.
    /// </summary>
    public string Runnable => Language is { } language && !Source.StartsWith("#!", StringComparison.Ordinal)
        ? $"#!{language}\n{Source}"
        : Source;

    public IReadOnlyList<string> Tags =>
        Json["metadata"]?["tags"] is JsonArray tags ? [.. tags.Select(tag => (string?)tag ?? "")] : [];

    /// <summary>Whether a run goes on when this cell throws, as Jupyter's own runners do for this tag.</summary>
    public bool MayRaise => Tags.Contains("raises-exception");

    public JsonArray Outputs
    {
        get
        {
            if (Json["outputs"] is not JsonArray outputs)
            {
                Json["outputs"] = outputs = [];
            }

            return outputs;
        }
    }

    public int? ExecutionCount
    {
        get => (int?)Json["execution_count"];
        set => Json["execution_count"] = value;
    }

    public static NotebookCell Code(string id, string source, params IEnumerable<string> tags) => new(new JsonObject
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["id"] = id,
        ["metadata"] = new JsonObject { ["tags"] = new JsonArray([.. tags.Select(tag => JsonValue.Create(tag))]) },
        ["outputs"] = new JsonArray(),
        ["source"] = Lines(source),
    });

    private string? Language
    {
        get
        {
            var named = Named("polyglot_notebook", "kernelName") ?? Named("dotnet_interactive", "language")
                ?? Named("vscode", "languageId")?.Replace("dotnet-interactive.", "", StringComparison.Ordinal);
            return named is "csharp" or "polyglot-notebook" or "" ? null : named; // the second says which editor it was
        }
    }

    private string? Named(string program, string key) =>
        Json["metadata"]?[program] is JsonObject facts && facts[key] is JsonValue value
            && value.TryGetValue(out string? name) ? name : null;

    /// <summary>Text as the format stores it: one string, or its lines.</summary>
    public static string Text(JsonNode? node) => node switch
    {
        JsonArray lines => string.Concat(lines.Select(line => (string?)line)),
        JsonValue value => (string?)value ?? "",
        _ => "",
    };

    /// <summary>Text as lines that keep their ends, which makes differences readable.</summary>
    public static JsonArray Lines(string text)
    {
        JsonArray lines = [];
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end + 1;
            lines.Add((JsonNode)text[start..end]);
            start = end;
        }

        return lines;
    }
}
