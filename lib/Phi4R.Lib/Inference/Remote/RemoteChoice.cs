using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>
/// Reads the choices of a completions endpoint, in the forms of this project's server, of vLLM and of chat endpoints.
/// </summary>
internal static class RemoteChoice
{
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
