using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Phi4R.Foundation;

/// <summary>How a part, and what comes of it, is written for another process.</summary>
internal static class PartJson
{
    private static readonly JsonSerializerOptions Written = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new NamedEnum() },
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Written);

    /// <exception cref="JsonException">It is no such value.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, Written) ?? throw new JsonException($"null is no {typeof(T).Name}.");

    /// <summary>The name of a part: its kind, and the first bits of a hash of what it depends on.</summary>
    public static string Id<T>(string kind, T value) =>
        $"{kind}-{Convert.ToHexStringLower(SHA256.HashData(Write(value)))[..16]}";
}
