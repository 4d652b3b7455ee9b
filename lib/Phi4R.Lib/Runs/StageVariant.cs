using System.Text.Json;
using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Runs;

/// <summary>One try of a stage among others, of one run or of several, with whatever settings it had.</summary>
/// <param name="Name">Tells it from the others: its folder's name, and its run's where there are several.</param>
/// <param name="Differs">Its value of each setting that is not the same in all tries.</param>
/// <param name="Steps">As many as there are; a try may still be under way.</param>
/// <param name="Results">What its model was worth on the benchmarks; null where nobody asked.</param>
public sealed record StageVariant(
    string Name, IReadOnlyDictionary<string, string> Differs, StageSteps Steps, ModelResults? Results)
{
    /// <summary>All tries of a stage that stand in the folders of runs, the oldest first.</summary>
    /// <param name="runs">Folders of runs.</param>
    /// <param name="stage">A stage's name, such as dpo.</param>
    /// <exception cref="InvalidDataException">
    /// A folder is none, or no run has the stage; the message says which stages there are.
    /// </exception>
    public static IReadOnlyList<StageVariant> Of(IReadOnlyList<string> runs, string stage)
    {
        var all = runs.SelectMany(run => Tries(run).Select(made => (Run: run, made.Folder, made.Manifest))).ToList();
        var tries = all.Where(made => made.Manifest.Stage == stage)
            .OrderBy(made => File.GetLastWriteTimeUtc(Path.Combine(made.Folder, StageManifest.File))).ToList();
        if (tries.Count == 0)
        {
            var known = all.Select(made => made.Manifest.Stage).Distinct().Order(StringComparer.Ordinal);
            throw new InvalidDataException($"No finished stage '{stage}' is in {string.Join(", ", runs)}; there are "
                + $"{string.Join(", ", known)}.");
        }

        List<JsonElement> settings = [.. tries.Select(made => Plain(made.Manifest.Settings))];
        var differing = settings.Skip(1).SelectMany(other => RunDiff.Differences(settings[0], other))
            .SelectMany(difference => new[] { difference.A, difference.B }.OfType<JsonElement>()
                .SelectMany(side => Leaves(side, difference.Setting)))
            .Distinct(StringComparer.Ordinal).ToList();
        return [.. tries.Select((made, i) => new StageVariant(
            runs.Count > 1 ? $"{Path.GetFileName(made.Run)}/{Path.GetFileName(made.Folder)}"
                : Path.GetFileName(made.Folder),
            differing.ToDictionary(setting => setting, setting => Value(settings[i], setting)),
            StageSteps.Of(stage, made.Folder),
            Evaluated(made.Manifest, all.Select(other => (other.Folder, other.Manifest)))))];
    }

    /// <summary>Finished tries of each stage that stand in a run's folder, by the stage's name.</summary>
    /// <param name="run">The folder of a run.</param>
    /// <exception cref="InvalidDataException">It is no folder.</exception>
    public static IReadOnlyDictionary<string, int> CountsIn(string run) => Tries(run)
        .CountBy(made => made.Manifest.Stage, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    // A recipe with files keeps its settings beside what the files hold; here they stand where a pocket's do.
    private static JsonElement Plain(JsonElement settings) => settings.ValueKind == JsonValueKind.Object
        && settings.EnumerateObject().Select(part => part.Name).Order(StringComparer.Ordinal)
            .SequenceEqual(["files", "settings"])
        ? JsonSerializer.SerializeToElement(settings.GetProperty("settings").EnumerateObject()
            .ToDictionary(part => part.Name, part => part.Value, StringComparer.Ordinal)
            .Append(new("Files", settings.GetProperty("files"))).ToDictionary(StringComparer.Ordinal))
        : settings;

    // Each setting alone: one that has no counterpart is no block of braces.
    private static IEnumerable<string> Leaves(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Any()
            ? value.EnumerateObject().SelectMany(part => Leaves(part.Value, $"{path}.{part.Name}"))
            : [path];

    private static IEnumerable<(string Folder, StageManifest Manifest)> Tries(string run) => Directory.Exists(run)
        ? Directory.GetDirectories(run)
            .Where(folder => File.Exists(Path.Combine(folder, StageManifest.File))
                && !Path.GetFileName(folder).Contains('.', StringComparison.Ordinal))
            .Select(folder => (folder, StageManifest.Read(folder)))
        : throw new InvalidDataException($"{run} is not a folder; name the folder of a run.");

    // The verdicts over the answers of exactly this model.
    private static ModelResults? Evaluated(
        StageManifest made, IEnumerable<(string Folder, StageManifest Manifest)> all)
    {
        var answers = all.Where(other => other.Manifest.Stage == RecipeRun.AnswersStage(made.Stage)
                && other.Manifest.Inputs.Contains($"{made.Stage} {made.Content}"))
            .Select(other => $"{other.Manifest.Stage} {other.Manifest.Content}").ToHashSet(StringComparer.Ordinal);
        return all.Where(other => other.Manifest.Stage == RecipeRun.VerdictsStage(made.Stage)
                && other.Manifest.Inputs.Any(answers.Contains))
            .Select(other => JsonSerializer.Deserialize<ModelResults>(
                File.ReadAllBytes(Path.Combine(other.Folder, "results.json")), JsonFormat.Indented))
            .LastOrDefault();
    }

    private static string Value(JsonElement settings, string setting)
    {
        foreach (var name in setting.Split('.'))
        {
            if (settings.ValueKind != JsonValueKind.Object || !settings.TryGetProperty(name, out settings))
            {
                return "not set";
            }
        }

        return Listing.Shortened(settings.GetRawText());
    }
}
