using Phi4R.Checkpoints;
using Phi4R.Model;

namespace Phi4R.Inference.Remote;

/// <summary>
/// A policy's exact weights on disk while servers read them: a new folder for each, there as a whole or not at all.
/// </summary>
internal sealed class PolicyFolder : IDisposable
{
    private static int Written;

    private PolicyFolder(string path) => Path = path;

    /// <summary>The folder, in the layout of the released checkpoints.</summary>
    public string Path { get; }

    /// <summary>Writes a policy under a folder that the servers read.</summary>
    public static PolicyFolder Write(LanguageModel policy, string version, string root, IReadOnlyList<int> stopIds)
    {
        // No name is used twice, not even for the same weights: servers keep what they read of a name.
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(root),
            $"policy-{Environment.ProcessId}-{Interlocked.Increment(ref Written):D6}-{version}");
        var work = path + ".phi4r-part";
        Directory.CreateDirectory(work);
        try
        {
            Weights.Save(policy, System.IO.Path.Combine(work, "model.safetensors"));
            if (stopIds.Count > 0)
            {
                ModelExport.WriteConfig(policy.Config, work, stopIds[^1], stopIds, policy.HeadWeight.dtype);
            }

            Directory.Move(work, path);
            return new PolicyFolder(path);
        }
        catch
        {
            Directory.Delete(work, recursive: true);
            throw;
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
