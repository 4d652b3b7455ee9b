using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Inference;

/// <summary>
/// Finished answers on disk, so that sampling which was stopped in the middle goes on with those it lacks.
/// </summary>
/// <remarks>
/// A JSON line for each answer, appended in one piece when the answer is over: a hash of all that it was sampled from,
/// the answer, and a checksum. It stands for a new draw only where weights, settings, prompt and stream of random
/// numbers are the same, so one file serves any number of steps, and lines of others do no harm. A line that was cut or
/// damaged is dropped, counted and told; its answer is sampled again.
/// </remarks>
/// <param name="path">The file; it need not be there.</param>
/// <param name="log">Is called with a line on what is taken and what was dropped.</param>
public sealed class CompletionJournal(string path, Action<string>? log = null)
{
    private readonly object _gate = new();
    private readonly Queue<long> _ends = new();
    private Dictionary<string, Completion>? _known;

    /// <summary>Lines that were not what was written, so far.</summary>
    public int Dropped { get; private set; }

    /// <summary>Forgets all answers, once what they were sampled for stands elsewhere.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _known = [];
            _ends.Clear();
            if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>
    /// Forgets the answers that were there so many calls ago: each call says that a step is done, and who samples that
    /// many steps ahead still needs those since.
    /// </summary>
    internal void Forget(int calls)
    {
        if (calls == 0)
        {
            Clear();
            return;
        }

        lock (_gate)
        {
            var length = File.Exists(path) ? new FileInfo(path).Length : 0;
            _ends.Enqueue(length);
            if (_ends.Count <= calls)
            {
                return;
            }

            var gone = _ends.Dequeue();
            _known = [];
            if (gone == 0)
            {
                return;
            }

            AtomicFile.Write(path, stream =>
            {
                using var file = File.OpenRead(path);
                file.Position = gone;
                file.CopyTo(stream);
            });
            for (var left = _ends.Count; left > 0; left--)
            {
                _ends.Enqueue(_ends.Dequeue() - gone);
            }
        }
    }

    /// <summary>The key of each completion of a request: a hash of all that it depends on.</summary>
    /// <param name="identity">Of the generator: weights, sizes, kind of device.</param>
    internal static string[] Keys(string identity, GenerationRequest request)
    {
        var origin = GeneratorInfo.Hash(new { identity, request.Sampling, request.StopIds, request.PromptIds });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> state = stackalloc byte[sizeof(ulong)];
        var keys = new string[request.Seeds.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(origin));
            BinaryPrimitives.WriteUInt64LittleEndian(state, request.Seeds[i]);
            hash.AppendData(state);
            keys[i] = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));
        }

        return keys;
    }

    /// <summary>The answer of a key, if it was finished before this process began.</summary>
    internal Completion? Find(string key)
    {
        lock (_gate)
        {
            return (_known ??= Read()).GetValueOrDefault(key);
        }
    }

    /// <summary>Adds an answer; a process that is killed right after has it.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    internal void Append(string key, Completion completion)
    {
        var line = JsonSerializer.Serialize(new Line(
            key, completion.TokenIds, completion.LogProbs ?? [], completion.PlainLogProbs ?? [], completion.IsTruncated,
            "").Sealed());
        lock (_gate)
        {
            JsonLines.AppendLine(path, line);
        }
    }

    /// <summary>Says how many of the answers that were asked for had been sampled before.</summary>
    internal void Tell(int taken, int asked)
    {
        if (taken > 0)
        {
            log?.Invoke($"{taken} of {asked} answers had been sampled when it was stopped, and are used");
        }
    }

    private Dictionary<string, Completion> Read()
    {
        Dictionary<string, Completion> known = new(StringComparer.Ordinal);
        if (!File.Exists(path))
        {
            return known;
        }

        // A line at a time: the text of long answers may be more than memory holds.
        var (all, bad) = (0, 0);
        foreach (var text in File.ReadLines(path))
        {
            all++;
            if (Whole(text) is { } line)
            {
                known[line.Key] = line.Completion;
            }
            else
            {
                bad++;
            }
        }

        if (bad > 0)
        {
            Dropped += bad;
            log?.Invoke($"{bad} of {all} lines of {Path.GetFileName(path)} were incomplete or damaged; they are "
                + "dropped and their answers sampled again");
        }

        // Written anew, so that the next line does not go on behind half of one, or behind a whole one without its end.
        if (bad > 0 || !IsEnded())
        {
            AtomicFile.Write(path, stream =>
            {
                foreach (var text in File.ReadLines(path).Where(text => Whole(text) is not null))
                {
                    stream.Write(Encoding.UTF8.GetBytes(text + "\n"));
                }
            });
        }

        return known;
    }

    private bool IsEnded()
    {
        using var file = File.OpenRead(path);
        return file.Length == 0 || (file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() == '\n');
    }

    private static Line? Whole(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(
                text) is { Key: not null, Tokens: not null, LogProbabilities: not null, Plain: not null } line
                    && line.Sealed().Check == line.Check ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    private sealed record Line(
        string Key, int[] Tokens, float[] LogProbabilities, float[] Plain, bool Cut, string Check)
    {
        // What a generator did not tell stands in a line as no numbers at all.
        [JsonIgnore]
        public Completion Completion => new()
        {
            TokenIds = Tokens,
            LogProbs = LogProbabilities.Length == Tokens.Length ? LogProbabilities : null,
            PlainLogProbs = Plain.Length == Tokens.Length ? Plain : null,
            Finish = Cut ? FinishReason.Length : FinishReason.Stop,
        };

        // Numbers are written so that they read back to the same bits, so the text of a line is its content.
        public Line Sealed() => this with
        {
            Check = Convert.ToHexStringLower(
                SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Check = "" })).AsSpan(0, 8)),
        };
    }
}
