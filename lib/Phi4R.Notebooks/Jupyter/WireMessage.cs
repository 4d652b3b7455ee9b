using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetMQ;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>One message of Jupyter's protocol.</summary>
/// <param name="Identities">
/// Who asked, as the router socket tells it, and so who gets the reply; for a published message its topic.
/// </param>
internal sealed record WireMessage(
    IReadOnlyList<byte[]> Identities, JsonObject Header, JsonObject ParentHeader, JsonObject Content)
{
    public const string ProtocolVersion = "5.3";

    public string Type => (string?)Header["msg_type"] ?? "";

    public string Id => (string?)Header["msg_id"] ?? "";

    /// <summary>The id of the request that this one belongs to; null for none.</summary>
    public string? Parent => (string?)ParentHeader["msg_id"];
}

/// <summary>Puts messages on the wire and takes them off, signed with the connection's key.</summary>
internal sealed class WireFormat(string key, string session)
{
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>A message of this kernel's in answer to another.</summary>
    public WireMessage Answer(
        WireMessage? to, string type, JsonObject content, IReadOnlyList<byte[]>? identities = null) => new(
        identities ?? to?.Identities ?? [],
        new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString(),
            ["session"] = session,
            ["username"] = "kernel",
            ["date"] = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = WireMessage.ProtocolVersion,
        },
        (JsonObject?)to?.Header.DeepClone() ?? [],
        content);

    /// <summary>A message of this kernel's to all front ends.</summary>
    /// <param name="parent">The request that it belongs to; null for none.</param>
    public WireMessage Publication(WireMessage? parent, string type, JsonObject content) =>
        Answer(parent, type, content, [Encoding.UTF8.GetBytes(type)]);

    public NetMQMessage Write(WireMessage message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.ParentHeader), "{}"u8.ToArray(), Bytes(message.Content)];
        var frames = new NetMQMessage();
        foreach (var identity in message.Identities)
        {
            frames.Append(identity);
        }

        frames.Append(Delimiter);
        frames.Append(Signature(parts));
        foreach (var part in parts)
        {
            frames.Append(part);
        }

        return frames;
    }

    /// <summary>
    /// Null for what is no message or is not signed with our key: it is dropped, as the protocol asks.
    /// </summary>
    public WireMessage? TryRead(NetMQMessage frames)
    {
        const int Parts = 4;
        var at = frames.TakeWhile(frame => !frame.ToByteArray().AsSpan().SequenceEqual(Delimiter)).Count();
        if (at + 1 + Parts >= frames.FrameCount)
        {
            return null;
        }

        byte[][] parts = [.. Enumerable.Range(at + 2, Parts).Select(i => frames[i].ToByteArray())];
        if (_key.Length > 0
            && !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Signature(parts)),
                frames[at + 1].ToByteArray()))
        {
            return null;
        }

        try
        {
            return Parsed(parts[0]) is { } header && IsText(header["msg_type"]) && IsText(header["msg_id"])
                && Parsed(parts[3]) is { } content
                ? new WireMessage([.. frames.Take(at).Select(frame => frame.ToByteArray())], header,
                    Parsed(parts[1]) ?? [], content)
                : null;
        }
        // the second for text that is half a character
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonObject? Parsed(byte[] part) =>
        JsonNode.Parse(part, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;

    private static bool IsText(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out _);

    private string Signature(byte[][] parts)
    {
        if (_key.Length == 0)
        {
            return "";
        }

        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        foreach (var part in parts)
        {
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
