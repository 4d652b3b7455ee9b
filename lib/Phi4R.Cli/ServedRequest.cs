using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Recipes;
using Phi4R.Sampling;

namespace Phi4R.Cli;

/// <summary>What a client of the OpenAI-compatible endpoints asks for.</summary>
internal sealed record ServedRequest
{
    private const int MaxAnswers = 128;
    private const int MaxTogether = 2048;
    private const int MaxAlternatives = 20;

    // Every stop is looked for at every token of every answer, on the threads that draw for everyone.
    private const int MaxStops = 32;
    private const int MaxStopLength = 256;
    private const int MaxStopIds = 256;
    private const int CompletionTokens = 16;

    // What other servers of this kind can do, and when it asks for nothing.
    private static readonly (string Name, Func<JsonNode, bool> Means)[] Unable =
    [
        ("echo", value => value.GetValueKind() == JsonValueKind.False),
        ("suffix", value => value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0),
        ("best_of", value => value.GetValueKind() == JsonValueKind.Number && value.ToJsonString() == "1"),
        ("frequency_penalty", IsZero),
        ("presence_penalty", IsZero),
        ("logit_bias", value => value is JsonObject { Count: 0 }),
        ("tools", value => value is JsonArray { Count: 0 }),
        ("functions", value => value is JsonArray { Count: 0 }),
        ("response_format", value => value is JsonObject format && format["type"]?.ToString() == "text"),
    ];

    public required IReadOnlyList<int[]> Prompts { get; init; }

    public required int Answers { get; init; }

    public required SamplingConfig Sampling { get; init; }

    public required long Seed { get; init; }

    public required IReadOnlyList<string> Stops { get; init; }

    public required IReadOnlyList<int> StopIds { get; init; }

    /// <summary>Likeliest tokens to tell, or null where no log-probabilities are wanted.</summary>
    public required int? Alternatives { get; init; }

    public required bool IsStreamed { get; init; }

    public required bool TellsUsage { get; init; }

    public required bool TellsIds { get; init; }

    /// <summary>A request for each prompt, and the first of its answers among all.</summary>
    public IEnumerable<(int First, SampleRequest Request)> Draws()
    {
        for (var p = 0; p < Prompts.Count; p++)
        {
            var first = p * Answers;
            var streams = Enumerable.Range(0, Answers).Select(i => Randomness.For(Seed, "answers", first + i)).ToList();
            yield return (first, new SampleRequest(Prompts[p], streams) { Alternatives = Alternatives ?? 0 });
        }
    }

    /// <param name="maxTokens">Of a prompt and its answer together, by the model and by the memory that there is; what an answer may have where the client gives no limit.</param>
    /// <exception cref="ArgumentException">The model cannot do what is asked for.</exception>
    /// <exception cref="InvalidDataException">A field is missing or of another kind.</exception>
    public static ServedRequest Read(ServedModel served, JsonObject row, bool isChat, int maxTokens)
    {
        if (Unable.Where(field => row[field.Name] is { } value && !field.Means(value)).Select(field => $"\"{field.Name}\": {row[field.Name]!.ToJsonString()}").FirstOrDefault() is { } field)
        {
            throw new InvalidDataException($"{field} is more than this server can do; leave it out.");
        }

        if (isChat && row["top_logprobs"] is not null && !row.Flag("logprobs"))
        {
            throw new InvalidDataException("\"top_logprobs\" needs \"logprobs\": true.");
        }

        var prompts = isChat ? [served.Encode(Plain(row).Messages("messages"))] : ReadPrompts(served, row);
        var answers = Within("n", row.WholeNumber("n", 1), 1, MaxAnswers);
        if ((long)prompts.Count * answers > MaxTogether)
        {
            throw new InvalidDataException($"{prompts.Count} prompts of {answers} answers each are {(long)prompts.Count * answers} answers; one request may ask for {MaxTogether}.");
        }

        var longest = prompts.Max(prompt => prompt.Length);
        var room = Math.Max(1, maxTokens - longest);
        var tokens = row.WholeNumber("max_completion_tokens", row.WholeNumber("max_tokens", isChat ? room : CompletionTokens));
        return new ServedRequest
        {
            Prompts = prompts,
            Answers = answers,
            Sampling = new SamplingConfig
            {
                MaxTokens = (int)Math.Min(Math.Max(1, served.Config.MaxPositions - longest), Within("max_tokens", tokens, 1, int.MaxValue)),
                Temperature = row.Number("temperature", 1),
                TopP = row.Number("top_p", 1),
                TopK = Math.Max(0, Within("top_k", row.WholeNumber("top_k", 0), -1, int.MaxValue)),
            },
            Seed = row["seed"] is null ? RandomNumberGenerator.GetInt32(int.MaxValue) : row.WholeNumber("seed", 0),
            Stops = ReadStops(row),
            StopIds = [.. row.Flag("ignore_eos") ? [] : served.StopIds, .. ReadStopIds(row)],
            Alternatives = isChat
                ? row.Flag("logprobs") ? Within("top_logprobs", row.WholeNumber("top_logprobs", 0), 0, MaxAlternatives) : null
                : row["logprobs"] is null ? null : Within("logprobs", row.WholeNumber("logprobs", 0), 0, MaxAlternatives),
            IsStreamed = row.Flag("stream"),
            TellsUsage = row["stream_options"] is JsonObject options && options.Flag("include_usage"),
            TellsIds = row.Flag("return_token_ids"),
        };
    }

