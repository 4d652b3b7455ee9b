using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Phi4R.Inference.Local;

namespace Phi4R.Inference.Remote;

/// <summary>Reads what an OpenAI-compatible server answers, in the dialects that are about.</summary>
internal static class OpenAiAnswer
{
    /// <summary>The answer; null where this is none.</summary>
    public static ChatResponse? Read(JsonObject answer, bool isChat)
    {
        if (answer["choices"] is not JsonArray { Count: > 0 } choices || choices[0] is not JsonObject choice)
        {
            return null;
        }

        var text = isChat
            ? choice["message"] is JsonObject message ? Whole(message, Text(choice["finish_reason"])) : null
            : Text(choice["text"]);
        text ??= Text(choice["finish_reason"]) == "length" ? "" : null; // The limit ended what is not shown.
        if (text is null)
        {
            return null;
        }

        var usage = answer["usage"] as JsonObject;
        var response = new ChatResponse(new ChatMessage(ChatRole.Assistant, text))
        {
            ResponseId = Text(answer["id"]),
            ModelId = Text(answer["model"]),
            FinishReason = Text(choice["finish_reason"]) switch
            {
                null or "" => null,
                "stop" or "eos" or "eos_token" or "end_turn" or "stop_sequence" => ChatFinishReason.Stop,
                "length" or "max_tokens" => ChatFinishReason.Length,
                var other => new ChatFinishReason(other),
            },
            Usage = usage is null ? null : new UsageDetails
            {
                InputTokenCount = Count(usage["prompt_tokens"]),
                OutputTokenCount = Count(usage["completion_tokens"]),
                TotalTokenCount = Count(usage["total_tokens"]),
            },
        };
        if (Ids(choice["token_ids"]) is { } ids)
        {
            response.AdditionalProperties = new() { [LocalChatClient.TokenIds] = ids };
        }

        return response;
    }

    // Thinking that was told apart stands in front again; one that the limit ended has no end of its own.
    private static string? Whole(JsonObject message, string? finish)
    {
        var thinking = Text(message["reasoning_content"]) is { Length: > 0 } named ? named : Text(message["reasoning"]);
        var content = Content(message["content"]);
        return thinking is not { Length: > 0 } ? content
            : content is not { Length: > 0 } && finish == "length" ? $"<think>\n{thinking}"
            : $"<think>\n{thinking}\n</think>\n{content}";
    }

    // A text, or a list of parts of which the texts count.
    private static string? Content(JsonNode? content) => content switch
    {
        JsonArray parts => string.Concat(parts.OfType<JsonObject>().Select(part => Text(part["text"]))),
        _ => Text(content),
    };

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    // Some write 7.0, or "7"; less than nothing is no count.
    private static long? Count(JsonNode? node) => node is JsonValue value
        && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var count)
        && count is >= 0 and <= int.MaxValue && count == Math.Floor(count) ? (long)count : null;

    private static int[]? Ids(JsonNode? node)
    {
        if (node is not JsonArray { Count: > 0 } list)
        {
            return null;
        }

        var ids = new int[list.Count];
        for (var i = 0; i < ids.Length; i++)
        {
            if (list[i] is not JsonValue value || !value.TryGetValue(out ids[i]))
            {
                return null;
            }
        }

        return ids;
    }
}
