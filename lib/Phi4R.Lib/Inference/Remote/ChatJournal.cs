using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Inference.Remote;

/// <summary>
/// Texts that servers wrote, a JSON line each, appended in one piece as it is received: what is here is not asked for
/// again after a stop. A line that was torn or damaged is dropped and counted, and its text asked for again.
/// </summary>
internal sealed class ChatJournal(string path)
{
    private static readonly JsonSerializerOptions Written = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new NamedEnum() },
    };

    private readonly Lock _gate = new();
    private Dictionary<string, Completion>? _known;
    private bool _isEnded;

    /// <summary>Lines that are not what was written, when it was read last.</summary>
    public int Dropped { get; private set; }

    /// <summary>
    /// Takes out the text that was received before this process began; null where there is none.
    /// </summary>
    public Completion? Take(string key)
    {
        lock (_gate)
        {
            return (_known ??= Open()).Remove(key, out var completion) ? completion : null;
        }
    }

    /// <summary>Keeps a text; a process that is killed right after has it.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public void Append(string key, Completion completion, string server)
    {
        var line = JsonSerializer.Serialize(
            new Line(key, completion.Text, completion.Finish, completion.TokenCount, server, 0).Sealed(), Written);
        lock (_gate)
        {
            if (!_isEnded)
            {
                EndLastLine();
                _isEnded = true;
            }

            JsonLines.AppendLine(path, line);
        }
    }

    /// <summary>All texts that are kept, by their keys.</summary>
    public IReadOnlyDictionary<string, Completion> Read()
    {
        lock (_gate)
        {
            return Open();
        }
    }

    /// <summary>Deletes the journal, once what it holds stands elsewhere.</summary>
    public void Delete()
    {
        lock (_gate)
        {
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    // A line at a time; what is bad stays where it is, and is counted again by whoever reads it again.
    private Dictionary<string, Completion> Open()
    {
        Dictionary<string, Completion> known = new(StringComparer.Ordinal);
        Dropped = 0;
        if (!File.Exists(path))
        {
            return known;
        }

        foreach (var text in File.ReadLines(path).Where(text => text.Length > 0))
        {
            if (Whole(text) is { } line)
            {
                known.TryAdd(line.Key, line.ToCompletion());
            }
            else
            {
                Dropped++;
            }
        }

        return known;
    }

    // The next line does not go on behind half of one, nor behind a whole one without its end.
    private void EndLastLine()
    {
        if (File.Exists(path))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
            if (file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n')
            {
                file.WriteByte((byte)'\n');
            }
        }
    }

    private static Line? Whole(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, Written) is { } line && line.Sealed().Check == line.Check
                ? line
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Line(string Key, string Text, FinishReason Finish, int Tokens, string Server, ulong Check)
    {
        public Completion ToCompletion() => new()
        {
            TokenIds = [],
            Text = Text,
            Finish = Finish,
            TokenCount = Tokens,
        };

        public Line Sealed() => this with
        {
            Check = StableHash.Of($"{Key}\0{Finish}\0{Tokens}\0{Server}\0{Text}"),
        };
    }
}
