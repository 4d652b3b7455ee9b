using System.Text.Json;

namespace Phi4R.Runs;

/// <summary>Why a stage is made although one of its name stands finished in the run's folder.</summary>
internal static class StageReason
{
    // More would be no line that somebody reads.
    private const int Named = 3;

    /// <summary>
    /// In a sentence, against the finished stage that differs the least; null where there is none of that name.
    /// </summary>
    public static string? Of(string root, string stage, JsonElement settings, IReadOnlyList<StageRecord> inputs)
    {
        List<(string Folder, IReadOnlyList<string>? Differences)> others = [];
        foreach (var folder in Directory.GetDirectories(root, $"{stage}-*").Order(StringComparer.Ordinal))
        {
            if (Manifest(folder) is { } manifest && manifest.Stage == stage)
            {
                var differences = manifest.Seal is null ? null : Differences(manifest, settings, inputs);
                others.Add((Path.GetFileName(folder), differences));
            }
        }

        if (others.Count == 0)
        {
            return null;
        }

        var (nearest, least) = others.MinBy(other => other.Differences?.Count ?? int.MaxValue);
        return least is null
            ? $"{nearest} is of an older version of Phi4R, "
                + "which kept neither what its inputs held nor which verifier's code judged it"
            : $"it is not {nearest}: {string.Join("; ", least.Take(Named))}"
                + (least.Count > Named ? $"; and {least.Count - Named} more" : "");
    }

    private static StageManifest? Manifest(string folder)
    {
        try
        {
            var finished = !Path.GetFileName(folder).Contains('.', StringComparison.Ordinal)
                && File.Exists(Path.Combine(folder, StageManifest.File));
            return finished ? StageManifest.Read(folder) : null;
        }
        catch (InvalidDataException)
        {
            return null; // A damaged stage is set aside when it is asked for.
        }
    }

    private static IReadOnlyList<string> Differences(
        StageManifest manifest, JsonElement settings, IReadOnlyList<StageRecord> inputs) =>
    [
        .. RunDiff.Settings(manifest.Settings, settings).Select(InWords),
        .. inputs.Where(input => !manifest.Inputs.Contains(input.Named))
            .Select(input => $"its input '{input.Stage}' is another"),
    ];

    private static string InWords(string difference) =>
        difference.Split(':')[0].Split('.')[^1] == nameof(RunData.Verifier)
            ? "the verifier's code has changed since its answers were judged"
            : difference;
}
