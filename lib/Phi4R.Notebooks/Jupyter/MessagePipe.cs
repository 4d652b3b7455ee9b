using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>One process's end of the line between a kernel's two: messages as lines of JSON.</summary>
internal sealed class MessagePipe(Stream input, Stream output)
{
    private readonly Lock _lock = new();

    /// <summary>
    /// Writes a line and returns when it is out of this process, which may die the next moment; one that the other side
    /// does not live to read is lost.
    /// </summary>
    public void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        try
        {
            // A cell's thread is not torn away in a finally block, so no line is left half written.
        }
        finally
        {
            lock (_lock)
            {
                try
                {
                    output.Write(bytes);
                }
                catch (IOException)
                {
                    // The other side has ended.
                }
            }
        }
    }

    /// <summary>Messages as they come, until the other side ends.</summary>
    public IEnumerable<(KernelChannel Channel, WireMessage Message)> Received()
    {
        using var lines = new StreamReader(input, Encoding.UTF8);
        while (lines.ReadLine() is { } line)
        {
            if (TryRead(line) is { } read)
            {
                yield return read;
            }
        }
    }

    /// <summary>A message as a line.</summary>
    /// <exception cref="InvalidOperationException">The message came with half a character.</exception>
    public static string Line(KernelChannel channel, WireMessage message) => new JsonObject
    {
        ["channel"] = channel.ToString(),
        ["identities"] = new JsonArray(
            [.. message.Identities.Select(identity => JsonValue.Create(Convert.ToBase64String(identity)))]),
        ["header"] = message.Header.DeepClone(),
        ["parent"] = message.ParentHeader.DeepClone(),
        ["content"] = message.Content.DeepClone(),
    }.ToJsonString();

    /// <summary>Null for the half line of a process that died over it.</summary>
    private static (KernelChannel, WireMessage)? TryRead(string line)
    {
        try
        {
            var json = (JsonObject)JsonNode.Parse(line)!;
            return (Enum.Parse<KernelChannel>((string)json["channel"]!), new WireMessage(
                [.. ((JsonArray)json["identities"]!).Select(identity => Convert.FromBase64String((string)identity!))],
                Taken(json, "header"), Taken(json, "parent"), Taken(json, "content")));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonObject Taken(JsonObject json, string name)
    {
        var part = (JsonObject)json[name]!;
        json.Remove(name);
        return part;
    }
}
