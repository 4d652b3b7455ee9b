using System.Globalization;
using Microsoft.Extensions.AI;
using AnyMessage = Microsoft.Extensions.AI.ChatMessage;
using Turn = Phi4R.Text.ChatMessage;

namespace Phi4R.Inference.Local;

/// <summary>What a caller of a chat client asks for, as the engine understands it.</summary>
internal static class ChatRequest
{
    private static readonly ChatRole[] Roles = [ChatRole.System, ChatRole.User, ChatRole.Assistant];

    /// <summary>The turns of a conversation; the options' instructions are a system turn before them.</summary>
    /// <exception cref="ArgumentException">A message holds what the model cannot read.</exception>
    public static IReadOnlyList<Turn> Turns(IEnumerable<AnyMessage> messages, ChatOptions? options)
    {
        List<Turn> turns = options?.Instructions is { } told ? [new Turn(ChatRole.System.Value, told)] : [];
        foreach (var (i, message) in messages.Index())
        {
            if (!Roles.Contains(message.Role))
            {
                throw new ArgumentException($"Message {i} is of the role \"{message.Role.Value}\"; this model reads "
                    + $"{string.Join(", ", Roles.Select(role => role.Value))}.");
            }

            if (message.Contents.FirstOrDefault(content => content is not TextContent) is { } other)
            {
                throw new ArgumentException($"Message {i} ({message.Role.Value}) holds {other.GetType().Name}; this "
                    + "model reads text only. Leave it out, or say it in words.");
            }

            turns.Add(new Turn(message.Role.Value, message.Text));
        }

        return turns.Count > 0 ? turns : throw new ArgumentException("There is no message to answer.");
    }

    /// <summary>
    /// How the answer's tokens are sampled; without a limit the answer has all the room that there is.
    /// </summary>
    /// <exception cref="ArgumentException">A number is outside what it can be.</exception>
    public static SamplingConfig Sampling(ChatOptions? options, int room) => new()
    {
        Temperature = Within("Temperature", Plain(options?.Temperature) ?? 1, 0, double.MaxValue),
        TopP = Within("TopP", Plain(options?.TopP) ?? 1, 0, 1),
        TopK = (int)Within("TopK", options?.TopK ?? 0, 0, int.MaxValue),
        MaxTokens = (int)Within("MaxOutputTokens", options?.MaxOutputTokens ?? Math.Max(1, room), 1, int.MaxValue),
    };

    /// <summary>Refuses what would make another answer and cannot be done here.</summary>
    /// <exception cref="ArgumentException">The message names it and says what to do.</exception>
    public static void Check(ChatOptions? options, string model)
    {
        if (options is null)
        {
            return;
        }

        (string Name, object? Asked)[] refused =
        [
            ("FrequencyPenalty", options.FrequencyPenalty is 0 ? null : options.FrequencyPenalty),
            ("PresencePenalty", options.PresencePenalty is 0 ? null : options.PresencePenalty),
            ("ResponseFormat", options.ResponseFormat is ChatResponseFormatText ? null : options.ResponseFormat),
            ("Tools", options.Tools is { Count: > 0 } tools && options.ToolMode is not NoneChatToolMode
                ? $"{tools.Count} of them" : null),
            ("ToolMode", options.ToolMode is RequiredChatToolMode ? "required" : null),
            ("Reasoning", options.Reasoning is { Effort: null, Output: null } ? null : options.Reasoning),
            ("ConversationId", options.ConversationId),
            ("AdditionalProperties", options.AdditionalProperties is { Count: > 0 } more
                ? string.Join(", ", more.Keys) : null),
        ];
        if (refused.FirstOrDefault(option => option.Asked is not null) is { Name: { } name } option)
        {
            throw new ArgumentException($"ChatOptions.{name} ({option.Asked}) would change the answer, and a model of "
                + "this process cannot do it. Leave it out.");
        }

        if (options.ModelId is { } other && other != model)
        {
            throw new ArgumentException($"ChatOptions.ModelId is \"{other}\"; this model is \"{model}\". Leave it "
                + "out, or ask the client of that model.");
        }

        if (options.StopSequences?.Any(string.IsNullOrEmpty) == true)
        {
            throw new ArgumentException("ChatOptions.StopSequences holds an empty text, which would end every answer "
                + "before it begins.");
        }
    }

    // 0.8 as 32 bits is meant as 0.8, which is what a server reads of the same number written down.
    private static double? Plain(float? number) => number is { } given
        ? double.Parse(given.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
        : null;

    private static double Within(string name, double value, double least, double most) =>
        value >= least && value <= most ? value : throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture,
            $"ChatOptions.{name} is {value}; it must be {(most is 1 ? "0 to 1" : $"{least} or more")}."));
}
