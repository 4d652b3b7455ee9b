using Phi4R.Checkpoints;

namespace Phi4R.Runs;

/// <summary>Finds the model that a person means who names a run or a stage of it without the stage's hash.</summary>
public static class StageFolders
{
    private const string Weights = "model.safetensors";

    /// <summary>The folder of a model, and what the model is to be called.</summary>
    /// <param name="model">
    /// A checkpoint's or a stage's folder; a run's folder, which means its last finished model; a run's folder and a
    /// stage's name, such as runs/pocket-seed1/rl; or the name of a downloaded model (owner/name).
    /// </param>
    /// <exception cref="FileNotFoundException">It is none of these; the message says what there is.</exception>
    /// <exception cref="InvalidDataException">The run holds no finished model.</exception>
    public static (string Folder, string Name) Resolve(string model)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
        if (Directory.Exists(path))
        {
            return IsModel(path) || Models(path) is not { Count: > 0 } models
                ? (path, Path.GetFileName(path))
                : (models[^1].Folder, $"{Path.GetFileName(path)}/{models[^1].Stage}");
        }

        var (run, stage) = (Path.GetDirectoryName(path), Path.GetFileName(path));
        if (run is null || !Directory.Exists(run) || IsModel(run) || Models(run) is not { Count: > 0 } made)
        {
            return (ModelHub.Resolve(model), Path.GetFileName(path));
        }

        return made.FirstOrDefault(other => other.Stage == stage) is { Folder: { } folder }
            ? (folder, $"{Path.GetFileName(run)}/{stage}")
            : throw new FileNotFoundException($"{run} holds no finished model of a stage '{stage}'; it holds "
                + $"{string.Join(", ", made.Select(other => other.Stage))}.");
    }

    private static bool IsModel(string folder) =>
        File.Exists(Path.Combine(folder, StageManifest.File)) || File.Exists(Path.Combine(folder, "config.json"))
        || File.Exists(Path.Combine(folder, Weights));

    // In the order of the recipe; stages of other lists before them.
    private static IReadOnlyList<(string Stage, string Folder)> Models(string run) =>
        Directory.GetDirectories(run).Any(folder => File.Exists(Path.Combine(folder, StageManifest.File)))
            ? [.. StageManifest.OfRun(run)
                .Where(stage => File.Exists(Path.Combine(stage.Value.Folder, Weights)))
                .OrderBy(stage => Pipeline.Stages.ToList().FindIndex(known => known.Name == stage.Key))
                .Select(stage => (stage.Key, stage.Value.Folder))]
            : [];
}
