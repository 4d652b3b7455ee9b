using Phi4R.Checkpoints;
using Phi4R.Model;

namespace Phi4R.Inference.Remote;

/// <summary>
/// A policy's exact weights on disk while servers read them: a new folder for each, there as a whole or not at all.
/// </summary>
internal sealed class PolicyFolder : IDisposable
{
    private PolicyFolder(string path) => Path = path;

    /// <summary>The folder, in the layout of the released checkpoints.</summary>
    public string Path { get; }

    /// <summary>The last part of the path, which no other folder has.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Writes a policy under a folder that the servers read.</summary>
    /// <param name="isBase">Whether the weights are written that its adapters stand on, without the adapters.</param>
    public static PolicyFolder Write(
        LanguageModel policy, string version, string root, IReadOnlyList<int> stopIds, bool isBase = false) =>
        Make(isBase ? "base" : "policy", version, root, work =>
        {
            var weights = System.IO.Path.Combine(work, "model.safetensors");
            if (isBase)
            {
                using var scope = NewDisposeScope();
                SafeTensors.Write(weights, [.. policy.Adapters!.FrozenWeights]);
            }
            else
            {
                Weights.Save(policy, weights);
            }

            if (stopIds.Count > 0)
            {
                ModelExport.WriteConfig(policy.Config, work, stopIds[^1], stopIds, policy.HeadWeight.dtype);
            }
        });

    /// <summary>Writes adapters under a folder that the servers read, as PEFT lays them out.</summary>
    public static PolicyFolder Write(LowRankAdapters adapters, string version, string root) =>
        Make("adapters", version, root, work => AdapterFiles.Save(adapters, work));

    // No name is used twice, not even for the same weights or after a kill: servers keep what they read of a name.
    private static PolicyFolder Make(string kind, string version, string root, Action<string> fill)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(root),
            $"{kind}-{Guid.NewGuid():N}-{version}");
        var work = path + ".phi4r-part";
        Directory.CreateDirectory(work);
        try
        {
            fill(work);
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
