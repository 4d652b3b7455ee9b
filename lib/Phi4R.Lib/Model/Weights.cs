using System.Security.Cryptography;
using System.Text;

namespace Phi4R.Model;

/// <summary>A model's weights to files and back, strictly.</summary>
public static class Weights
{
    /// <summary>Writes the weights, adapters merged, or their masters, under their released names, atomically.</summary>
    public static void Save(LanguageModel model, string path, bool durable = true)
    {
        using var scope = NewDisposeScope();
        SafeTensors.Write(path, [.. model.MergedWeights], durable: durable);
    }

    /// <summary>
    /// SHA-256 of all weights, adapters merged, or their masters: names, shapes, types, and hashes of the bytes' parts,
    /// which all cores take side by side.
    /// </summary>
    public static string Hash(LanguageModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var all = NewDisposeScope();
        foreach (var (name, weight) in model.MergedWeights)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {weight.dtype} [{string.Join(",", weight.shape)}]\n"));
            hash.AppendData(NativeData.HashesOfParts(weight.detach().cpu().contiguous()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Fills a model's weights, and the masters where it has any, one tensor at a time from the file's memory; other types are converted.</summary>
    /// <exception cref="InvalidDataException">The message lists every missing, extra and misshaped tensor, and the file; no weight was changed.</exception>
    public static void Load(LanguageModel model, params IReadOnlyList<string> paths)
    {
        Check(model.Config, paths);
        using var frozen = no_grad();
        var expected = (model.Masters ?? model.Parameters.Select(pair => (pair.Name, Weight: (Tensor)pair.Weight))).ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal);
        foreach (var path in paths)
        {
            using var file = new MappedTensors(path);
            foreach (var entry in file.Tensors)
            {
                using var view = file.View(entry);
                expected[entry.Name].copy_(view);
            }
        }

        model.TakeMasters();
    }

    /// <summary>Compares the headers of files with what a model of these sizes needs; allocates nothing of either's size.</summary>
    /// <exception cref="InvalidDataException">The message lists every missing, extra and misshaped tensor, and the file.</exception>
    public static void Check(ModelConfig config, params IReadOnlyList<string> paths)
    {
        Dictionary<string, string> homes = new(StringComparer.Ordinal);
        var expected = config.WeightShapes().ToDictionary(pair => pair.Name, pair => pair.Shape, StringComparer.Ordinal);
        List<string> faults = [];
        foreach (var path in paths)
        {
            foreach (var entry in SafeTensors.ReadHeader(path).Tensors)
            {
                if (!homes.TryAdd(entry.Name, path))
                {
                    faults.Add($"{entry.Name} stands in {Path.GetFileName(homes[entry.Name])} and in {Path.GetFileName(path)}");
                }

                if (!expected.TryGetValue(entry.Name, out var shape))
                {
                    faults.Add($"extra {entry.Name}");
                }
                else if (!shape.SequenceEqual(entry.Shape))
                {
                    faults.Add($"{entry.Name} has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", shape)}]");
                }
                else if (entry.Type is not ("F32" or "BF16" or "F16" or "F64"))
                {
                    faults.Add($"{entry.Name} is of type {entry.Type}, expected F32, BF16 or F16");
                }
            }
        }

        faults.AddRange(expected.Keys.Where(name => !homes.ContainsKey(name)).Select(name => $"missing {name}"));
        if (faults.Count > 0)
        {
            throw new InvalidDataException($"{string.Join(", ", paths)} does not fit the model: {string.Join("; ", faults)}. Is it the checkpoint of another configuration?");
        }
    }
}
