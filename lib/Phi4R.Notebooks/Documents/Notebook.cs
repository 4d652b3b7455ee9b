using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Phi4R.Notebooks.Documents;

/// <summary>
/// A Jupyter notebook, nbformat 4; whatever this class does not understand is written back as it was read.
/// </summary>
public sealed partial class Notebook
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly JsonObject _json;
    private readonly List<NotebookCell> _cells;

    private Notebook(string path, JsonObject json)
    {
        Path = path;
        _json = json;
        _cells = [.. ((JsonArray)json["cells"]!).Select(cell => new NotebookCell((JsonObject)cell!))];
    }

    public string Path { get; }

    public IReadOnlyList<NotebookCell> Cells => _cells;

    public JsonObject Json => _json;

    public JsonObject? Metadata => _json["metadata"] as JsonObject;

    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no notebook of nbformat 4; the message says what it is.</exception>
    public static Notebook Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: there is no such notebook.");
        }

        if (System.IO.Path.GetExtension(path) == InteractiveFile.Extension)
        {
            return new Notebook(path, InteractiveFile.Read(path));
        }

        try
        {
            return Parse(path, File.ReadAllText(path));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON, so not a notebook: line {e.LineNumber + 1}, byte "
                + $"{e.BytePositionInLine + 1}. Restore the file, or export it again.", e);
        }
    }

    /// <exception cref="InvalidDataException">Its kernel is for another language.</exception>
    public Notebook ForCSharp()
    {
        var name = (string?)Metadata?["kernelspec"]?["name"];
        var language = (string?)Metadata?["kernelspec"]?["language"] ?? (string?)Metadata?["language_info"]?["name"];
        return language is null && name is null || IsCSharp(language) || (language is null && name == ".net-csharp")
            ? this
            : throw new InvalidDataException($"{Path} asks for the kernel '{name ?? "?"}' "
                + $"({language ?? "no language"}); this runner runs C# notebooks (kernel '.net-csharp'). Choose that "
                + "kernel and save.");
    }

    public void Insert(int index, NotebookCell cell)
    {
        _cells.Insert(index, cell);
        ((JsonArray)_json["cells"]!).Insert(index, cell.Json);
    }

    public void Remove(NotebookCell cell)
    {
        _cells.Remove(cell);
        ((JsonArray)_json["cells"]!).Remove(cell.Json);
    }

    /// <summary>Gives every cell an id, as nbformat 4.5 asks, and says that it is 4.5.</summary>
    public void MakeCurrent()
    {
        HashSet<string> ids = [];
        for (var i = 0; i < _cells.Count; i++)
        {
            if (_cells[i].Id is not { Length: > 0 } id || !ids.Add(id))
            {
                id = $"cell-{i + 1}";
                while (!ids.Add(id))
                {
                    id += "-again";
                }

                _cells[i].Json["id"] = id;
            }
        }

        _json["nbformat_minor"] = Math.Max(5, (int?)_json["nbformat_minor"] ?? 0);
    }

    public void ClearOutputs()
    {
        foreach (var cell in _cells.Where(cell => cell.IsCode))
        {
            cell.Outputs.Clear();
            cell.ExecutionCount = null;
        }
    }

    /// <summary>
    /// The text as Jupyter itself would save it: keys in order, letters unescaped; so that saving there changes
    /// nothing.
    /// </summary>
    public string ToJson() => EscapedPair().Replace(Ordered(_json).ToJsonString(Layout), pair =>
        $"{(char)Convert.ToInt32(pair.Groups[1].Value, 16)}{(char)Convert.ToInt32(pair.Groups[2].Value, 16)}") + "\n";

    public void Write(string path) => WholeFile.Write(path, ToJson());

    private static Notebook Parse(string path, string text)
    {
        if (JsonNode.Parse(text) is not JsonObject json || json["nbformat"] is not JsonValue format
            || !format.TryGetValue(out int version))
        {
            throw new InvalidDataException($"{path} is JSON, but not a notebook: it has no \"nbformat\" number.");
        }

        if (version != 4)
        {
            throw new InvalidDataException($"{path} is nbformat {version}; expected 4. Open it in Jupyter and save "
                + $"it, or run: jupyter nbconvert --to notebook --inplace {System.IO.Path.GetFileName(path)}");
        }

        if (json["cells"] is not JsonArray cells || !cells.All(cell => cell is JsonObject))
        {
            throw new InvalidDataException($"{path} says nbformat 4, but has no list of cells.");
        }

        return NotebookShape.Fault(json) is { } fault
            ? throw new InvalidDataException($"{path} is not a notebook as nbformat 4 says: {fault}. Restore the "
                + "file, or export it again.")
            : new Notebook(path, json);
    }

    private static JsonNode Ordered(JsonNode node) => node switch
    {
        JsonObject json => new JsonObject(json.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value is null ? null : Ordered(pair.Value)))),
        JsonArray json => new JsonArray([.. json.Select(item => item is null ? null : Ordered(item))]),
        _ => node.DeepClone(),
    };

    /// <summary>A letter beyond the first 65,536, which the serializer always writes as two escapes.</summary>
    [GeneratedRegex(@"(?<=(?:^|[^\\])(?:\\\\)*)\\u(D[89AB][0-9A-F]{2})\\u(D[C-F][0-9A-F]{2})")]
    private static partial Regex EscapedPair();

    private static bool IsCSharp(string? language) =>
        language is not null && language.Replace("#", "sharp", StringComparison.Ordinal)
            .Equals("csharp", StringComparison.OrdinalIgnoreCase);
}
