using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Cli;

/// <summary>Verbs that answer each JSON object on the standard input with one line of JSON on the standard output, and write nothing else there.</summary>
internal static class JsonLinesVerb
{
    /// <summary>How rows are written: signs and foreign letters as they are, no spaces.</summary>
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A field that is given twice has two meanings, so the row has none.
    private static readonly JsonDocumentOptions Read = new() { AllowDuplicateProperties = false };

    /// <summary>A verb without options.</summary>
    /// <param name="answer">Answers one row; what it throws about the row becomes {"error": ...} in its place.</param>
    public static Command Create(string name, string description, Func<JsonObject, JsonObject> answer)
    {
        Command command = new(name, description);
        command.SetAction(_ => Run(answer));
        return command;
    }

    /// <summary>Answers every row.</summary>
    /// <param name="answer">Answers one row.</param>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    public static int Run(Func<JsonObject, JsonObject> answer) => Run((row, writer) => answer(row).WriteTo(writer));

    /// <summary>Answers every row; for answers too large to be built as nodes.</summary>
    /// <param name="answer">Writes the answer to one row: one JSON value. What it wrote before it threw is dropped.</param>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    public static int Run(Action<JsonObject, Utf8JsonWriter> answer)
    {
        using var input = Console.OpenStandardInput();
        using var output = Console.OpenStandardOutput();
        return Run(input, output, answer);
    }

    /// <summary>Answers every row of a stream. Rows are UTF-8; empty lines are passed over.</summary>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    internal static int Run(Stream input, Stream output, Action<JsonObject, Utf8JsonWriter> answer)
    {
        // Latin-1 keeps every byte as it is, so that bytes that are not UTF-8 are an error of their row and of no other.
        using var lines = new StreamReader(input, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 1 << 16, leaveOpen: true);
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Written);
        var (code, number) = (0, 0);
        while (lines.ReadLine() is { } line)
        {
            number++;
            var bytes = Encoding.Latin1.GetBytes(line).AsSpan();
            if (number == 1 && bytes.StartsWith(Encoding.UTF8.Preamble))
            {
                bytes = bytes[Encoding.UTF8.Preamble.Length..];
            }

            if (bytes.TrimStart(" \t"u8).IsEmpty)
            {
                continue;
            }

            if (Problem(bytes, writer, answer) is { } problem)
            {
                code = 1;
                buffer.Clear();
                writer.Reset();
                new JsonObject { ["error"] = string.Create(CultureInfo.InvariantCulture, $"Line {number} is not a request: {problem}") }.WriteTo(writer);
            }

            writer.Flush();
            output.Write(buffer.WrittenSpan);
            output.Write("\n"u8);
            output.Flush();
            buffer.Clear();
            writer.Reset();
        }

        return code;
    }

    // What is wrong with a row, or null where it was answered.
    private static string? Problem(ReadOnlySpan<byte> row, Utf8JsonWriter writer, Action<JsonObject, Utf8JsonWriter> answer)
    {
        try
        {
            answer(JsonNode.Parse(row, documentOptions: Read) as JsonObject ?? throw new JsonException("it is JSON, but not an object."), writer);
            return null;
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException or ArgumentException or InvalidDataException or OverflowException or NotSupportedException)
        {
            return problem.Message;
        }
    }
}
