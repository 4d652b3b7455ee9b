using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace Phi4R.Inference.Remote;

/// <summary>What a caller of a chat client asks for, as an OpenAI-compatible server reads it.</summary>
internal static class OpenAiRequest
{
    /// <summary>The body of a request.</summary>
    /// <param name="limitField">The name of the field that holds the length limit.</param>
    /// <exception cref="NotSupportedException">Something would change the answer and has no place here.</exception>
    public static JsonObject Write(
        IReadOnlyList<ChatMessage> messages, ChatOptions? options, string model, bool isChat, string limitField)
    {
        Check(messages, options);
        var all = options?.Instructions is { } told
            ? messages.Prepend(new(ChatRole.System, told)).ToList()
            : messages;
        var body = new JsonObject { ["model"] = model };
        if (isChat)
        {
            body["messages"] = new JsonArray([.. all.Select(message => new JsonObject
            {
                ["role"] = message.Role.Value,
                ["content"] = message.Text,
            })]);
        }
        else
        {
            body["prompt"] = string.Join("\n\n", all.Select(message => message.Text));
        }

        Add(limitField, options?.MaxOutputTokens);
        Add("temperature", Plain(options?.Temperature));
        Add("top_p", Plain(options?.TopP));
        Add("top_k", options?.TopK);
        Add("seed", options?.Seed);
        Add("frequency_penalty", Plain(options?.FrequencyPenalty));
        Add("presence_penalty", Plain(options?.PresencePenalty));
        Add("stop", options?.StopSequences is { Count: > 0 } stops ? stops : null);
        foreach (var (name, value) in options?.AdditionalProperties ?? [])
        {
            Add(name, value);
        }

        return body;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                body[name] = JsonSerializer.SerializeToNode(value);
            }
        }
    }

    private static void Check(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        (string Name, bool IsAsked)[] refused =
        [
            ("Tools", options?.Tools is { Count: > 0 }),
            ("ResponseFormat", options?.ResponseFormat is not (null or ChatResponseFormatText)),
            ("Reasoning", options?.Reasoning is { Effort: not null } or { Output: not null }),
            ("ConversationId", options?.ConversationId is not null),
        ];
        if (refused.FirstOrDefault(option => option.IsAsked) is { Name: { } name })
        {
            throw new NotSupportedException($"ChatOptions.{name} would change the answer, and this client does not "
                + "send it. Leave it out, or put the server's own field into AdditionalProperties.");
        }

        if (messages.SelectMany(message => message.Contents).FirstOrDefault(content => content is not TextContent)
            is { } other)
        {
            throw new NotSupportedException($"A message holds {other.GetType().Name}; this client sends text only.");
        }
    }

    // 0.6 as 32 bits is meant as 0.6.
    private static double? Plain(float? number) => number is { } given
        ? double.Parse(given.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;
}
