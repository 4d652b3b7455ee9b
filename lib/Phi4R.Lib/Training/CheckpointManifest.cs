using System.Security.Cryptography;
using System.Text.Json;
using Phi4R.Foundation;

namespace Phi4R.Training;

/// <summary>
/// What stands in a checkpoint's folder beside its files: it vouches for them, and its seal vouches for itself.
/// </summary>
/// <param name="Hashes">SHA-256 of each file.</param>
internal sealed record CheckpointManifest(
    int NextStep, string Fingerprint, Dictionary<string, string> Hashes, string Seal)
{
    /// <summary>The fault of a checkpoint that is whole, and another stage's.</summary>
    public const string OtherSettings = "it belongs to other settings";

    private const string Name = "checkpoint.json";

    /// <summary>Writes the manifest of a folder whose files are all there.</summary>
    public static void Write(string folder, int nextStep, string fingerprint)
    {
        var hashes = Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .ToDictionary(path => Path.GetFileName(path), Hash, StringComparer.Ordinal);
        var manifest = new CheckpointManifest(nextStep, fingerprint, hashes, "").Sealed();
        AtomicFile.Write(Path.Combine(folder, Name), stream => JsonSerializer.Serialize(stream, manifest),
            durable: false);
    }

    /// <summary>Why a folder holds no checkpoint to go on from after a step; null where it does.</summary>
    public static string? FaultOf(string folder, int step, string fingerprint)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<CheckpointManifest>(
                File.ReadAllBytes(Path.Combine(folder, Name)));
            return manifest?.Hashes is null || manifest.Seal != manifest.Sealed().Seal || manifest.NextStep != step
                ? $"{Name} is not what was written"
                : manifest.Fingerprint != fingerprint ? OtherSettings
                : manifest.Hashes.Where(pair => Hash(Path.Combine(folder, pair.Key)) != pair.Value)
                    .Select(pair => pair.Key).ToList() is { Count: > 0 } wrong
                ? $"{string.Join(", ", wrong)} has another hash than when it was written"
                : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            return exception.Message;
        }
    }

    private CheckpointManifest Sealed() => this with
    {
        Seal = Convert.ToHexStringLower(
            SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { NextStep, Fingerprint, Hashes }))),
    };

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
