using System.Net;
using System.Security.Cryptography;
using System.Text;
using Phi4R.Foundation;

namespace Phi4R.Checkpoints;

/// <summary>
/// Downloads a model or a data set into the folders that the hub's own programs use, so that each finds what the other
/// brought.
/// </summary>
/// <remarks>
/// A file is written under a name that ends in .incomplete, and gets its own only when its length and its hash are
/// those that the hub states. What was begun is gone on with. The revision's name points to it only when all its files
/// are there.
/// </remarks>
public sealed class HubDownload
{
    private const int AtOnce = 4;

    // Slower than this in a time of patience is silence.
    private const int LeastHeard = 1 << 16;

    // Weights in other formats, which double the download where there are safetensors.
    private static readonly string[] OtherWeights = [".bin", ".pt", ".pth", ".gguf", ".onnx", ".onnx_data", ".h5",
        ".msgpack", ".ot"];

    private readonly HubSettings _settings;
    private readonly HubClient _client;
    private readonly string _home;
    private readonly IProgress<HubProgress>? _progress;
    private long _done;
    private long _total;

    private HubDownload(HubSettings settings, HubClient client, string home, IProgress<HubProgress>? progress)
    {
        (_settings, _client, _home, _progress) = (settings, client, home, progress);
    }

    /// <summary>Downloads what is not here yet of a model.</summary>
    /// <param name="model">owner/name.</param>
    /// <param name="revision">A branch, tag or commit.</param>
    /// <param name="progress">Told from several threads.</param>
    /// <returns>The model's folder.</returns>
    /// <exception cref="ArgumentException">The name is none of a model.</exception>
    /// <exception cref="HttpRequestException">
    /// The hub refuses, or cannot be reached; the message says what to do.
    /// </exception>
    /// <exception cref="InvalidDataException">What came is not what the hub says it is.</exception>
    /// <exception cref="IOException">
    /// The disk is full or cannot be written, or another process is downloading the same file.
    /// </exception>
    /// <exception cref="OperationCanceledException">Canceled; what came so far is kept.</exception>
    public static Task<string> Run(string model, string revision, HubSettings settings,
        IProgress<HubProgress>? progress = null, CancellationToken cancel = default) =>
        Run(HubKind.Model, model, revision, settings, progress, cancel);

    /// <summary>Downloads what is not here yet of a data set: all its files, however many parts it has.</summary>
    /// <param name="name">owner/name.</param>
    /// <returns>The data set's folder.</returns>
    /// <inheritdoc cref="Run(string, string, HubSettings, IProgress{HubProgress}, CancellationToken)"/>
    public static Task<string> RunDataSet(string name, string revision, HubSettings settings,
        IProgress<HubProgress>? progress = null, CancellationToken cancel = default) =>
        Run(HubKind.DataSet, name, revision, settings, progress, cancel);

    private static async Task<string> Run(HubKind kind, string model, string revision, HubSettings settings,
        IProgress<HubProgress>? progress, CancellationToken cancel)
    {
        if (!ModelHub.IsName(model))
        {
            throw new ArgumentException($"'{model}' is no name of a {(kind == HubKind.Model ? "model" : "data set")} "
                + "on the hub; it is written owner/name.");
        }

        if (revision.Length == 0 || revision.Contains('\\')
            || revision.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new ArgumentException($"'{revision}' is no revision: a branch, tag or commit.");
        }

        using var client = new HubClient(settings, model, kind);
        var download = new HubDownload(settings, client, ModelHub.Home(settings, model, kind), progress);
        return await download.All(revision, cancel).ConfigureAwait(false);
    }

