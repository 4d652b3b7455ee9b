using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.VisualBasic.FileIO;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Phi4R.Data;

/// <summary>Records of a table on disk: JSON lines or a JSON array, parquet, or CSV, told apart by the file's ending.</summary>
internal static class RecordFile
{
    public static readonly IReadOnlyList<string> Endings = [".jsonl", ".json", ".parquet", ".csv"];

    /// <summary>Reads the records in order, each with its number from 1.</summary>
    /// <exception cref="InvalidDataException">The file is not what its ending says; the message names the file, the record and what is wrong.</exception>
    public static IEnumerable<(int Number, JsonObject Record)> Read(string path)
    {
        var records = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" => Lines(path),
            ".json" => Whole(path),
            ".parquet" => Columns(path),
            ".csv" => Table(path),
            var ending => throw new InvalidDataException($"{path} ends in '{ending}'; problems are read from {string.Join(", ", Endings)}."),
        };
        return records.Select((record, i) => (i + 1, record));
    }

    private static IEnumerable<JsonObject> Lines(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, $"{path}, line {number}") as JsonObject ?? throw new InvalidDataException($"{path}, line {number} is no JSON object; it starts: {line[..Math.Min(line.Length, 80)]}");
            }
        }
    }

    private static IEnumerable<JsonObject> Whole(string path) => (Parse(File.ReadAllText(path), path) as JsonArray ?? throw new InvalidDataException($"{path} is no array of JSON objects; one object a line is named .jsonl."))
        .Select((item, i) => item as JsonObject ?? throw new InvalidDataException($"{path}, record {i + 1} is no JSON object."));

    private static JsonNode? Parse(string text, string where)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{where} is no JSON: {error.Message}", error);
        }
    }

    private static IEnumerable<JsonObject> Table(string path)
    {
        using var parser = new TextFieldParser(path) { TextFieldType = FieldType.Delimited, HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        parser.SetDelimiters(",");
        var names = Fields(parser, path) ?? throw new InvalidDataException($"{path} is empty; its first line names the columns.");
        for (var number = 1; Fields(parser, path) is { } fields; number++)
        {
            yield return fields.Length == names.Length
                ? new JsonObject(names.Zip(fields, (name, field) => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(field))))
                : throw new InvalidDataException($"{path}, record {number} has {fields.Length} fields; the first line names {names.Length} columns.");
        }
    }

    private static string[]? Fields(TextFieldParser parser, string path)
    {
        try
        {
            return parser.ReadFields();
        }
        catch (MalformedLineException error)
        {
            throw new InvalidDataException($"{path}, line {error.LineNumber} is no CSV: {error.Message}", error);
        }
    }

    private static List<JsonObject> Columns(string path)
    {
        try
        {
            return Task.Run(() => ColumnsAsync(path)).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ParquetException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"{path} cannot be read as parquet: {error.Message}", error);
        }
    }

    private static async Task<List<JsonObject>> ColumnsAsync(string path)
    {
        List<JsonObject> records = [];
        await using var reader = await ParquetReader.CreateAsync(path).ConfigureAwait(false);
        // What is nested deeper than a list is passed over.
        var fields = reader.Schema.GetDataFields().GroupBy(field => field.Path.FirstPart!, StringComparer.Ordinal).Where(group => group.Count() == 1).Select(group => group.Single()).ToList();
        foreach (var group in reader.RowGroups)
        {
            var start = records.Count;
            records.AddRange(Enumerable.Range(0, checked((int)group.RowCount)).Select(_ => new JsonObject()));
            foreach (var field in fields)
            {
                using var column = await group.ReadRawColumnDataBaseAsync(field).ConfigureAwait(false);
                if (Values(column) is { } values)
                {
                    Fill(records, start, field, values, column);
                }
            }
        }

        return records;
    }

    private static JsonNode?[]? Values(RawColumnData column) => column switch
    {
        RawColumnData<ReadOnlyMemory<char>> texts => Nodes(texts, text => JsonValue.Create(text.ToString())),
        RawColumnData<int> numbers => Nodes(numbers, number => JsonValue.Create(number)),
        RawColumnData<long> numbers => Nodes(numbers, number => JsonValue.Create(number)),
        RawColumnData<double> numbers => Nodes(numbers, number => JsonValue.Create(number)),
        RawColumnData<float> numbers => Nodes(numbers, number => JsonValue.Create(number)),
        RawColumnData<bool> flags => Nodes(flags, flag => JsonValue.Create(flag)),
        _ => null,
    };

    private static JsonNode?[] Nodes<T>(RawColumnData<T> column, Func<T, JsonNode?> node)
        where T : struct
    {
        List<JsonNode?> nodes = [];
        foreach (var value in column.Values)
        {
            nodes.Add(node(value));
        }

        return [.. nodes];
    }

    // Levels say where a value is missing and where a list goes on.
    private static void Fill(List<JsonObject> records, int start, DataField field, JsonNode?[] values, RawColumnData column)
    {
        var name = field.Path.FirstPart!;
        var (row, next) = (start - 1, 0);
        var definitions = field.MaxDefinitionLevel > 0 ? column.DefinitionLevels.ToArray() : null;
        var repetitions = field.MaxRepetitionLevel > 0 ? column.RepetitionLevels.ToArray() : null;
        for (var i = 0; i < (definitions?.Length ?? values.Length); i++)
        {
            row += repetitions is null || repetitions[i] == 0 ? 1 : 0;
            var value = definitions is null || definitions[i] == field.MaxDefinitionLevel ? values[next++] : null;
            if (repetitions is null)
            {
                records[row][name] = value;
            }
            else if (records[row][name] is JsonArray list)
            {
                list.Add(value);
            }
            else
            {
                records[row][name] = value is null ? new JsonArray() : new JsonArray(value);
            }
        }
    }
}
