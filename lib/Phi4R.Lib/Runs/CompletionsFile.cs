using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>The completions of an evaluation on disk: a line each, appended in one piece as they come.</summary>
internal sealed class CompletionsFile : IDisposable
{
    private const string LockName = "evaluation.lock";

    private static readonly JsonSerializerOptions Written = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
    };

    private readonly string _path;
    private readonly FileStream _lock;
    private FileStream? _end;

    /// <exception cref="IOException">Another process works in the folder.</exception>
    public CompletionsFile(string folder)
    {
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, EvaluationFolder.CompletionsFile);
        try
        {
            _lock = new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite,
                FileShare.None);
        }
        catch (IOException problem)
        {
            throw new IOException($"Another process works in {folder} at the moment; wait until it has ended, or take "
                + "another folder.", problem);
        }
    }

    public void Dispose()
    {
        _end?.Dispose();
        _lock.Dispose();
    }

    /// <summary>
    /// Reads what is there, a line in memory at a time, and writes the file anew without the lines that are not kept or
    /// that a stop tore.
    /// </summary>
    /// <param name="keep">Whether a completion stays.</param>
    /// <returns>How many lines were no completions.</returns>
    public int Read(Predicate<EvaluatedCompletion> keep)
    {
        if (!File.Exists(_path))
        {
            return 0;
        }

        var (number, torn) = (0, 0);
        HashSet<int> left = [];
        foreach (var line in TextLines.Read(_path))
        {
            var completion = Parse(line);
            torn += completion is null ? 1 : 0;
            if (completion is null || !keep(completion))
            {
                left.Add(number);
            }

            number++;
        }

        if (left.Count > 0 || !IsEnded())
        {
            AtomicFile.Write(_path, stream =>
            {
                foreach (var (_, line) in TextLines.Read(_path).Index().Where(pair => !left.Contains(pair.Index)))
                {
                    stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
                }
            });
        }

        return torn;
    }

    /// <summary>Adds a completion; a process that is killed right after has it.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    public void Append(EvaluatedCompletion completion)
    {
        _end ??= new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        _end.Write(Encoding.UTF8.GetBytes(Line(completion)));
    }

    /// <summary>The line of a completion, with its end.</summary>
    public static string Line(EvaluatedCompletion completion) => JsonSerializer.Serialize(completion, Written) + "\n";

    /// <summary>The completion of a line; null where it is none.</summary>
    public static EvaluatedCompletion? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<EvaluatedCompletion>(line, Written) is { } completion
                && completion.Verdict is "correct" or "incorrect" or "unverifiable" or EvaluatedCompletion.Failed
                ? completion
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool IsEnded()
    {
        using var file = File.OpenRead(_path);
        return file.Length == 0 || (file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() == '\n');
    }
}
