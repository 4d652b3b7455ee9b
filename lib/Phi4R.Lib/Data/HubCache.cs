using System.Text.RegularExpressions;
using Phi4R.Data.Import;
using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Data sets that were downloaded before, in the folders of the Hugging Face hub's own clients.</summary>
internal static partial class HubCache
{
    /// <summary>The file of a data set that holds problems, and the license that its card states.</summary>
    /// <param name="name">"owner/name", or "owner/name:file" where it has several.</param>
    /// <exception cref="FileNotFoundException">
    /// It is not in the cache; the message says where it was looked for.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// It has several such files and none was named; the message lists them.
    /// </exception>
    public static (string Path, string? License) Find(string name)
    {
        var (snapshot, set, wanted) = Located(name);
        var files = Tables(snapshot);
        var fitting = wanted.Length > 0 ? files.Where(file => file == wanted).ToList() : files;
        return fitting is [var only]
            ? (Path.Combine(snapshot, only), License(snapshot))
            : throw new InvalidDataException($"{name} names {fitting.Count} files of problems; name one as "
                + $"{set}:FILE. There are: {string.Join(", ", files)}.");
    }

    /// <summary>
    /// All files of records that a source names: a file itself, those of a folder, or those of a data set in the cache,
    /// "owner/name" or only those of "owner/name:FILE" or "owner/name:FOLDER"; by their names.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such thing, or no file in it that can be read.</exception>
    public static IReadOnlyList<string> FilesOf(string source)
    {
        if (File.Exists(source))
        {
            return [source];
        }

        var (folder, wanted) = Directory.Exists(source) ? (source, "") : Located(source) is var there
            ? (there.Snapshot, there.Wanted.TrimEnd('/')) : default;
        string[] files = [.. Tables(folder).Where(file => wanted.Length == 0 || file == wanted
            || file.StartsWith(wanted + "/", StringComparison.Ordinal)).Select(file => Path.Combine(folder, file))];
        return files.Length > 0 ? files : throw new FileNotFoundException($"{source} has no file of records (they end "
            + $"in {string.Join(", ", RecordFile.Endings)}); it has: {Listing.Few(Tables(folder))}.");
    }

    private static (string Snapshot, string Set, string Wanted) Located(string name)
    {
        var match = HubName().Match(name);
        if (!match.Success)
        {
            throw new FileNotFoundException($"{name} is no file, nor a data set's name (owner/name or "
                + "owner/name:file).");
        }

        var set = $"{match.Groups[1].Value}/{match.Groups[2].Value}";
        var folder = Path.Combine(HostOptions.Current.HubCache,
            $"datasets--{match.Groups[1].Value}--{match.Groups[2].Value}");
        return Snapshot(folder) is { } snapshot
            ? (snapshot, set, match.Groups[3].Value)
            : throw new FileNotFoundException($"The data set {name} is not in the hub cache: there is no {folder}. "
                + $"Download it (phi4r download --dataset {set}), or give the path of a file.");
    }

    private static List<string> Tables(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(path => RecordFile.Endings.Contains(Path.GetExtension(path).ToLowerInvariant()))
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    // What "main" stood for when it was downloaded; without that mark the only snapshot there is.
    private static string? Snapshot(string folder)
    {
        var snapshots = Path.Combine(folder, "snapshots");
        var mark = Path.Combine(folder, "refs", "main");
        if (File.Exists(mark) && Path.Combine(snapshots, File.ReadAllText(mark).Trim()) is var main
            && Directory.Exists(main))
        {
            return main;
        }

        return Directory.Exists(snapshots) && Directory.GetDirectories(snapshots) is [var only] ? only : null;
    }

    private static string? License(string snapshot)
    {
        var card = Path.Combine(snapshot, "README.md");
        return File.Exists(card) && LicenseLine().Match(File.ReadAllText(card)) is { Success: true } line
            ? line.Groups[1].Value
            : null;
    }

    [GeneratedRegex(@"^([\w.-]+)/([\w.-]+)(?::(.+))?$", RegexOptions.CultureInvariant)]
    private static partial Regex HubName();

    // Of the card's head only, and of a list its first item.
    [GeneratedRegex(@"\A---\r?\n(?:(?!---)[^\n]*\n)*?license:[ \t]*(?:\r?\n[ \t]*-[ \t]+)?([\w.-]+)",
        RegexOptions.CultureInvariant)]
    private static partial Regex LicenseLine();
}