    private static bool IsZero(JsonNode value) => value.GetValueKind() == JsonValueKind.Number && value.AsValue().TryGetValue<double>(out var number) && number == 0;

    // Content may be a list of parts, of which only texts can be read here, and an assistant's may be null.
    private static JsonObject Plain(JsonObject row)
    {
        var plain = row.DeepClone().AsObject();
        foreach (var message in (plain["messages"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (message["content"] is JsonArray parts)
            {
                message["content"] = string.Concat(parts.Select(part => part is JsonObject { } item && item.OptionalText("type") == "text"
                    ? item.RequiredText("text")
                    : throw new InvalidDataException($"A message's content has a part that is no text: {part?.ToJsonString() ?? "null"}.")));
            }
            else if (message.ContainsKey("content") && message["content"] is null && message.OptionalText("role") == "assistant")
            {
                message["content"] = "";
            }
        }

        return plain;
    }

    // A text, token ids, or several of either.
    private static IReadOnlyList<int[]> ReadPrompts(ServedModel served, JsonObject row) => row["prompt"] switch
    {
        JsonArray { Count: > 0 } list when list[0] is JsonArray => [.. list.Select(item => new JsonObject { ["prompt"] = item?.DeepClone() }.RequiredIds("prompt"))],
        JsonArray { Count: > 0 } list when list[0]?.GetValueKind() == JsonValueKind.String => [.. list.Select(item => served.Encode(new JsonObject { ["prompt"] = item?.DeepClone() }.RequiredText("prompt")))],
        JsonArray => [row.RequiredIds("prompt")],
        _ => [served.Encode(row.RequiredText("prompt"))],
    };

    // A text, or several.
    private static IReadOnlyList<string> ReadStops(JsonObject row)
    {
        IReadOnlyList<JsonNode?> given = row["stop"] switch { null => [], JsonArray several => [.. several], var one => [one] };
        if (given.Count > MaxStops)
        {
            throw new InvalidDataException($"\"stop\" holds {given.Count} texts; it may hold {MaxStops}.");
        }

        return [.. given.Select((item, i) => new JsonObject { ["stop"] = item?.DeepClone() }.RequiredText("stop") switch
        {
            "" => throw new InvalidDataException("\"stop\" holds an empty text."),
            { Length: > MaxStopLength } text => throw new InvalidDataException($"\"stop\" holds a text of {text.Length} characters at place {i}; one may have {MaxStopLength}."),
            var text => text,
        })];
    }

    private static int[] ReadStopIds(JsonObject row)
    {
        var ids = row["stop_token_ids"] is null ? [] : row.RequiredIds("stop_token_ids");
        return ids.Length <= MaxStopIds ? ids : throw new InvalidDataException($"\"stop_token_ids\" holds {ids.Length} ids; it may hold {MaxStopIds}.");
    }

    private static int Within(string name, long value, int least, int most) =>
        value >= least && value <= most ? (int)value : throw new InvalidDataException($"\"{name}\" is {value}; it must be {least} to {most}.");
}
