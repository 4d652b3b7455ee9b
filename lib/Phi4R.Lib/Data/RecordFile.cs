using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.VisualBasic.FileIO;

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
            ".parquet" => ParquetRecords.Read(path),
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
}
