using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Rollouts on disk, one JSON record a line.</summary>
public static class RolloutFile
{
    /// <summary>Reads rollouts in order, one in memory at a time.</summary>
    /// <exception cref="InvalidDataException">
    /// A line is no rollout; the message names file, line and what is wrong.
    /// </exception>
    public static IEnumerable<Rollout> Read(string path) => JsonLines.Read<Rollout>(path);

    /// <summary>Writes rollouts in order; the file is there as a whole or not at all.</summary>
    public static void Write(string path, IEnumerable<Rollout> rollouts) => JsonLines.Write(path, rollouts);
}