    private async Task<string> All(string revision, CancellationToken cancel)
    {
        var (commit, paths) = await Retried("the list of files", () => _client.List(revision, cancel), cancel)
            .ConfigureAwait(false);
        var hasSafeTensors = paths.Any(path => path.EndsWith(".safetensors", StringComparison.Ordinal));
        var wanted = paths.Where(path => !hasSafeTensors
            || !OtherWeights.Contains(Path.GetExtension(path).ToLowerInvariant())).ToList();
        var files = new HubFile[wanted.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(Enumerable.Range(0, wanted.Count), parallel, async (i, stop) =>
            files[i] = await Retried(wanted[i], () => _client.Describe(commit, wanted[i], stop), stop)
                .ConfigureAwait(false)).ConfigureAwait(false);

        // Two paths of one content are one download.
        var contents = files.DistinctBy(file => file.Tag).ToList();
        if (files.Length > contents.Count
            && files.GroupBy(file => file.Tag)
                .FirstOrDefault(same => same.Select(file => file.Size).Distinct().Count() > 1) is { } torn)
        {
            throw new InvalidDataException("The hub states one content and several lengths for "
                + $"{Listing.Few([.. torn.Select(file => file.Path)])}; look at HF_ENDPOINT.");
        }

        _total = contents.Sum(file => file.Size);
        _done = contents.Sum(Here);
        Directory.CreateDirectory(Path.Combine(_home, "blobs"));
        var free = new DriveInfo(Path.GetFullPath(_home)).AvailableFreeSpace;
        if (_total - _done > free)
        {
            throw new IOException($"{_settings.Cache} has {free / 1e9:F1} GB free and {(_total - _done) / 1e9:F1} GB "
                + "are to come; free some space, or set HF_HUB_CACHE to a larger disk.");
        }

        _progress?.Report(new(_done, _total));
        await Parallel.ForEachAsync(contents.OrderByDescending(file => file.Size), parallel,
            async (file, stop) => await Fetch(commit, file, stop).ConfigureAwait(false)).ConfigureAwait(false);

        var snapshot = Path.Combine(_home, "snapshots", commit);
        foreach (var file in files)
        {
            Link(snapshot, file);
        }

        if (revision != commit)
        {
            AtomicFile.WriteText(Path.Combine(_home, "refs", revision), commit);
        }

        return snapshot;
    }

    private string Blob(HubFile file) => Path.Combine(_home, "blobs", file.Tag);

    private string Part(HubFile file) => Blob(file) + ".incomplete";

    private bool IsWhole(HubFile file) => File.Exists(Blob(file)) && new FileInfo(Blob(file)).Length == file.Size;

    private long Here(HubFile file) => IsWhole(file)
        ? file.Size
        : File.Exists(Part(file)) && new FileInfo(Part(file)).Length is var length && length <= file.Size ? length
        : 0;

    private async Task Fetch(string commit, HubFile file, CancellationToken cancel)
    {
        if (IsWhole(file))
        {
            return;
        }

        using (var part = new FileStream(Part(file), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None,
            bufferSize: 0, useAsync: true))
        {
            // Only more than was ever here is progress, and not a few bytes more: what a server sends again and again
            // has no end.
            var (wrong, most, step) = (0, part.Length, Math.Clamp(file.Size / 64, 1, 1 << 20));
            for (var failures = 0; ;)
            {
                try
                {
                    if (part.Length != file.Size)
                    {
                        await Append(commit, file, part, cancel).ConfigureAwait(false);
                    }

                    var found = await Hash(file, part, cancel).ConfigureAwait(false);
                    if (found is null)
                    {
                        await part.FlushAsync(cancel).ConfigureAwait(false);
                        part.Flush(flushToDisk: true);
                        break;
                    }

                    Truncate(part);
                    if (++wrong == 2)
                    {
                        throw new InvalidDataException($"{file.Path} came twice with a content other than the hub "
                            + $"states: expected was {file.Tag}, found {found}. Nothing of it was kept; try "
                            + "again later.");
                    }

                    Tell($"{file.Path} is not what the hub says it is ({found}); downloading it once more");
                }
                catch (Exception exception) when (IsPassing(exception, cancel))
                {
                    failures = part.Length >= most + step ? 0 : failures + 1;
                    most = Math.Max(most, part.Length);
                    if (failures == _settings.Tries)
                    {
                        throw new HttpRequestException($"{file.Path} stands at {part.Length:N0} of {file.Size:N0} "
                            + $"bytes, and {failures} tries in a row brought little more: "
                            + $"{HubClient.Shown(exception.Message)} What is here is kept; run the same command "
                            + "again to go on.", exception);
                    }

                    Tell($"{file.Path} stopped at {part.Length:N0} of {file.Size:N0} bytes "
                        + $"({HubClient.Shown(exception.Message)}); going on");
                    await Task.Delay(_settings.Pause * Math.Pow(2, failures), cancel).ConfigureAwait(false);
                }
            }
        }

        File.Move(Part(file), Blob(file), overwrite: true);
    }

    private async Task Append(string commit, HubFile file, FileStream part, CancellationToken cancel)
    {
        if (part.Length > file.Size)
        {
            part.SetLength(0);
        }

        using var answer = await _client.Open(commit, file.Path, part.Length, cancel).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.PartialContent
            || answer.Content.Headers.ContentRange?.From != part.Length)
        {
            // The server does not serve parts, or not this one.
            Truncate(part);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                throw new IOException("the server does not serve the rest of the file");
            }
        }

