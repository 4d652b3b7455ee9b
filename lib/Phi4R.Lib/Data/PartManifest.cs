using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>What is known of one part of a set of rollouts.</summary>
/// <param name="File">Its name in the folder.</param>
/// <param name="Rows">Rollouts that it holds.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Hash">SHA-256 of its bytes, in small hexadecimal digits.</param>
internal sealed record PartEntry(string File, long Rows, long Bytes, string Hash);

/// <summary>
/// The file beside parts that tells what they hold: a line for each, added when the part is whole. It is right about
/// parts that are not younger than itself; others are looked at.
/// </summary>
internal static class PartManifest
{
    public const string Name = "manifest.jsonl";

    /// <summary>Adds a part that was just made.</summary>
    public static void Add(string folder, PartEntry part) => JsonLines.Append(Path.Combine(folder, Name), part);

    /// <summary>The parts of a folder in order, with what they hold.</summary>
    /// <param name="hashes">Reads the parts that the manifest does not vouch for.</param>
    /// <exception cref="InvalidDataException">A part is damaged, or one that was there is missing.</exception>
    public static IReadOnlyList<PartEntry> Of(string directory, FileHashes? hashes = null)
    {
        hashes ??= new();
        return [.. Vouched(directory).Select(part => part.Entry ?? new PartEntry(Path.GetFileName(part.File),
            ParquetRecords.Count(part.File), new FileInfo(part.File).Length, hashes.Of(part.File)))];
    }

    /// <summary>How many rollouts there are; no part is read where the manifest vouches for it.</summary>
    /// <exception cref="InvalidDataException">A part is damaged, or one that was there is missing.</exception>
    public static long Count(string directory) =>
        Vouched(directory).Sum(part => part.Entry?.Rows ?? ParquetRecords.Count(part.File));

    // The parts in order; null for one of which nothing is known, or that was written since.
    private static IEnumerable<(string File, PartEntry? Entry)> Vouched(string directory)
    {
        var files = RolloutParts.Files(directory);
        if (files.Count == 0)
        {
            return [];
        }

        var folder = Path.GetDirectoryName(files[0])!;
        var entries = Lines(folder);
        var missing = entries.Keys.Except(files.Select(Path.GetFileName), StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidDataException($"{folder} lacks {Listing.Few(missing!)}, which {Name} says was there. Get "
                + $"it again, or delete {Name} to go on without.");
        }

        var written = File.GetLastWriteTimeUtc(Path.Combine(folder, Name));
        return files.Select(file => (file, entries.TryGetValue(Path.GetFileName(file), out var entry)
            && new FileInfo(file) is var info && info.Length == entry.Bytes && info.LastWriteTimeUtc <= written
            ? entry
            : null));
    }

    // The last line of a part is right. One that was cut tells nothing.
    private static Dictionary<string, PartEntry> Lines(string folder)
    {
        Dictionary<string, PartEntry> entries = new(StringComparer.Ordinal);
        var path = Path.Combine(folder, Name);
        try
        {
            foreach (var entry in File.Exists(path) ? JsonLines.Read<PartEntry>(path) : [])
            {
                entries[entry.File] = entry;
            }
        }
        catch (InvalidDataException)
        {
            // The parts that are not named are looked at.
        }

        return entries;
    }
}
