using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Stages;

/// <summary>The reference's log-probabilities of preference pairs on disk, so that the reference is run once for each set of weights and pairs.</summary>
public static class ReferenceCache
{
    /// <summary>Takes the values from the folder, or computes them and puts them there.</summary>
    /// <param name="folder">Where files of values stand, each named by the hash of what it was computed from.</param>
    /// <param name="model">The reference; it is not changed.</param>
    /// <param name="fill">The id that fills rows.</param>
    /// <param name="say">Told whether they were taken or computed.</param>
    public static IReadOnlyList<(double Chosen, double Rejected)> Take(
        string folder, LanguageModel model, IReadOnlyList<PreferencePair> pairs, RolloutPreferenceConfig config, int fill, Action<string>? say = null)
    {
        var key = Key(model, pairs, config, fill);
        var path = Path.Combine(folder, $"{key[..20]}.json");
        if (File.Exists(path))
        {
            if (Read(path, key, pairs.Count) is { } kept)
            {
                say?.Invoke($"the reference's log-probabilities of {pairs.Count} pairs are taken from {Path.GetFileName(path)}");
                return kept;
            }

            say?.Invoke($"{path} is damaged and is computed again");
        }

        var values = RolloutPreference.Reference(model, pairs, config, fill);
        double[] flat = [.. values.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new Kept(key, Seal(key, flat), flat)));
        return values;
    }

    /// <summary>Hash of all that the values depend on: weights and the type that they are computed with, pairs, and how many go through the model together, since that decides the last bits.</summary>
    internal static string Key(LanguageModel model, IReadOnlyList<PreferencePair> pairs, RolloutPreferenceConfig config, int fill)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Weights.Hash(model)} {pairs.Count} {config.PairsAtOnce} {fill} {model.Device.type}{(model.HeadWeight.dtype == ScalarType.Float32 ? "" : $" {model.HeadWeight.dtype}")}"));
        foreach (var pair in pairs)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"\n{string.Join(',', pair.Prompt)};{string.Join(',', pair.Chosen)};{string.Join(',', pair.Rejected)}"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static List<(double Chosen, double Rejected)>? Read(string path, string key, int pairs)
    {
        try
        {
            var kept = JsonSerializer.Deserialize<Kept>(File.ReadAllBytes(path));
            return kept is { Values: { } values } && kept.Key == key && values.Length == 2 * pairs && kept.Seal == Seal(key, values)
                ? [.. values.Chunk(2).Select(pair => (pair[0], pair[1]))]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The values as their bits, so that none can be changed in the file without notice.
    private static string Seal(string key, double[] values) =>
        Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(key), .. values.SelectMany(BitConverter.GetBytes)]));

    private sealed record Kept(string Key, string Seal, double[] Values);
}
