using System.Collections.Concurrent;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Native;

namespace Phi4R.Cli;

/// <summary>
/// Verbs that answer each JSON object on the standard input with one line of JSON on the standard output, and write
/// nothing else there.
/// </summary>
internal static class JsonLinesVerb
{
    /// <summary>How rows are written: signs and foreign letters as they are, no spaces.</summary>
    public static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private const int RowsAhead = 4096;

    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A field that is given twice has two meanings, so the row has none.
    private static readonly JsonDocumentOptions Read = new() { AllowDuplicateProperties = false };

    /// <summary>A verb without options.</summary>
    /// <param name="answer">Answers one row; what it throws about the row becomes {"error": ...} in its place.</param>
    public static Command Create(string name, string description, Func<JsonObject, JsonObject> answer)
    {
        Command command = new(name, description);
        command.SetAction(_ => ModelOptions.Clearly(name, () => Run(answer)));
        return command;
    }

    /// <summary>Answers every row.</summary>
    /// <param name="answer">Answers one row.</param>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    public static int Run(Func<JsonObject, JsonObject> answer) => Run((row, writer) => answer(row).WriteTo(writer));

    /// <summary>Answers every row; for answers too large to be built as nodes.</summary>
    /// <param name="answer">
    /// Writes the answer to one row: one JSON value. What it wrote before it threw is dropped, unless it had flushed
    /// many megabytes of it.
    /// </param>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    public static int Run(Action<JsonObject, Utf8JsonWriter> answer)
    {
        using var input = Input();
        using var output = StandardOutput.Open();
        return Run(input, output, answer);
    }

    /// <summary>The standard input, which ends where the file or the pipe before it does.</summary>
    /// <exception cref="InvalidOperationException">
    /// It is a terminal, where a person would wait for an answer.
    /// </exception>
    internal static Stream Input() => Console.IsInputRedirected
        ? Console.OpenStandardInput()
        : throw new InvalidOperationException(
        "rows are read from the standard input, which is a terminal; expected was a file or a pipe of one JSON object "
        + "a line, as in: phi4r VERB < rows.jsonl");

    /// <summary>Answers every row of a stream. Rows are UTF-8; empty lines are passed over.</summary>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    /// <exception cref="InvalidDataException">
    /// A line is so long that it is no row; those before it are answered.
    /// </exception>
    internal static int Run(Stream input, Stream output, Action<JsonObject, Utf8JsonWriter> answer)
    {
        using var buffer = new RowBuffer(output);
        using var writer = new Utf8JsonWriter(buffer, Written);
        var code = 0;
        foreach (var (number, bytes) in Rows(input))
        {
            code |= Write(buffer, writer, number, Problem(() => answer(Parse(bytes), writer)));
        }

        return code;
    }

    /// <summary>
    /// Answers every row of a stream in order, but begins with each as soon as it is read, so that they are worked on
    /// together.
    /// </summary>
    /// <returns>The exit code: 1 when any row was bad.</returns>
    internal static int RunTogether(Stream input, Stream output, Func<JsonObject, Task<JsonObject>> begin)
    {
        using var begun = new BlockingCollection<(int Number, Task<JsonObject>? Answer, string? Problem)>(RowsAhead);
        var reading = Task.Factory.StartNew(
            () =>
            {
                try
                {
                    foreach (var (number, bytes) in Rows(input))
                    {
                        Task<JsonObject>? answer = null;
                        var problem = Problem(() => answer = begin(Parse(bytes)));
                        begun.Add((number, answer, problem));
                    }
                }
                finally
                {
                    begun.CompleteAdding();
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var buffer = new RowBuffer(output);
        using var writer = new Utf8JsonWriter(buffer, Written);
        var code = 0;
        foreach (var (number, answer, problem) in begun.GetConsumingEnumerable())
        {
            code |= Write(buffer, writer, number,
                problem ?? Problem(() => answer!.GetAwaiter().GetResult().WriteTo(writer)));
        }

        reading.GetAwaiter().GetResult();
        return code;
    }

    private static IEnumerable<(int Number, byte[] Bytes)> Rows(Stream input)
    {
        // Latin-1 keeps every byte as it is, so that bytes that are not UTF-8 are an error of their row and of no
        // other.
        using var lines = new StreamReader(input, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 1 << 16,
            leaveOpen: true);
        var number = 0;
        foreach (var line in TextLines.Read(lines, "the standard input"))
        {
            number++;
            var bytes = Encoding.Latin1.GetBytes(line);
            if (number == 1 && bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble))
            {
                bytes = bytes[Encoding.UTF8.Preamble.Length..];
            }

            if (!bytes.AsSpan().TrimStart(" \t"u8).IsEmpty)
            {
                yield return (number, bytes);
            }
        }
    }

    private static JsonObject Parse(byte[] row) => JsonNode.Parse(row, documentOptions: Read) as JsonObject
        ?? throw new JsonException("it is JSON, but not an object.");

    // Writes what the writer has, or the problem in its place.
    private static int Write(RowBuffer buffer, Utf8JsonWriter writer, int number, string? problem)
    {
        if (problem is not null)
        {
            buffer.Drop();
            writer.Reset();
            var error = string.Create(CultureInfo.InvariantCulture, $"Line {number} {problem}");
            new JsonObject { ["error"] = error }.WriteTo(writer);
        }

        writer.Flush();
        buffer.End();
        writer.Reset();
        return problem is null ? 0 : 1;
    }

    // What is wrong with a row, or null where it was answered.
    private static string? Problem(Action answer)
    {
        try
        {
            answer();
            return null;
        }
        catch (NotFiniteException problem)
        {
            return $"cannot be answered: {problem.Message}";
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException
            or ArgumentException or InvalidDataException or OverflowException or NotSupportedException)
        {
            return $"is not a request: {problem.Message}";
        }
    }
}
