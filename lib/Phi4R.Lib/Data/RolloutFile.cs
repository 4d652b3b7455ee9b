using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Rollouts on disk: one JSON record a line, or a folder of parquet parts.</summary>
public static class RolloutFile
{
    /// <summary>Reads rollouts in order, one or a row group in memory at a time.</summary>
    /// <param name="path">A file, or a folder that an import or a distillation left.</param>
    /// <exception cref="InvalidDataException">
    /// A line or a row is no rollout; the message names file, place and what is wrong.
    /// </exception>
    public static IEnumerable<Rollout> Read(string path) =>
        Directory.Exists(path) ? RolloutParts.Read(path) : JsonLines.Read<Rollout>(path);

    /// <summary>Writes rollouts in order; the file is there as a whole or not at all.</summary>
    public static void Write(string path, IEnumerable<Rollout> rollouts) => JsonLines.Write(path, rollouts);
}
