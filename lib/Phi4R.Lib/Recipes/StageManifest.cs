using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Recipes;

/// <summary>What stands in each stage's folder about how it was made.</summary>
/// <param name="Settings">As JSON.</param>
/// <param name="Inputs">Name and fingerprint of each stage that went in.</param>
/// <param name="Hashes">SHA-256 of each file of the result.</param>
/// <param name="Made">By what; null in folders of before that was kept.</param>
internal sealed record StageManifest(
    string Stage, string Fingerprint, JsonElement Settings, IReadOnlyList<string> Inputs, double Seconds, Dictionary<string, string> Hashes, RunFacts? Made = null)
{
    /// <summary>The file's name.</summary>
    public const string File = "stage.json";

    /// <summary>Reads that of a stage's folder.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be read; the message names it.</exception>
    public static StageManifest Read(string folder)
    {
        var path = Path.Combine(folder, File);
        try
        {
            return JsonSerializer.Deserialize<StageManifest>(System.IO.File.ReadAllBytes(path), StageStore.Json)!;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new InvalidDataException($"{path} cannot be read: {exception.Message} Was the stage finished there?", exception);
        }
    }

    /// <summary>
    /// The finished stages of a run's folder, each with its folder; of several by one name that which the models of run.json were made
    /// of, or else the one made last.
    /// </summary>
    public static IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> OfRun(string run)
    {
        var stages = Directory.GetDirectories(run)
            .Where(folder => System.IO.File.Exists(Path.Combine(folder, File)) && !Path.GetFileName(folder).Contains('.', StringComparison.Ordinal))
            .Select(folder => (Folder: folder, Manifest: Read(folder))).ToList();
        var recorded = Recorded(run, stages.Select(stage => stage.Manifest).ToLookup(manifest => manifest.Fingerprint, StringComparer.Ordinal));
        return stages
            .OrderBy(stage => recorded.Contains(stage.Manifest.Fingerprint))
            .ThenBy(stage => System.IO.File.GetLastWriteTimeUtc(Path.Combine(stage.Folder, File)))
            .GroupBy(stage => stage.Manifest.Stage, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
    }

    // Fingerprints of the stages that run.json names, and of all that went into them.
    private static HashSet<string> Recorded(string run, ILookup<string, StageManifest> stages)
    {
        HashSet<string> recorded = new(StringComparer.Ordinal);
        Queue<string> open = new(System.IO.File.Exists(Path.Combine(run, "run.json")) ? RunRecord.Read(run).Stages.Select(stage => stage.Fingerprint) : []);
        while (open.TryDequeue(out var fingerprint))
        {
            if (recorded.Add(fingerprint))
            {
                stages[fingerprint].SelectMany(stage => stage.Inputs).Select(input => input.Split(' ')[^1]).ToList().ForEach(open.Enqueue);
            }
        }

        return recorded;
    }

    /// <summary>The seed that a run's finished stages were made with; null where there is none yet.</summary>
    public static int? SeedIn(string run)
    {
        foreach (var folder in Directory.GetDirectories(run).Where(folder => System.IO.File.Exists(Path.Combine(folder, File)) && !Path.GetFileName(folder).Contains('.', StringComparison.Ordinal)))
        {
            try
            {
                if (Seed(Read(folder).Settings) is { } seed)
                {
                    return seed;
                }
            }
            catch (InvalidDataException)
            {
                // A damaged stage is set aside when it is asked for.
            }
        }

        return null;

        static int? Seed(JsonElement settings) => settings.ValueKind != JsonValueKind.Object ? null
            : settings.TryGetProperty("Seed", out var seed) && seed.TryGetInt32(out var number) ? number
            : settings.TryGetProperty("settings", out var inner) ? Seed(inner) : null;
    }

    /// <summary>The ledgers of all finished stages of a run's folder.</summary>
    public static IReadOnlyList<LedgerLine> LedgerOf(string run) => Directory.Exists(run) && OfRun(run).Count == 0
        ? throw new InvalidDataException($"{run} holds no finished stage; name the folder of a run.")
        : Directory.Exists(run)
        ? [.. OfRun(run).Values.OrderBy(stage => stage.Manifest.Stage, StringComparer.Ordinal).Select(stage => Path.Combine(stage.Folder, StageStore.LedgerFile)).Where(System.IO.File.Exists).SelectMany(JsonLines.Read<LedgerLine>)]
        : throw new InvalidDataException($"{run} is not a folder; name the folder of a run.");
}
