using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Runs;

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

    // As llama.cpp and vLLM have it.
    private const int AllRoom = -1;
    private const int AnySeed = -1;

    public required IReadOnlyList<int[]> Prompts { get; init; }

    public required int Answers { get; init; }

    /// <summary>How each prompt's answers are sampled: what differs is the room that a prompt leaves them.</summary>
    public required IReadOnlyList<SamplingConfig> Sampling { get; init; }

    /// <summary>Null draws from a seed of each prompt's own that nobody chose.</summary>
    public required long? Seed { get; init; }

    /// <summary>
    /// The states of the answers' streams of random numbers, one for each; null where there is one seed for all.
    /// </summary>
    public IReadOnlyList<ulong>? Seeds { get; init; }

    public required IReadOnlyList<string> Stops { get; init; }

    public required IReadOnlyList<int> StopIds { get; init; }

    /// <summary>Likeliest tokens to tell, or null where no log-probabilities are wanted.</summary>
    public required int? Alternatives { get; init; }

    public required bool IsStreamed { get; init; }

    public required bool TellsUsage { get; init; }

    public required bool TellsIds { get; init; }

    /// <summary>Whether tokens are named by their ids where log-probabilities are returned.</summary>
    public required bool NamesIds { get; init; }

    /// <summary>A request for each prompt, and the first of its answers among all.</summary>
    /// <remarks>
    /// An answer depends on its prompt, the settings, the seed and its place among the prompt's answers, as those of
    /// generate do; not on the other prompts.
    /// </remarks>
    public IEnumerable<(int First, SampleRequest Request, SamplingConfig Sampling)> Draws()
    {
        for (var p = 0; p < Prompts.Count; p++)
        {
            var seed = Seed ?? RandomNumberGenerator.GetInt32(int.MaxValue);
            var streams = Enumerable.Range(0, Answers)
                .Select(i => Seeds is null ? Randomness.For(seed, "answers", i) : new RandomStream(Seeds[i])).ToList();
            var request = new SampleRequest(Prompts[p], streams) { Alternatives = Alternatives ?? 0 };
            yield return (p * Answers, request, Sampling[p]);
        }
    }

    /// <param name="maxTokens">
    /// Of a prompt and its answer together, by the model and by the memory that there is; what an answer may have where
    /// the client gives no limit.
    /// </param>
    /// <exception cref="ArgumentException">The model cannot do what is asked for.</exception>
    /// <exception cref="InvalidDataException">A field is missing or of another kind.</exception>
    public static ServedRequest Read(ServedModel served, JsonObject row, bool isChat, int maxTokens)
    {
        ServedFields.Check(row, isChat);
        if (isChat && row.WholeNumber("top_logprobs", 0) != 0 && !row.Flag("logprobs"))
        {
            throw new InvalidDataException("\"top_logprobs\" needs \"logprobs\": true.");
        }

        var prompts = isChat ? [served.Encode(Plain(row).Messages("messages"))] : ReadPrompts(served, row);
        var seeds = ReadSeeds(row);
        var answers = Within("n", row.WholeNumber("n", seeds?.Count ?? 1), 1, MaxAnswers);
        if (seeds is not null && seeds.Count != answers)
        {
            throw new InvalidDataException($"\"seeds\" holds {seeds.Count} and \"n\" is {answers}; there must be a "
                + "seed for each answer.");
        }

        if ((long)prompts.Count * answers > MaxTogether)
        {
            throw new InvalidDataException($"{prompts.Count} prompts of {answers} answers each are "
                + $"{(long)prompts.Count * answers} answers; one request may ask for {MaxTogether}.");
        }

        var sampling = new SamplingConfig
        {
            MaxTokens = ReadMaxTokens(row, isChat),
            Temperature = row.Number("temperature", 1),
            TopP = row.Number("top_p", 1),
            TopK = Math.Max(0, Within("top_k", row.WholeNumber("top_k", 0), -1, int.MaxValue)),
        };
        return new ServedRequest
        {
            Prompts = prompts,
            Answers = answers,
            Sampling = [.. prompts.Select(Roomy)],
            Seed = row.WholeNumber("seed", AnySeed) is var seed && seed == AnySeed ? null : seed,
            Seeds = seeds,
            Stops = ReadStops(row),
            StopIds = [.. row.Flag("ignore_eos") ? [] : served.StopIds, .. ReadStopIds(row)],
            Alternatives = isChat
                ? row.Flag("logprobs")
                    ? Within("top_logprobs", row.WholeNumber("top_logprobs", 0), 0, MaxAlternatives)
                    : null
                : row["logprobs"] is null
                    ? null
                    : Within("logprobs", row.WholeNumber("logprobs", 0), 0, MaxAlternatives),
            IsStreamed = row.Flag("stream"),
            TellsUsage = row["stream_options"] is JsonObject options && options.Flag("include_usage"),
            TellsIds = row.Flag("return_token_ids"),
            NamesIds = row.Flag("return_tokens_as_token_ids"),
        };

        // Where a client sets a limit of its own, memory that it cannot have is an error and no other limit.
        SamplingConfig Roomy(int[] prompt)
        {
            var longest = sampling.MaxTokens == int.MaxValue ? maxTokens : served.Config.MaxPositions;
            return sampling with { MaxTokens = Math.Min(sampling.MaxTokens, Math.Max(1, longest - prompt.Length)) };
        }
    }

    private static int ReadMaxTokens(JsonObject row, bool isChat)
    {
        var name = row["max_completion_tokens"] is null ? "max_tokens" : "max_completion_tokens";
        var given = row.WholeNumber(name, isChat ? AllRoom : CompletionTokens);
        return given == AllRoom ? int.MaxValue
            : given is > 0 and <= int.MaxValue ? (int)given
            : throw new InvalidDataException(
                $"\"{name}\" is {given}; it must be 1 to {int.MaxValue}, or -1 for as many as there is room for.");
    }

    // Content may be a list of parts, of which only texts can be read here. An assistant's may be null, or missing
    // where it called tools: the released chat templates write no calls.
    private static JsonObject Plain(JsonObject row)
    {
        var plain = row.DeepClone().AsObject();
        foreach (var message in (plain["messages"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (message["content"] is JsonArray parts)
            {
                message["content"] = string.Concat(
                    parts.Select(part => part is JsonObject { } item && item.OptionalText("type") == "text"
                    ? item.RequiredText("text")
                    : throw new InvalidDataException("A message's content has a part that is no text: "
                        + $"{part?.ToJsonString() ?? "null"}.")));
            }
            else if (message["content"] is null && message.OptionalText("role") == "assistant"
                && new[] { "content", "tool_calls", "function_call" }.Any(message.ContainsKey))
            {
                message["content"] = "";
            }
        }

        return plain;
    }

    // A text, token ids, or several of either.
    private static IReadOnlyList<int[]> ReadPrompts(ServedModel served, JsonObject row) => row["prompt"] switch
    {
        JsonArray { Count: > 0 } list when list[0] is JsonArray =>
            [.. list.Select(item => new JsonObject { ["prompt"] = item?.DeepClone() }.RequiredIds("prompt"))],
        JsonArray { Count: > 0 } list when list[0]?.GetValueKind() == JsonValueKind.String =>
            [.. list.Select(
                item => served.Encode(new JsonObject { ["prompt"] = item?.DeepClone() }.RequiredText("prompt")))],
        JsonArray => [row.RequiredIds("prompt")],
        _ => [served.Encode(row.RequiredText("prompt"))],
    };

    // A text, or several.
    private static IReadOnlyList<string> ReadStops(JsonObject row)
    {
        IReadOnlyList<JsonNode?> given = row["stop"] switch
        {
            null => [],
            JsonArray several => [.. several],
            var one => [one],
        };
        if (given.Count > MaxStops)
        {
            throw new InvalidDataException($"\"stop\" holds {given.Count} texts; it may hold {MaxStops}.");
        }

        return [.. given.Select((item, i) => new JsonObject { ["stop"] = item?.DeepClone() }.RequiredText("stop") switch
        {
            "" => throw new InvalidDataException("\"stop\" holds an empty text."),
            { Length: > MaxStopLength } text => throw new InvalidDataException(
                $"\"stop\" holds a text of {text.Length} characters at place {i}; one may have {MaxStopLength}."),
            var text => text,
        })];
    }

    // Whole numbers of 64 bits, which JSON's own numbers do not hold everywhere: as texts.
    private static IReadOnlyList<ulong>? ReadSeeds(JsonObject row) => row["seeds"] switch
    {
        null => null,
        JsonArray list =>
            [.. list.Select((item, i) => item is JsonValue value && value.TryGetValue<string>(out var text)
            && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new InvalidDataException($"\"seeds\" holds {JsonRow.Quoted(item)} at place {i}; expected was a "
                + $"text of a whole number from 0 to {ulong.MaxValue}."))],
        var other =>
            throw new InvalidDataException($"\"seeds\" is {JsonRow.Quoted(other)}; expected was a list of texts."),
    };

    private static int[] ReadStopIds(JsonObject row)
    {
        var ids = row["stop_token_ids"] is null ? [] : row.RequiredIds("stop_token_ids");
        return ids.Length <= MaxStopIds
            ? ids
            : throw new InvalidDataException($"\"stop_token_ids\" holds {ids.Length} ids; it may hold {MaxStopIds}.");
    }

    private static int Within(string name, long value, int least, int most) =>
        value >= least && value <= most
            ? (int)value
            : throw new InvalidDataException($"\"{name}\" is {value}; it must be {least} to {most}.");
}
