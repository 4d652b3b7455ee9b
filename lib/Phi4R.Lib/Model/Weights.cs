using System.Security.Cryptography;
using System.Text;

namespace Phi4R.Model;

/// <summary>A model's weights to files and back, strictly.</summary>
public static class Weights
{
    /// <summary>Writes the weights under their released names, atomically.</summary>
    public static void Save(LanguageModel model, string path, bool durable = true) =>
        SafeTensors.Write(path, [.. model.Parameters.Select(pair => (pair.Name, (Tensor)pair.Weight))], durable: durable);

    /// <summary>SHA-256 of all weights: names, shapes, types and bytes.</summary>
    public static string Hash(LanguageModel model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, weight) in model.Parameters)
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {weight.dtype} [{string.Join(",", weight.shape)}]\n"));
            hash.AppendData(weight.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Fills a model's weights; other types are converted.</summary>
    /// <exception cref="InvalidDataException">The message lists every missing, extra and misshaped tensor, and the file.</exception>
    public static void Load(LanguageModel model, params IReadOnlyList<string> paths)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Dictionary<string, string> homes = new(StringComparer.Ordinal);
        var expected = model.Parameters.ToDictionary(pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal);
        List<string> faults = [];
        foreach (var path in paths)
        {
            foreach (var entry in SafeTensors.ReadHeader(path).Tensors)
            {
                homes[entry.Name] = path;
                if (!expected.TryGetValue(entry.Name, out var weight))
                {
                    faults.Add($"extra {entry.Name}");
                }
                else if (!weight.shape.SequenceEqual(entry.Shape))
                {
                    faults.Add($"{entry.Name} has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", weight.shape)}]");
                }
            }
        }

        faults.AddRange(expected.Keys.Where(name => !homes.ContainsKey(name)).Select(name => $"missing {name}"));
        if (faults.Count > 0)
        {
            throw new InvalidDataException($"{string.Join(", ", paths)} does not fit the model: {string.Join("; ", faults)}. Is it the checkpoint of another configuration?");
        }

        foreach (var path in paths)
        {
            foreach (var (name, value) in SafeTensors.Read(path))
            {
                expected[name].copy_(value);
                value.Dispose();
            }
        }
    }
}
