using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>A folder of rollouts and problems that is filled when all of it is made, and not before.</summary>
/// <remarks>
/// What was made beside its place stays there when the process is killed or asked to stop, or the disk is full: the
/// next start of the same goes on with it.
/// </remarks>
internal static class ImportFolder
{
    private const string Unfinished = "import.unfinished";
    private const string OriginName = "made-of.json";

    // Stands beside the contents while they are moved to their place, one after the other.
    private const string MovingName = "whole";

    public const string ProblemsName = "problems.jsonl";

    /// <summary>What contents are made of, so that another start of the same is known: settings and files.</summary>
    public static string Origin(object settings, IEnumerable<string> files) => JsonSerializer.Serialize(new
    {
        Settings = settings,
        Code = typeof(ImportFolder).Module.ModuleVersionId,
        Files = files.Select(file => File.ResolveLinkTarget(file, returnFinalTarget: true) is { } target
            ? new FileInfo(target.FullName)
            : new FileInfo(file)).Select(file =>
                new { Path = file.FullName, file.Length, Written = file.LastWriteTimeUtc }),
    });

    /// <summary>Makes the contents beside their place, and moves them there when they are whole.</summary>
    /// <param name="origin">
    /// What they are made of; see <see cref="Origin"/>.
    /// </param>
    /// <param name="make">Is given the folder to fill, and makes the things that are named here.</param>
    /// <exception cref="IOException">One of the things is there already, or the disk is full.</exception>
    public static T Fill<T>(string directory, IReadOnlyList<string> names, string origin, Func<string, T> make)
    {
        var made = Path.Combine(directory, Unfinished);
        var (known, moving) = (Path.Combine(made, OriginName), Path.Combine(made, MovingName));
        if (File.Exists(moving))
        {
            // Killed between two moves: what stands in its place already is taken back to the rest.
            foreach (var name in names.Where(name => Path.Exists(Path.Combine(directory, name))))
            {
                Directory.Move(Path.Combine(directory, name), Path.Combine(made, name));
            }

            File.Delete(moving);
        }

        if (names.Select(name => Path.Combine(directory, name)).FirstOrDefault(Path.Exists) is { } there)
        {
            throw new IOException($"{there} is there already; name another folder, or remove it.");
        }

        if (Directory.Exists(made) && (!File.Exists(known) || File.ReadAllText(known) != origin))
        {
            Directory.Delete(made, recursive: true);
        }

        Directory.CreateDirectory(made);
        try
        {
            AtomicFile.WriteText(known, origin);
            var result = make(made);
            AtomicFile.WriteText(moving, "");
            foreach (var name in names.Where(name => Path.Exists(Path.Combine(made, name))))
            {
                Directory.Move(Path.Combine(made, name), Path.Combine(directory, name));
            }

            Directory.Delete(made, recursive: true);
            return result;
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException)
            || !Directory.EnumerateFiles(made, "*.parquet", SearchOption.AllDirectories).Any())
        {
            Directory.Delete(made, recursive: true);
            throw;
        }
    }
}
