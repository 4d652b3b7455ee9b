using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Notebooks.Outputs;

namespace Phi4R.Notebooks.Documents;

/// <summary>
/// Keeps the outputs of a notebook's cells as nbformat stores them: streams merged, updates written over what they
/// update.
/// </summary>
public sealed class StoredOutputs
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NotebookCell, List<Entry>> _cells = [];
    private readonly Dictionary<NotebookCell, int> _counts = [];
    private readonly Dictionary<string, List<Entry>> _displays = [];

    /// <summary>True when something was kept since the last <see cref="Store"/>.</summary>
    public bool IsDirty { get; private set; }

    public void Begin(NotebookCell cell, int count)
    {
        lock (_lock)
        {
            _cells[cell] = [];
            _counts[cell] = count;
            IsDirty = true;
        }
    }

    public void Add(NotebookCell cell, CellOutput output)
    {
        lock (_lock)
        {
            IsDirty = true;
            var entries = _cells[cell];
            switch (output)
            {
                case StreamOutput stream when entries is [.., { Stream: { } open } last] && open == stream.Name:
                    last.Text.Append(stream.Text);
                    break;
                case StreamOutput stream:
                    entries.Add(new Entry { Stream = stream.Name });
                    entries[^1].Text.Append(stream.Text);
                    break;
                case UpdateOutput update:
                    foreach (var shown in _displays.GetValueOrDefault(update.DisplayId, []))
                    {
                        shown.Data = update.Data;
                    }

                    break;
                case DisplayOutput display:
                    entries.Add(new Entry { Data = display.Data });
                    _displays.TryAdd(display.DisplayId, []);
                    _displays[display.DisplayId].Add(entries[^1]);
                    break;
                case ResultOutput result:
                    entries.Add(new Entry { Data = result.Data, Count = _counts[cell] });
                    break;
                case ErrorOutput error:
                    entries.Add(new Entry { Error = error });
                    break;
            }
        }
    }

    /// <summary>Writes what is kept into the cells' JSON.</summary>
    public void Store()
    {
        lock (_lock)
        {
            foreach (var (cell, entries) in _cells)
            {
                cell.ExecutionCount = _counts[cell];
                cell.Json["outputs"] = new JsonArray([.. entries.Select(entry => entry.ToJson())]);
            }

            IsDirty = false;
        }
    }

    public static JsonObject ErrorJson(ErrorOutput error) => new()
    {
        ["ename"] = error.Name,
        ["evalue"] = error.Message,
        ["output_type"] = "error",
        ["traceback"] = new JsonArray([.. error.Trace.Select(line => JsonValue.Create(line))]),
    };

    /// <summary>Data as Jupyter carries it: text as text, JSON as JSON.</summary>
    public static JsonObject DataJson(MimeBundle data, bool asLines)
    {
        JsonObject json = [];
        foreach (var (mimeType, content) in data.Forms.OrderBy(form => form.Key, StringComparer.Ordinal))
        {
            json[mimeType] = mimeType.EndsWith("json", StringComparison.Ordinal)
                && TryParse(content) is { } value ? value
                : asLines && mimeType.StartsWith("text/", StringComparison.Ordinal) ? NotebookCell.Lines(content)
                : content;
        }

        return json;
    }

    private static JsonNode? TryParse(string content)
    {
        try
        {
            return JsonNode.Parse(content);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed class Entry
    {
        public string? Stream { get; init; }

        public StringBuilder Text { get; } = new();

        public MimeBundle? Data { get; set; }

        public int? Count { get; init; }

        public ErrorOutput? Error { get; init; }

        public JsonObject ToJson() => this switch
        {
            { Stream: { } stream } => new()
            {
                ["name"] = stream,
                ["output_type"] = "stream",
                ["text"] = NotebookCell.Lines(Text.ToString()),
            },
            { Error: { } error } => ErrorJson(error),
            { Count: { } count } => new()
            {
                ["data"] = DataJson(Data!, asLines: true),
                ["execution_count"] = count,
                ["metadata"] = new JsonObject(),
                ["output_type"] = "execute_result",
            },
            _ => new()
            {
                ["data"] = DataJson(Data!, asLines: true),
                ["metadata"] = new JsonObject(),
                ["output_type"] = "display_data",
            },
        };
    }
}
