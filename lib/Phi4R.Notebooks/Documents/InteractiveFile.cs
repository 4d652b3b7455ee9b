using System.Text.Json.Nodes;
using Phi4R.Notebooks.Sessions;

namespace Phi4R.Notebooks.Documents;

/// <summary>Reads .dib files, in which lines such as <c>#!csharp</c> and <c>#!markdown</c> part the cells.</summary>
internal static class InteractiveFile
{
    public const string Extension = ".dib";

    private const string Meta = "#!meta";

    /// <summary>The same as a notebook of nbformat 4.</summary>
    public static JsonObject Read(string path)
    {
        var lines = File.ReadAllLines(path).SkipWhile(string.IsNullOrWhiteSpace).ToArray();
        var begin = lines is [var first, ..] && first.Trim() == Meta
            ? Array.FindIndex(lines, 1, line => line.StartsWith("#!", StringComparison.Ordinal))
            : 0;
        return new JsonObject
        {
            ["cells"] =
                new JsonArray(
                    [.. CellSection.Of(string.Join('\n', begin < 0 ? [] : lines[begin..]))
                        .Where(section => section.Text.Trim().Length > 0).Select(Cell)]),
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject
                {
                    ["display_name"] = ".NET (C#)",
                    ["language"] = "C#",
                    ["name"] = ".net-csharp",
                },
                ["language_info"] = new JsonObject
                {
                    ["file_extension"] = ".cs",
                    ["mimetype"] = "text/x-csharp",
                    ["name"] = "C#",
                    ["pygments_lexer"] = "csharp",
                },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
    }

    private static JsonNode Cell(CellSection section, int index)
    {
        var text = section.Text.Trim('\n');
        if (section.Language is not ("markdown" or "md"))
        {
            return NotebookCell.Code($"cell-{index + 1}", section.IsCSharp
                ? text
                : $"#!{section.Language}\n{text}").Json;
        }

        return new JsonObject
        {
            ["cell_type"] = "markdown",
            ["id"] = $"cell-{index + 1}",
            ["metadata"] = new JsonObject(),
            ["source"] = NotebookCell.Lines(text),
        };
    }
}
