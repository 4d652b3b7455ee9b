using System.Security.Cryptography;
using System.Text;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Checkpoints;

/// <summary>A model's weights to files and back, strictly.</summary>
public static class Weights
{
    private const string Embedding = "model.embed_tokens.weight";
    private const string Head = "lm_head.weight";

    /// <summary>
    /// Writes the weights, adapters merged, or their masters, under their released names, atomically.
    /// </summary>
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

    /// <summary>
    /// Fills a model's weights, and the masters where it has any, one tensor at a time from the file's memory; other
    /// types are converted.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The message lists the missing, extra and misshaped tensors, and the file; no weight was changed. Or a tensor
    /// holds NaN or infinity; the message names it, and how many, and the model is not to be used.
    /// </exception>
    public static void Load(LanguageModel model, params IReadOnlyList<string> paths)
    {
        Check(model.Config, paths);
        using var frozen = no_grad();
        var expected = (model.MasterWeights
            ?? model.Parameters.Select(pair => (pair.Name, Weight: (Tensor)pair.Weight))).ToDictionary(
                pair => pair.Name, pair => pair.Weight, StringComparer.Ordinal);
        Each(model.Config, paths, (name, stored) => expected[name].copy_(stored));
        model.TakeMasterWeights();
    }

    /// <summary>
    /// Gives the weights of files one after the other, each as the file's own memory, which lives for the call only.
    /// </summary>
    internal static void Each(ModelConfig config, IReadOnlyList<string> paths, Action<string, Tensor> take)
    {
        List<string> faults = [];
        foreach (var path in paths)
        {
            using var file = new MappedTensors(path);
            foreach (var entry in file.Tensors.Where(entry => !Repeats(config, entry.Name)))
            {
                AddNotFinite(faults, file, entry);
                using var view = file.View(entry);
                take(entry.Name, view);
                file.Release(entry);
            }
        }

        RefuseNotFinite(faults, paths);
    }

    /// <summary>Notes a tensor that holds NaN or infinity.</summary>
    internal static void AddNotFinite(List<string> faults, MappedTensors file, StoredTensor entry)
    {
        if (file.NotFinite(entry) is var count and > 0)
        {
            faults.Add($"{Listing.Shortened(entry.Name)} ({count:N0} of "
                + $"{entry.Shape.Aggregate(1L, (all, size) => all * size):N0})");
        }
    }

    /// <exception cref="InvalidDataException">A tensor was noted.</exception>
    internal static void RefuseNotFinite(List<string> faults, params IReadOnlyList<string> paths)
    {
        if (faults.Count > 0)
        {
            throw new InvalidDataException($"{Listing.Few(paths)} holds numbers that are NaN or infinite: "
                + $"{Listing.Few(faults)}. "
                + "Such a model computes nothing else; get the file again, or take an earlier checkpoint.");
        }
    }

    /// <summary>
    /// Whether a stored tensor says again what others say: a tied head, or rotations that follow from the sizes.
    /// </summary>
    internal static bool Repeats(ModelConfig config, string name) =>
        name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (config.TiedEmbeddings && name == Head);

    /// <summary>
    /// Compares the headers of files with what a model of these sizes needs, and a tied head that is stored too with
    /// the embedding; allocates nothing of either's size.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// The message lists the missing, extra and misshaped tensors, the first ten of many, and the file.
    /// </exception>
    public static void Check(ModelConfig config, params IReadOnlyList<string> paths)
    {
        Dictionary<string, string> homes = new(StringComparer.Ordinal);
        var expected = config.WeightShapes()
            .ToDictionary(pair => pair.Name, pair => pair.Shape, StringComparer.Ordinal);
        List<string> faults = [];
        foreach (var path in paths)
        {
            foreach (var entry in SafeTensors.ReadHeader(path).Tensors)
            {
                if (!homes.TryAdd(entry.Name, path))
                {
                    faults.Add($"{entry.Name} stands in {Path.GetFileName(homes[entry.Name])} and in "
                        + $"{Path.GetFileName(path)}");
                }

                if (Repeats(config, entry.Name))
                {
                    continue;
                }

                if (!expected.TryGetValue(entry.Name, out var shape))
                {
                    faults.Add($"extra {entry.Name}");
                }
                else if (!shape.SequenceEqual(entry.Shape))
                {
                    faults.Add($"{entry.Name} has shape [{string.Join(", ", entry.Shape)}], expected "
                        + $"[{string.Join(", ", shape)}]");
                }
                else if (entry.Type is not ("F32" or "BF16" or "F16" or "F64"))
                {
                    faults.Add($"{entry.Name} is of type {entry.Type}, expected F32, BF16 or F16");
                }
            }
        }

        faults.AddRange(expected.Keys.Where(name => !homes.ContainsKey(name)).Select(name => $"missing {name}"));
        if (homes.Keys.Any(name => name.EndsWith(".q_proj.weight", StringComparison.Ordinal)))
        {
            faults.Insert(0, "queries, keys and values are stored apart (q_proj, k_proj, v_proj), as Llama's are, and "
                + "here they are one matrix (qkv_proj): take a checkpoint in Phi-3's layout");
        }

        if (faults.Count == 0 && config.TiedEmbeddings && homes.ContainsKey(Head))
        {
            faults.AddRange(SameBytes(homes[Embedding], homes[Head])
                ? []
                : [$"{Head} is not {Embedding}, though tie_word_embeddings says so"]);
        }

        if (faults.Count > 0)
        {
            throw new InvalidDataException($"{Listing.Few(paths)} does not fit the model: "
                + $"{Listing.Few(faults, "; ")}. Is it the checkpoint of another configuration?");
        }
    }

    private static bool SameBytes(string embeddingPath, string headPath)
    {
        using var embeddings = new MappedTensors(embeddingPath);
        using var heads = new MappedTensors(headPath);
        var (one, other) = (embeddings.Tensors.Single(entry => entry.Name == Embedding),
            heads.Tensors.Single(entry => entry.Name == Head));
        using var embedding = embeddings.View(one);
        using var head = heads.View(other);
        return one.Type == other.Type && one.Shape.SequenceEqual(other.Shape) && NativeData.Same(embedding, head);
    }
}
