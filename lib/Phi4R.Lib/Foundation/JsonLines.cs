using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Phi4R.Foundation;

/// <summary>Files of one JSON record a line.</summary>
public static class JsonLines
{
    // Strict: a misspelt, missing or empty field is an error of the file, never a default. Signs such as < and + stay
    // readable.
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new NamedEnum() },
    };

    /// <summary>Reads records in order, one line in memory at a time. Empty lines are passed over.</summary>
    /// <exception cref="InvalidDataException">
    /// A line is no such record; the message names file, line and what is wrong.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static IEnumerable<T> Read<T>(string path)
        where T : class
    {
        var number = 0;
        foreach (var line in TextLines.Read(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return Parse<T>(line, path, number);
            }
        }
    }

    /// <summary>Writes records in order; the file is there as a whole or not at all.</summary>
    /// <exception cref="IOException">
    /// The file cannot be written, or the disk is full; an older file of the name is untouched.
    /// </exception>
    public static void Write<T>(string path, IEnumerable<T> records)
        where T : class => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            leaveOpen: true);
        foreach (var record in records)
        {
            writer.Write(JsonSerializer.Serialize(record, Options));
            writer.Write('\n');
        }
    });

    /// <summary>
    /// Adds a record at a file's end in one piece; the file is made where it is missing. What is killed right after has
    /// written it, and readers may follow.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written, or the disk is full.</exception>
    public static void Append<T>(string path, T record)
        where T : class => AppendLine(path, JsonSerializer.Serialize(record, Options));

    /// <summary>The same with a record that is written already.</summary>
    /// <exception cref="IOException">The file cannot be written, or the disk is full.</exception>
    public static void AppendLine(string path, string line)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }

    private static T Parse<T>(string line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Options) ?? throw new JsonException("null is no record.");
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}, line {number} is no {typeof(T).Name}: {error.Message} The line "
                + $"starts: {line[..Math.Min(line.Length, 80)]}", error);
        }
    }
}
