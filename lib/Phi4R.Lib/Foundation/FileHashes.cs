using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Phi4R.Foundation;

/// <summary>
/// SHA-256 of files, each found out once: a file of the same length and time of writing is not read again, by this
/// process or a later one.
/// </summary>
/// <param name="memory">
/// Where hashes are kept for later processes, a line for each; null keeps them for this process only.
/// </param>
internal sealed class FileHashes(string? memory = null)
{
    // File systems tell times in steps of a few milliseconds: what was written that recently may be written again
    // without a sign.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly Lazy<ConcurrentDictionary<string, Known>> _known = new(() => Kept(memory));

    /// <summary>How many files were read.</summary>
    public int Read { get; private set; }

    /// <summary>The hash of a file as it is now, in small hexadecimal digits.</summary>
    /// <exception cref="IOException">It is missing, or cannot be read.</exception>
    public string Of(string path)
    {
        var file = new FileInfo(OrdinaryFile.Checked(path));
        var (length, written) = (file.Length, file.LastWriteTimeUtc);
        if (_known.Value.TryGetValue(Name(path), out var known) && known.Length == length
            && known.Written == written.Ticks)
        {
            return known.Hash;
        }

        Settle(written);
        var hash = Hash(path);
        Read++;
        file.Refresh();
        if (file.Length == length && file.LastWriteTimeUtc == written)
        {
            Learn(path, hash);
        }

        return hash;
    }

    /// <summary>Keeps the hash of a file that nobody writes any more, and that was found out already.</summary>
    public void Learn(string path, string hash)
    {
        var file = new FileInfo(path);
        Settle(file.LastWriteTimeUtc);
        Keep(new(Name(path), file.Length, file.LastWriteTimeUtc.Ticks, hash));
    }

    private static void Settle(DateTime written)
    {
        if (TimeProvider.System.GetUtcNow() - written is var age && age >= TimeSpan.Zero && age < Step)
        {
            Thread.Sleep(Step);
        }
    }

    /// <summary>The hash of a file, read now.</summary>
    public static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private void Keep(Known file)
    {
        _known.Value[file.Name] = file;
        if (memory is not null)
        {
            try
            {
                JsonLines.Append(memory, file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Then the next process reads the file again.
            }
        }
    }

    // A file beside the memory goes where it goes.
    private string Name(string path)
    {
        var full = Path.GetFullPath(path);
        if (memory is null)
        {
            return full;
        }

        var beside = Path.GetRelativePath(Path.GetDirectoryName(Path.GetFullPath(memory))!, full);
        return beside.StartsWith("..", StringComparison.Ordinal) ? full : beside;
    }

    // A line that another process is writing, or that was cut, is no hash and no fault.
    private static ConcurrentDictionary<string, Known> Kept(string? memory)
    {
        ConcurrentDictionary<string, Known> known = new(StringComparer.Ordinal);
        try
        {
            foreach (var file in memory is not null && File.Exists(memory) ? JsonLines.Read<Known>(memory) : [])
            {
                known[file.Name] = file;
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // The lines before it stand.
        }

        return known;
    }

    private sealed record Known(string Name, long Length, long Written, string Hash);
}
