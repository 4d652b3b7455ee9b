using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>
/// Records of a table on disk: JSON lines or a JSON array, parquet, or CSV, told apart by the file's ending, and the
/// first two by their first sign.
/// </summary>
internal static class RecordFile
{
    public static readonly IReadOnlyList<string> Endings = [".jsonl", ".json", ".parquet", ".csv"];

    /// <summary>Reads the records in order, each with its number from 1.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not what its ending says; the message names the file, the record and what is wrong.
    /// </exception>
    public static IEnumerable<(int Number, JsonObject Record)> Read(string path)
    {
        var records = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" => Lines(path),
            ".json" => IsOfLines(path) ? Lines(path) : Whole(path),
            ".parquet" => ParquetRecords.Read(path),
            ".csv" => Table(path),
            var ending =>
                throw new InvalidDataException($"{path} ends in '{ending}'; problems are read from "
                    + $"{string.Join(", ", Endings)}."),
        };
        return records.Select((record, i) => (i + 1, record));
    }

    private static IEnumerable<JsonObject> Lines(string path)
    {
        var number = 0;
        foreach (var line in TextLines.Read(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse(line, $"{path}, line {number}") as JsonObject
                    ?? throw new InvalidDataException($"{path}, line {number} is no JSON object; it starts: "
                        + $"{line[..Math.Min(line.Length, 80)]}");
            }
        }
    }

    private static bool IsOfLines(string path)
    {
        using var reader = new StreamReader(OrdinaryFile.Checked(path));
        while (char.IsWhiteSpace((char)reader.Peek()))
        {
            reader.Read();
        }

        return reader.Peek() == '{';
    }

    private static IEnumerable<JsonObject> Whole(string path) => (Parse(File.ReadAllText(path), path) as JsonArray
            ?? throw new InvalidDataException($"{path} is neither an array of JSON objects nor one object a line."))
        .Select((item, i) => item as JsonObject ?? throw new InvalidDataException($"{path}, record {i + 1} is no "
            + "JSON object."));

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
        string[]? names = null;
        var number = 0;
        foreach (var (line, fields) in CsvFile.Read(path))
        {
            if (names is null)
            {
                names = fields.Distinct(StringComparer.Ordinal).Count() == fields.Length ? fields
                    : throw new InvalidDataException($"{path}: the first line names a column twice: "
                        + $"{Listing.Few(fields)}.");
                continue;
            }

            number++;
            yield return fields.Length == names.Length
                ? new JsonObject(
                    names.Zip(fields, (name, field) => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(field))))
                : throw new InvalidDataException($"{path}, record {number} has {fields.Length} fields (line {line}); "
                    + $"the first line names {names.Length} columns.");
        }

        _ = names ?? throw new InvalidDataException($"{path} is empty; its first line names the columns.");
    }
}