        part.Position = part.Length;
        using var content = await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var buffer = new byte[1 << 18];
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_settings.Patience);
        var heard = 0;
        while (true)
        {
            var count = await content.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            heard += count;
            if (heard >= LeastHeard)
            {
                patience.CancelAfter(_settings.Patience);
                heard = 0;
            }

            if (part.Length + count > file.Size)
            {
                Truncate(part);
                throw new IOException("more bytes came than the file has");
            }

            await part.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
            _progress?.Report(new(Interlocked.Add(ref _done, count), _total));
        }

        if (part.Length < file.Size)
        {
            throw new IOException("the connection ended early");
        }
    }

    private void Truncate(FileStream part)
    {
        Interlocked.Add(ref _done, -part.Length);
        part.SetLength(0);
        part.Position = 0;
    }

    // The hash that was found where it is not the stated one; null where it is, or where the tag is no hash that is
    // known.
    private static async Task<string?> Hash(HubFile file, FileStream part, CancellationToken cancel)
    {
        part.Position = 0;
        if (file.Tag.Length is not (40 or 64))
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(file.Tag.Length == 64
            ? HashAlgorithmName.SHA256
            : HashAlgorithmName.SHA1);
        hash.AppendData(file.Tag.Length == 64 ? [] : Encoding.ASCII.GetBytes($"blob {file.Size}\0"));
        var buffer = new byte[1 << 16];
        for (int count; (count = await part.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, count));
        }

        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return found == file.Tag ? null : found;
    }

    private void Link(string snapshot, HubFile file)
    {
        var path = Path.Combine(snapshot, file.Path);
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var target = Path.GetRelativePath(folder, Blob(file));
        if (new FileInfo(path).LinkTarget != target)
        {
            File.Delete(path);
            File.CreateSymbolicLink(path, target);
        }
    }

    private async Task<T> Retried<T>(string what, Func<Task<T>> ask, CancellationToken cancel)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await ask().ConfigureAwait(false);
            }
            catch (Exception exception) when (IsPassing(exception, cancel))
            {
                if (failures == _settings.Tries)
                {
                    throw new HttpRequestException($"{HubClient.Shown(what)}: {failures} tries failed. "
                        + $"{HubClient.Shown(exception.Message)}", exception);
                }

                Tell($"{HubClient.Shown(what)}: {HubClient.Shown(exception.Message)} Trying again");
                await Task.Delay(_settings.Pause * Math.Pow(2, failures), cancel).ConfigureAwait(false);
            }
        }
    }

    private void Tell(string message) => _progress?.Report(new(Interlocked.Read(ref _done), _total, message));

    // Whether trying again can help: a broken connection, silence, or a server in trouble; not a refusal, and not a
    // full disk.
    private static bool IsPassing(Exception exception, CancellationToken cancel) => exception switch
    {
        OperationCanceledException => !cancel.IsCancellationRequested,
        HttpRequestException { StatusCode: { } status } => (int)status is >= 500 or 408 or 429,
        HttpRequestException or HttpIOException => true,
        IOException broken => broken.GetType() == typeof(IOException) && broken.HResult == new IOException().HResult
            || broken.InnerException is System.Net.Sockets.SocketException,
        _ => false,
    };
}
