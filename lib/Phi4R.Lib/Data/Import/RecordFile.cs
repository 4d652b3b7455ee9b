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
    private const string NoUnicode = "text that is no Unicode";

    public static readonly IReadOnlyList<string> Endings = [".jsonl", ".json", ".parquet", ".csv"];

    // A field that is given twice has two meanings, so the record has none.
    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>Reads the records in order, each with its number from 1.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is not what its ending says; the message names the file, the record and what is wrong.
    /// </exception>
    public static IEnumerable<(int Number, JsonObject Record)> Read(string path)
    {
        var records = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".jsonl" or ".json" or ".parquet" when IsEmpty(path) => throw Empty(path),
            ".jsonl" => Lines(path),
            ".json" => IsOfLines(path) ? Lines(path) : Whole(path),
            ".parquet" => ParquetRecords.Read(path),
            ".csv" => Table(path),
            var ending =>
                throw new InvalidDataException($"{path} ends in '{ending}'; problems are read from "
                    + $"{string.Join(", ", Endings)}."),
        };
        return records.Select((record, i) => Sound(() => record, "a field that is given twice").Fault is { } fault
            ? throw new InvalidDataException($"{path}, record {i + 1} holds {fault}.")
            : (i + 1, record));
    }

    /// <summary>
    /// Reads the records in order for one who leaves out what is none: a line or a row that is no record comes with
    /// what is wrong with it, and those behind it follow.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The file itself cannot be read, such as a parquet file that was cut; the message names it.
    /// </exception>
    public static IEnumerable<(int Number, JsonObject? Record, string? Fault)> ReadAll(string path)
    {
        var ending = Path.GetExtension(path).ToLowerInvariant();
        IEnumerable<(JsonObject? Record, string? Fault)> records = ending switch
        {
            ".json" or ".parquet" when IsEmpty(path) => throw Empty(path),
            ".jsonl" => AllLines(path),
            ".json" when IsOfLines(path) => IsOneObject(path)
                ? [Sound(() => Whole(path, "a JSON object"), "a field that is given twice")]
                : AllLines(path),
            ".json" => AllItems(path),
            ".csv" => AllRows(path),
            _ => Read(path).Select(read => ((JsonObject?)read.Record, (string?)null)),
        };
        return records.Select((record, i) => (i + 1, record.Record, record.Fault));
    }

    private static bool IsEmpty(string path) => new FileInfo(OrdinaryFile.Checked(path)).Length == 0;

    private static InvalidDataException Empty(string path) => new($"{path} is empty; it holds no record.");

    // Names and texts are decoded when they are asked for, and half of a surrogate pair cannot be: all are asked here.
    private static (JsonObject? Record, string? Fault) Sound(Func<JsonNode?> parse, string otherwise)
    {
        try
        {
            if (parse() is JsonObject record)
            {
                Decode(record);
                return (record, null);
            }
        }
        catch (InvalidOperationException)
        {
            return (null, NoUnicode);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            // said by what is returned
        }

        return (null, otherwise);
    }

    private static void Decode(JsonNode? node)
    {
        if (node is JsonValue value)
        {
            value.TryGetValue<string>(out _);
            return;
        }

        foreach (var inner in node is JsonObject record ? record.Select(field => field.Value) : node as JsonArray ?? [])
        {
            Decode(inner);
        }
    }

    private static IEnumerable<(JsonObject? Record, string? Fault)> AllLines(string path)
    {
        foreach (var line in TextLines.ReadAll(path))
        {
            if (line is null)
            {
                yield return (null, $"a line of more than {TextLines.Longest >> 20} million signs");
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Sound(() => JsonNode.Parse(line, documentOptions: Once),
                    "a line that is no JSON object");
            }
        }
    }

    // A file of one problem, as MATH has them, over several lines.
    private static bool IsOneObject(string path) =>
        TextLines.ReadAll(path).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) is { } first
            && first.TrimEnd().Length < 1000 && Try(() => JsonNode.Parse(first)) is null
            && new FileInfo(path).Length <= TextLines.Longest;

    private static JsonObject? Whole(string path, string expected) => Parse(File.ReadAllText(path), path) as JsonObject
        ?? throw new InvalidDataException($"{path} is not {expected}.");

    // One item in memory at a time, however long the array is.
    private static IEnumerable<(JsonObject? Record, string? Fault)> AllItems(string path)
    {
        using var stream = File.OpenRead(OrdinaryFile.Checked(path));
        var items = JsonSerializer.DeserializeAsyncEnumerable<JsonNode>(stream).GetAsyncEnumerator();
        var number = 0;
        while (Next())
        {
            number++;
            yield return Sound(() => items.Current, "an item that is no JSON object");
        }

        bool Next()
        {
            try
            {
                return items.MoveNextAsync().AsTask().GetAwaiter().GetResult();
            }
            catch (JsonException error)
            {
                throw new InvalidDataException($"{path} is no JSON array of objects from record {number + 1} on: "
                    + $"{error.Message}", error);
            }
        }
    }

    private static IEnumerable<(JsonObject? Record, string? Fault)> AllRows(string path)
    {
        string[]? names = null;
        foreach (var (_, fields) in CsvFile.Read(path))
        {
            if (names is null)
            {
                names = fields;
                continue;
            }

            yield return fields.Length == names.Length
                ? (new JsonObject(names.Zip(fields).DistinctBy(pair => pair.First)
                    .Select(pair => KeyValuePair.Create(pair.First, (JsonNode?)JsonValue.Create(pair.Second)))), null)
                : (null, "a row of another number of fields than the first line names");
        }
    }

    private static JsonNode? Try(Func<JsonNode?> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            return null;
        }
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
