using System.Text.Json.Nodes;
using Phi4R.Notebooks.Documents;

namespace Phi4R.Notebooks.Checking;

/// <summary>
/// Finds what would keep a notebook from opening with the right kernel, or from running in .NET Interactive as well as
/// here.
/// </summary>
public static class NotebookCheck
{
    /// <summary>The largest notebook that a code-hosting page still shows at once.</summary>
    private const int MostBytes = 1_000_000;

    private static readonly (string Path, string Expected)[] Metadata =
    [
        ("kernelspec/name", ".net-csharp"),
        ("kernelspec/language", "C#"),
        ("kernelspec/display_name", ".NET (C#)"),
        ("language_info/name", "C#"),
        ("language_info/file_extension", ".cs"),
        ("polyglot_notebook/kernelInfo/defaultKernelName", "csharp"),
    ];

    /// <summary>Checks one notebook.</summary>
    /// <returns>One line for each thing to mend; empty when all is well.</returns>
    public static IReadOnlyList<string> Problems(string path)
    {
        Notebook notebook;
        try
        {
            notebook = Notebook.Read(path);
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException)
        {
            return [e.Message];
        }

        var file = Path.GetFileName(path);
        return [.. OfFile(notebook, path).Concat(OfCells(notebook)).Select(problem => $"{file}: {problem}")];
    }

    private static IEnumerable<string> OfFile(Notebook notebook, string path)
    {
        foreach (var (name, expected) in Metadata)
        {
            var found = name.Split('/').Aggregate<string, JsonNode?>(notebook.Metadata,
                (node, part) => (node as JsonObject)?[part]);
            if (found is not JsonValue value || !value.TryGetValue(out string? text) || text != expected)
            {
                yield return $"metadata {name} is {found?.ToJsonString() ?? "missing"}; expected \"{expected}\".";
            }
        }

        if ((int?)notebook.Json["nbformat_minor"] is not >= 5)
        {
            yield return $"nbformat is 4.{(int?)notebook.Json["nbformat_minor"] ?? 0}; expected 4.5, which "
                + "gives cells ids.";
        }

        if (new FileInfo(path).Length > MostBytes)
        {
            yield return $"it has {new FileInfo(path).Length:N0} bytes; expected at most {MostBytes:N0}. Save "
                + "smaller outputs.";
        }

        if (notebook.Cells.Count(cell => cell.Tags.Contains("parameters")) is > 1 and var tagged)
        {
            yield return $"{tagged} cells are tagged parameters; expected one.";
        }
    }

    private static IEnumerable<string> OfCells(Notebook notebook)
    {
        HashSet<string> ids = [];
        DialectRules rules = new();
        var count = 0;
        foreach (var cell in notebook.Cells)
        {
            if (cell.Id is not { Length: > 0 } id || !ids.Add(id))
            {
                yield return $"the cell that begins \"{Beginning(cell)}\" has "
                    + $"{(cell.Id is null ? "no id" : $"the id {cell.Id} of another cell")}.";
            }

            if (!cell.IsCode)
            {
                continue;
            }

            count += string.IsNullOrWhiteSpace(cell.Source) ? 0 : 1;
            if ((string?)cell.Json["metadata"]?["polyglot_notebook"]?["kernelName"] is { } kernel && kernel != "csharp")
            {
                yield return $"cell {count} is for the kernel {kernel}; expected csharp.";
            }

            foreach (var problem in rules.Problems(cell.Source, count).Concat(OfOutputs(cell, count)))
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> OfOutputs(NotebookCell cell, int count)
    {
        foreach (var output in cell.Outputs.OfType<JsonObject>())
        {
            var data = output["data"] as JsonObject ?? [];
            var html = NotebookCell.Text(data["text/html"]);
            if (html.Contains("<script", StringComparison.OrdinalIgnoreCase) && !data.ContainsKey("image/png")
                && !html.Contains("<img", StringComparison.OrdinalIgnoreCase))
            {
                yield return $"cell {count} saved an output that needs a script, which no reader of an untrusted "
                    + "notebook sees; save a picture.";
            }

            if (html.Contains("<svg", StringComparison.OrdinalIgnoreCase) || data.ContainsKey("image/svg+xml"))
            {
                yield return $"cell {count} saved inline SVG, which is stripped from an untrusted notebook; save "
                    + "<img src=\"data:image/svg+xml;base64,...\">.";
            }

            if ((string?)output["output_type"] == "error")
            {
                yield return $"cell {count} saved an error: {(string?)output["ename"]}: {(string?)output["evalue"]}";
            }
        }
    }

    private static string Beginning(NotebookCell cell) =>
        cell.Source.Split('\n')[0] is var line && line.Length > 40 ? line[..40] : line;
}
