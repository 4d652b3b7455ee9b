using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>What stands in each stage's folder about how it was made.</summary>
/// <param name="Settings">As JSON.</param>
/// <param name="Inputs">Name and content of each stage that went in.</param>
/// <param name="Hashes">SHA-256 of each file of the result.</param>
/// <param name="Made">By what; null in folders of before that was kept.</param>
internal sealed record StageManifest(
    string Stage,
    string Fingerprint,
    JsonElement Settings,
    IReadOnlyList<string> Inputs,
    double Seconds,
    Dictionary<string, string> Hashes,
    RunFacts? Made = null)
{
    /// <summary>The file's name.</summary>
    public const string File = "stage.json";

    /// <summary>Hash of the file's text as it is with an empty seal; null in folders of before there was one.</summary>
    [JsonPropertyOrder(1)]
    public string? Seal { get; init; }

    /// <summary>How many processes made it together; null in folders of before that was kept.</summary>
    public int? Ranks { get; init; }

    /// <summary>
    /// Hash of the result, by which the stages after it know it: weights and data. Steps and ledger are told, not
    /// learned from, and times stand in them.
    /// </summary>
    [JsonIgnore]
    public string Content => Hashed(string.Join("\n", Hashes
        .Where(file => file.Key is not (StageWork.StepsFile or StageStore.LedgerFile))
        .OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"{file.Value} {file.Key}")));

    /// <summary>Writes it into a stage's folder, sealed.</summary>
    public void Write(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, File), Sealed(JsonSerializer.Serialize(this with { Seal = "" }, JsonFormat.Indented)));

    /// <summary>Reads that of a stage's folder.</summary>
    /// <exception cref="InvalidDataException">
    /// There is none, it cannot be read, or it is not what was written; the message names it.
    /// </exception>
    public static StageManifest Read(string folder)
    {
        var path = Path.Combine(folder, File);
        try
        {
            var text = System.IO.File.ReadAllText(path);
            var manifest = JsonSerializer.Deserialize<StageManifest>(text, JsonFormat.Indented);
            if (manifest?.Hashes is null || manifest.Inputs is null)
            {
                throw new JsonException("it does not say what the stage was made of.");
            }

            // Those of before there was a seal do not tell of the CPU either.
            var fits = manifest.Seal is null
                ? manifest.Made?.Processor is null
                : Sealed(text.Replace(manifest.Seal, "", StringComparison.Ordinal)) == text;
            return fits ? manifest : throw new JsonException("it is not what was written: its seal does not fit.");
        }
        catch (Exception exception) when (exception is JsonException or IOException or ArgumentException)
        {
            throw new InvalidDataException($"{path} cannot be read: {exception.Message} Was the stage finished there?",
                exception);
        }
    }

    /// <summary>A manifest's text with an empty seal, sealed.</summary>
    internal static string Sealed(string text) =>
        text.Replace("\"Seal\": \"\"", $"\"Seal\": \"{Hashed(text)}\"", StringComparison.Ordinal);

    private static string Hashed(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// The finished stages of a run's folder, each with its folder; of several by one name that which the models of
    /// run.json were made of, or else the one made last.
    /// </summary>
    public static IReadOnlyDictionary<string, (string Folder, StageManifest Manifest)> OfRun(string run)
    {
        var stages = Directory.GetDirectories(run)
            .Where(folder => System.IO.File.Exists(Path.Combine(folder, File))
                && !Path.GetFileName(folder).Contains('.', StringComparison.Ordinal))
            .Select(folder => (Folder: folder, Manifest: Read(folder))).ToList();
        var recorded = Recorded(run, [.. stages.Select(stage => stage.Manifest)]);
        return stages
            .OrderBy(stage => recorded.Contains(stage.Manifest.Fingerprint))
            .ThenBy(stage => System.IO.File.GetLastWriteTimeUtc(Path.Combine(stage.Folder, File)))
            .GroupBy(stage => stage.Manifest.Stage, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Last(), StringComparer.Ordinal);
    }

    // Fingerprints of the stages that run.json names, and of all that went into them.
    private static HashSet<string> Recorded(string run, IReadOnlyList<StageManifest> stages)
    {
        HashSet<string> recorded = new(StringComparer.Ordinal);
        if (!System.IO.File.Exists(Path.Combine(run, "run.json")))
        {
            return recorded;
        }

        var named = RunRecord.Read(run).Stages.Select(stage => stage.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var byContent = stages.ToLookup(stage => $"{stage.Stage} {stage.Content}", StringComparer.Ordinal);
        Queue<StageManifest> open = new(stages.Where(stage => named.Contains(stage.Fingerprint)));
        while (open.TryDequeue(out var stage))
        {
            if (recorded.Add(stage.Fingerprint))
            {
                stage.Inputs.SelectMany(input => byContent[input]).ToList().ForEach(open.Enqueue);
            }
        }

        return recorded;
    }

    /// <summary>The seed that a run's finished stages were made with; null where there is none yet.</summary>
    public static int? SeedIn(string run)
    {
        foreach (var folder in Directory.GetDirectories(run)
            .Where(folder => System.IO.File.Exists(Path.Combine(folder, File))
                && !Path.GetFileName(folder).Contains('.', StringComparison.Ordinal)))
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
        ? [.. OfRun(run).Values.OrderBy(stage => stage.Manifest.Stage, StringComparer.Ordinal)
            .Select(stage => Path.Combine(stage.Folder, StageStore.LedgerFile)).Where(System.IO.File.Exists)
            .SelectMany(JsonLines.Read<LedgerLine>)]
        : throw new InvalidDataException($"{run} is not a folder; name the folder of a run.");
}
