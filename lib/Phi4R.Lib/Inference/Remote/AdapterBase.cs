using Phi4R.Checkpoints;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Inference.Remote;

/// <summary>Whether a folder holds the very weights that adapters stand on.</summary>
internal static class AdapterBase
{
    /// <summary>What a folder of weights differs from a policy's frozen ones in; empty where in nothing.</summary>
    /// <param name="folder">As a server names it; null where it names none.</param>
    public static string Unlike(LanguageModel policy, string? folder)
    {
        if (folder is null || !Directory.Exists(folder))
        {
            return $"what it was started on, {folder ?? "of which it says nothing"}, is no folder here";
        }

        try
        {
            using var all = NewDisposeScope();
            using var frozen = no_grad();
            var own = policy.Adapters!.FrozenWeights.ToDictionary(pair => pair.Name, pair => pair.Weight,
                StringComparer.Ordinal);
            List<string> others = [];
            var checkpoint = new Checkpoint(policy.Config, PretrainedModel.Files(folder));
            checkpoint.Each((name, stored) =>
            {
                using var scope = NewDisposeScope();
                var weight = own[name];
                if (!NativeData.Same(stored.to_type(weight.dtype).contiguous(), weight.detach().cpu().contiguous()))
                {
                    others.Add(name);
                }
            });
            return others.Count == 0 ? "" : $"{others.Count} of the {own.Count} weights in {folder} are others "
                + $"({Listing.Few(others)})";
        }
        catch (Exception problem) when (problem is InvalidDataException or IOException
            or UnauthorizedAccessException)
        {
            return problem.Message;
        }
    }
}
