using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Phi4R.Model;

namespace Phi4R.Inference;

/// <summary>What is known of a generator.</summary>
public sealed record GeneratorInfo
{
    /// <summary>Who generates, in words for a person: an engine and where it runs.</summary>
    public required string Engine { get; init; }

    /// <summary>Tokens that a prompt and its completion may have together.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Ids that the model knows, from 0.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>What names the weights; null where nobody said.</summary>
    public string? WeightsVersion { get; init; }

    /// <summary>
    /// Whether a completion depends on weights, prompt, options and seed alone, and is the one that the local engine
    /// gives: then it does not matter, not even to the last bit, where it was sampled.
    /// </summary>
    public required bool IsExact { get; init; }

    /// <summary>Names all that a completion depends on besides prompt, options and seed.</summary>
    public required string Identity { get; init; }

    /// <summary>The identity of weights, sizes and the kind of device that computes with them.</summary>
    internal static string IdentityOf(string version, ModelConfig config, DeviceType device) =>
        Hash(new { version, config, Device = device.ToString() });

    /// <summary>SHA-256 of a value's JSON.</summary>
    internal static string Hash(object value) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(value))));
}
