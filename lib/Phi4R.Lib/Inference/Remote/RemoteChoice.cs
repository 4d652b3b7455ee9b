using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>
/// Reads the choices of a completions endpoint, in the forms of this project's server, of vLLM and of chat endpoints.
/// </summary>
internal static class RemoteChoice
{
    private const int Shown = 300;

    /// <summary>The choice of a place; null where there is none.</summary>
    public static JsonObject? Of(JsonObject answer, int index) => (answer["choices"] as JsonArray ?? [])
        .OfType<JsonObject>().FirstOrDefault(choice => (Number(choice["index"]) ?? 0) == index);

    /// <summary>A whole number; null where there is none.</summary>
    public static long? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    /// <summary>
    /// A completion of which no token is missing: as many as the server counted, with a log-probability each, up to the
    /// limit or to a token that ends it; or why it is none.
    /// </summary>
    /// <param name="counted">Tokens that the server says it sampled.</param>
    public static (Completion? Completion, string Problem) Whole(
        Completion? read, GenerationRequest request, long counted, JsonObject choice)
    {
        if (read is null)
        {
            var text = choice.ToJsonString();
            return (null, $"it answers with what is no completion to the request: {text[..Math.Min(Shown,
                text.Length)]}");
        }

        var count = read.TokenIds.Length;
        var logProbs = ((choice["logprobs"] as JsonObject)?["token_logprobs"] as JsonArray)?.Count;
        return counted != count ? Missing($"it counts {counted} and returns {count}")
            : logProbs is { } told && told != count ? Missing($"it returns {count} and {told} log-probabilities")
            : read.Finish == FinishReason.Length && count != request.Sampling.MaxTokens
                ? Missing($"it says that the limit of {request.Sampling.MaxTokens} ended it, and returns {count}")
            : read.Finish == FinishReason.Stop && !request.StopIds.Contains(read.TokenIds[^1])
                ? Missing($"it says that a stop token ended it, and the last is {read.TokenIds[^1]}")
            : (read, "");

        static (Completion?, string) Missing(string why) => (null, $"a token is missing: {why}");
    }

    /// <summary>A completion; null where the choice is not one to the request.</summary>
    /// <param name="processed">
    /// Whether log-probabilities of one kind alone are those of the distribution sampled from.
    /// </param>
    public static Completion? Read(JsonNode? choice, GenerationRequest request, int vocabularySize, bool processed)
    {
        try
        {
            var finish = (string?)choice?["finish_reason"] switch
            {
                "stop" => FinishReason.Stop,
                "length" => FinishReason.Length,
                _ => FinishReason.Failed,
            };
            if (finish == FinishReason.Failed || Numbers<int>(choice?["token_ids"]) is not { Length: > 0 } ids
                || ids.Length > request.Sampling.MaxTokens || ids.Any(id => id < 0 || id >= vocabularySize))
            {
                return null;
            }

            var (told, sampled) = LogProbs(choice!["logprobs"]);
            var plainIsSampled = request.Sampling is { Temperature: 1, TopP: 1, TopK: 0 };
            return new Completion
            {
                TokenIds = ids,
                Finish = finish,
                LogProbs = Fitting(sampled ?? (processed || plainIsSampled ? told : null)),
                PlainLogProbs = Fitting(processed && sampled is null && !plainIsSampled ? null : told),
            };

            float[]? Fitting(float[]? values) => values?.Length == ids.Length ? values : null;
        }
        catch (Exception problem) when (problem is InvalidOperationException or FormatException or OverflowException)
        {
            return null; // A field of another kind.
        }
    }

    // Lists of a completion, or an entry for each token as in a chat.
    private static (float[]? Told, float[]? Sampled) LogProbs(JsonNode? logprobs) =>
        logprobs?["content"] is JsonArray entries
        ? (Each(entries, "logprob"), Each(entries, "sampling_logprob"))
        : (Numbers<float>(logprobs?["token_logprobs"]), Numbers<float>(logprobs?["sampling_logprobs"]));

    private static float[]? Each(JsonArray entries, string name) =>
        entries.All(entry => entry?[name] is not null)
            ? [.. entries.Select(entry => entry![name]!.GetValue<float>())]
            : null;

    private static T[]? Numbers<T>(JsonNode? list) =>
        list is JsonArray array && array.All(item => item is not null)
            ? [.. array.Select(item => item!.GetValue<T>())]
            : null;
}
