using System.Security.Cryptography;
using System.Text;
using Phi4R.Foundation;
using Phi4R.Text;

namespace Phi4R.Data;

/// <summary>The documents of rollouts on disk, question and answer with their marks, in mapped files.</summary>
/// <remarks>
/// There is a file for each part of the rollouts. Its name is made of what the part holds and of how texts become ids,
/// so that a part is tokenized once, by whichever process comes first, and none that is not whole is taken.
/// </remarks>
internal sealed class TokenizedRollouts : IDisposable
{
    private const string Ending = ".tokens";
    private const int Chunk = 256;

    // What may be mapped at once; a read maps that much around it.
    private const long MostMapped = 256L << 20;
    private const long AroundRead = 64 << 10;

    private readonly TokenFile[] _files;
    private readonly int[] _firsts;
    private long _mapped;

    private TokenizedRollouts(TokenFile[] files)
    {
        _files = files;
        _firsts = new int[files.Length + 1];
        for (var i = 0; i < files.Length; i++)
        {
            _firsts[i + 1] = checked(_firsts[i] + files[i].Count);
        }
    }

    /// <summary>How many documents there are: one for each rollout.</summary>
    public int Count => _firsts[^1];

    /// <summary>Opens the documents of a folder of rollouts; what was not tokenized before is tokenized now.</summary>
    /// <param name="directory">The folder that the rollouts are in.</param>
    /// <param name="folder">Where the files of ids stand, or are made.</param>
    /// <param name="code">What tells versions of the code apart that makes ids of texts.</param>
    /// <exception cref="InvalidDataException">A part is damaged, or missing.</exception>
    public static TokenizedRollouts Open(
        string directory, string folder, ITokenizer tokenizer, string code, FileHashes hashes,
        CancellationToken cancel)
    {
        List<TokenFile> files = [];
        foreach (var part in PartManifest.Of(directory, hashes))
        {
            var path = FileOf(folder, part.Hash, tokenizer, code);
            if (Whole(path) is not { } file)
            {
                Make(RolloutParts.ReadPartAsync(Path.Combine(RolloutParts.Place(directory), part.File), null, cancel)
                    .ToBlockingEnumerable(cancel), path, tokenizer, cancel);
                file = new TokenFile(path);
            }

            files.Add(file.Count == part.Rows ? file : throw new InvalidDataException($"{path} holds {file.Count} "
                + $"documents, and {part.File} in {directory} {part.Rows} rollouts. Delete {path}; it is made again."));
        }

        return new([.. files]);
    }

    /// <summary>
    /// Keeps the ids of rollouts whose texts were tokenized anyway when they were written, a file for each part.
    /// </summary>
    /// <param name="folder">Where the files of ids stand.</param>
    /// <param name="code">As in <see cref="Open"/>.</param>
    internal sealed class Keeper(string folder, ITokenizer tokenizer, string code) : IDisposable
    {
        private readonly string _unfinished = Path.Combine(folder, $"{Guid.NewGuid():N}{AtomicFile.Unfinished}");
        private FileStream? _stream;
        private TokenFile.Writer? _writer;

        /// <summary>Adds a rollout's document, before the rollout is added to its part.</summary>
        public void Add(string id, ReadOnlySpan<int> prompt, ReadOnlySpan<int> answer)
        {
            if (_writer is null)
            {
                Directory.CreateDirectory(folder);
                _stream = new FileStream(_unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
                _writer = new(_stream);
            }

            _writer.Add(id, prompt, answer);
        }

        /// <summary>Gives the file the name of the part that is whole.</summary>
        public void End(PartEntry part)
        {
            if (_writer is not null)
            {
                _writer.Complete();
                _stream!.Dispose();
                File.Move(_unfinished, FileOf(folder, part.Hash, tokenizer, code), overwrite: true);
                (_writer, _stream) = (null, null);
            }
        }

        /// <summary>Drops what belongs to no whole part.</summary>
        public void Dispose()
        {
            if (_stream is not null)
            {
                _stream.Dispose();
                File.Delete(_unfinished);
            }
        }
    }

    /// <summary>The documents, in the order of the rollouts.</summary>
    /// <param name="learnPrompt">Whether questions are in the loss.</param>
    public TokenDocuments Documents(bool learnPrompt) => new Mapped(this, learnPrompt);

    /// <summary>Gives the mappings back.</summary>
    public void Dispose() => Array.ForEach(_files, file => file.Dispose());

    private static TokenFile? Whole(string path)
    {
        try
        {
            return File.Exists(path) ? new TokenFile(path) : null;
        }
        catch (InvalidDataException)
        {
            return null; // Made again in its place.
        }
    }

    private static void Make(
        IEnumerable<Rollout> rollouts, string path, ITokenizer tokenizer, CancellationToken cancel)
    {
        var chat = new ChatFormat(tokenizer);
        AtomicFile.Write(path, stream =>
        {
            var writer = new TokenFile.Writer(stream);
            foreach (var (id, prompt, answer) in rollouts.Chunk(Chunk).SelectMany(chunk =>
                chunk.AsParallel().AsOrdered().WithCancellation(cancel).Select(rollout => (rollout.ProblemId,
                    chat.Prompt(rollout.Prompt), chat.Completion(rollout.Text, rollout.Finished)))))
            {
                writer.Add(id, prompt, answer);
            }

            writer.Complete();
        }, durable: false);
    }

    private static string FileOf(string folder, string part, ITokenizer tokenizer, string code)
    {
        var key = string.Join('\0', part, code, tokenizer.GetType().FullName, tokenizer.VocabularySize,
            tokenizer.System);
        return Path.Combine(folder,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..20] + Ending);
    }

    private sealed class Mapped(TokenizedRollouts rollouts, bool learnPrompt) : TokenDocuments
    {
        public override int Count => rollouts.Count;

        public override TrainingExample this[int index]
        {
            get
            {
                var (file, place) = rollouts.At(index);
                TrainingExample document = new(file.NameOf(place), file.TokensOf(place),
                    learnPrompt ? 0 : file.PromptOf(place));
                rollouts.Read(document.Tokens.Length * sizeof(int));
                return document;
            }
        }

        public override string IdOf(int place)
        {
            var (file, at) = rollouts.At(place);
            return file.NameOf(at);
        }

        public override int LengthOf(int place)
        {
            var (file, at) = rollouts.At(place);
            return file.LengthOf(at);
        }

        public override int LossTokensOf(int place)
        {
            var (file, at) = rollouts.At(place);
            return file.LengthOf(at) - Math.Max(1, learnPrompt ? 0 : file.PromptOf(at));
        }

        public override int? LastOf(int place)
        {
            var (file, at) = rollouts.At(place);
            rollouts.Read(0);
            return file.LastOf(at);
        }
    }

    private (TokenFile File, int Place) At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var file = Array.BinarySearch(_firsts, index);
        file = file < 0 ? ~file - 1 : file;
        while (_files[file].Count == 0)
        {
            file++; // Of files that begin at one place the one that has it.
        }

        return (_files[file], index - _firsts[file]);
    }

    private void Read(long bytes)
    {
        if (Interlocked.Add(ref _mapped, bytes + AroundRead) > MostMapped)
        {
            Interlocked.Exchange(ref _mapped, 0);
            Array.ForEach(_files, file => file.Release());
        }
    }
}
