using System.Text.Json.Nodes;

namespace Phi4R.Tests.Notebooks;

/// <summary>Small notebooks, written by a test into a folder of its own.</summary>
internal sealed class WrittenNotebooks : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("phi4r-test-");

    public string Folder => _folder.FullName;

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// Writes a notebook of code cells; the first is tagged parameters where it says so, and a cell that begins with
    /// "md:" is Markdown.
    /// </summary>
    public string Write(string name, string[] cells, bool hasParameters = false)
    {
        JsonArray json = [.. cells.Select((cell, i) => cell.StartsWith("md:", StringComparison.Ordinal)
            ? new JsonObject
            {
                ["cell_type"] = "markdown",
                ["id"] = $"cell-{i}",
                ["metadata"] = new JsonObject(),
                ["source"] = cell[3..],
            }
            : new JsonObject
            {
                ["cell_type"] = "code",
                ["execution_count"] = null,
                ["id"] = $"cell-{i}",
                ["metadata"] = hasParameters && i == 0
                    ? new JsonObject { ["tags"] = new JsonArray("parameters") }
                    : new JsonObject(),
                ["outputs"] = new JsonArray(),
                ["source"] = cell,
            })];
        File.WriteAllText(At(name), new JsonObject
        {
            ["cells"] = json,
            ["metadata"] = JsonNode.Parse("""
                {"kernelspec": {"display_name": ".NET (C#)", "language": "C#", "name": ".net-csharp"},
                 "language_info": {"file_extension": ".cs", "mimetype": "text/x-csharp", "name": "C#", "pygments_lexer": "csharp"},
                 "polyglot_notebook": {"kernelInfo": {"defaultKernelName": "csharp", "items": [{"aliases": [], "languageName": "csharp", "name": "csharp"}]}}}
                """),
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString());
        return At(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
