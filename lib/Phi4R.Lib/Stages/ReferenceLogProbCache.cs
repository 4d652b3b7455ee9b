using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Stages;

/// <summary>
/// The reference's log-probabilities of preference pairs on disk, so that the reference is run once for each set of
/// weights and pairs.
/// </summary>
public static class ReferenceLogProbCache
{
    // Counts the changes of how values are computed from the same inputs. The first: logits of 16-bit weights were of
    // 16 bits, and are of 32 now. The second: products in 32 bits are kernels of our own, with other last bits.
    private const int Version = 3;

    // What a kill can cost.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Takes the values from the folder, or computes them and puts them there; those of a pass that was stopped are
    /// gone on from.
    /// </summary>
    /// <param name="folder">Where files of values stand, each named by the hash of what it was computed from.</param>
    /// <param name="model">The reference; it is not changed.</param>
    /// <param name="padTokenId">The pad token id.</param>
    /// <param name="log">Told whether they were taken or computed.</param>
    /// <param name="ranks">
    /// Who computes together; rank 0 reads and writes the folder. Null: this process alone.
    /// </param>
    /// <exception cref="OperationCanceledException">Cancelled; what was computed stands in the folder.</exception>
    public static IReadOnlyList<(double Chosen, double Rejected)> Take(
        string folder, LanguageModel model, IReadOnlyList<PreferencePair> pairs, RolloutDpoConfig config,
        int padTokenId, Action<string>? log = null, ICollective? ranks = null, CancellationToken cancel = default)
    {
        ranks ??= SingleProcess.Instance;
        var key = Key(model, pairs, config, padTokenId);
        var path = Path.Combine(folder, $"{key[..20]}.json");
        var known = ranks.FromLead(() => File.Exists(path) ? Read(path, key) : []);
        var values = known?.Chunk(2).Select(pair => (Chosen: pair[0], Rejected: pair[1])).ToList();
        if (values is null)
        {
            log?.Invoke($"{path} is damaged and is computed again");
            values = [];
        }
        else if (values.Count > 0)
        {
            log?.Invoke($"the reference's log-probabilities of {values.Count} of {pairs.Count} pairs are taken from "
                + $"{Path.GetFileName(path)}");
        }

        if (values.Count == pairs.Count)
        {
            return values;
        }

        var clock = Stopwatch.StartNew();
        try
        {
            foreach (var part in RolloutDpo.ReferenceByParts(
                model, pairs, config, padTokenId, values.Count, ranks, cancel))
            {
                values.AddRange(part);
                if (ranks.Rank == 0 && clock.Elapsed > Interval)
                {
                    Write();
                    clock.Restart();
                }
            }
        }
        finally
        {
            if (ranks.Rank == 0 && values.Count > 0)
            {
                Write();
            }
        }

        return values;

        void Write()
        {
            double[] flat = [.. values.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
            AtomicFile.WriteText(path, JsonSerializer.Serialize(new Kept(key, Seal(key, flat), flat)));
        }
    }

    /// <summary>
    /// Hash of all that the values depend on: how they are computed, weights, the model's settings and the types that
    /// it computes with, pairs, and how many go through the model together, since that decides the last bits.
    /// </summary>
    internal static string Key(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs, RolloutDpoConfig config, int padTokenId)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var products = model.Memory.Bf16Matmul ? "half" : "whole";
        hash.AppendData(Encoding.UTF8.GetBytes(
            $"values {Version} {Weights.Hash(model)} {JsonSerializer.Serialize(model.Config)} "
                + $"{model.HeadWeight.dtype} {products} "
            + $"{model.Device.type} {pairs.Count} {config.MicroBatchSize} {padTokenId}"));
        foreach (var pair in pairs)
        {
            hash.AppendData(
                Encoding.UTF8.GetBytes(
                    $"\n{string.Join(',', pair.Prompt)};{string.Join(',', pair.Chosen)};"
                        + $"{string.Join(',', pair.Rejected)}"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static double[]? Read(string path, string key)
    {
        try
        {
            var kept = JsonSerializer.Deserialize<Kept>(File.ReadAllBytes(path));
            return kept is { Values: { } values } && kept.Key == key && kept.Seal == Seal(key, values)
                ? values
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The values as their bits, so that none can be changed in the file without notice.
    private static string Seal(string key, double[] values) =>
        Convert.ToHexStringLower(
            SHA256.HashData([.. Encoding.UTF8.GetBytes(key), .. values.SelectMany(BitConverter.GetBytes)]));

    private sealed record Kept(string Key, string Seal, double[] Values);
}
