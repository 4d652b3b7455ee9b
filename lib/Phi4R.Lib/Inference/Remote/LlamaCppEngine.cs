using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>llama.cpp's server, by its own endpoint.</summary>
/// <remarks>
/// Source: exchanges recorded from such a server (data/fixtures/servers). It keeps the weights it was started on; its
/// seeds have 32 bits and give completions of their own; and of a character that is spelled by several tokens it tells
/// one log-probability or none, so that such a completion comes without any. Log-probabilities are either those at
/// temperature 1 over the whole vocabulary or those of the distribution sampled from, as the request asks.
/// </remarks>
internal sealed class LlamaCppEngine(RemoteCalls calls, RemoteOptions options) : IRemoteEngine
{
    public string Path => "/completion";

    public int MostAtOnce => 1;

    public string ProcessedAdvice => "Take a version of llama.cpp that knows post_sampling_probs and samplers.";

    public string KeepsWeights => "llama.cpp's server keeps the weights that it was started on. Export the model "
        + "(phi4r export --format gguf), and start a server on the file";

    public JsonObject Body(GenerationRequest request, IReadOnlyList<ulong> seeds) => new()
    {
        ["prompt"] = JsonSerializer.SerializeToNode(request.PromptIds),
        ["n_predict"] = request.Sampling.MaxTokens,
        ["seed"] = (uint)(seeds[0] % uint.MaxValue), // The last of 32 bits would mean a seed of its own choice.
        ["temperature"] = request.Sampling.Temperature,
        ["top_k"] = request.Sampling.TopK,
        ["top_p"] = request.Sampling.TopP,
        ["min_p"] = 0,
        ["repeat_penalty"] = 1,
        ["samplers"] = new JsonArray("temperature", "top_k", "top_p"), // Its own order has the temperature last.
        ["return_tokens"] = true,
        ["n_probs"] = 1,
        ["post_sampling_probs"] = !IsPlain(request),
        ["stream"] = false,
    };

    public (Completion? Completion, string Problem) Read(
        JsonObject answer, int index, GenerationRequest request, string? version)
    {
        try
        {
            return Read(answer, request);
        }
        catch (Exception problem) when (problem is InvalidOperationException or FormatException or OverflowException)
        {
            return (null, $"it answers with a field of another kind: {problem.Message}");
        }
    }

    public async Task<string?> ProbeAsync(CancellationToken cancel)
    {
        var (found, problem) = await calls.AskAsync("/props", null, cancel).ConfigureAwait(false);
        if (found?["total_slots"] is null)
        {
            return $"is not llama.cpp's server: /props answers {(found is null ? problem : found.ToJsonString())}. "
                + "Name the engine that it is with --engine";
        }

        var length = RemoteChoice.Number((found["default_generation_settings"] as JsonObject)?["n_ctx"]);
        if (length < options.ContextLength)
        {
            return $"holds {length} tokens in each of its {found["total_slots"]} slots, and {options.ContextLength} "
                + "are needed. Start it with a longer context (--ctx-size is that of all slots together)";
        }

        options.Log?.Invoke($"{calls.Address} is llama.cpp's: it keeps its weights, equal seeds give other completions "
            + "than this engine's, and one in which a character is of several tokens has no log-probabilities");
        return null;
    }

    public Task<string?> TakeAsync(string folder, string version, CancellationToken cancel) =>
        Task.FromResult<string?>(KeepsWeights);

    private (Completion? Completion, string Problem) Read(JsonObject answer, GenerationRequest request)
    {
        if (answer["tokens"] is not JsonArray { Count: > 0 } tokens || tokens.Any(id => id is null))
        {
            return (null, "it returns no token ids (return_tokens); take a newer llama.cpp");
        }

        var read = RemoteChoice.Number(answer["tokens_evaluated"]);
        if (read != request.PromptIds.Length || (bool?)answer["truncated"] == true)
        {
            return (null, $"it read {read} tokens of a prompt of {request.PromptIds.Length}");
        }

        // It knows the stop tokens of its own file alone. What it sampled after one of ours is not part of the answer,
        // and what came before is as likely with it as without.
        var all = tokens.Select(id => (int)id!).ToArray();
        var stop = Array.FindIndex(all, request.StopIds.Contains);
        var ids = stop < 0 ? all : all[..(stop + 1)];
        var kind = (string?)answer["stop_type"];
        var choice = new JsonObject
        {
            ["finish_reason"] = stop >= 0 || kind == "eos" ? "stop" : kind == "limit" ? "length" : kind,
            ["token_ids"] = JsonSerializer.SerializeToNode(ids),
            ["logprobs"] = LogProbs(answer["completion_probabilities"] as JsonArray, all, ids.Length,
                IsPlain(request)) is { } told
                ? new JsonObject { ["token_logprobs"] = JsonSerializer.SerializeToNode(told) }
                : null,
        };
        var counted = RemoteChoice.Number(answer["tokens_predicted"]) - (all.Length - ids.Length);

        // A probe of the weights names no stop tokens, and may end by the file's own.
        var asked = request.StopIds.Count > 0 ? request : request with { StopIds = ids[^1..] };
        return RemoteChoice.Whole(RemoteChoice.Read(choice, asked, options.VocabularySize, processed: true), asked,
            counted ?? ids.Length, choice);
    }

    // One for each of the first tokens; null where one is missing, as of bytes that are no whole character.
    private static float[]? LogProbs(JsonArray? entries, int[] all, int count, bool isPlain)
    {
        if (entries?.Count != all.Length || !entries.Select(entry => (int?)entry?["id"]).SequenceEqual(
            all.Select(id => (int?)id)))
        {
            return null;
        }

        float[] told = [.. entries.Take(count).Select(entry => isPlain
            ? (float?)entry!["logprob"] ?? float.NaN
            : MathF.Log((float?)entry!["prob"] ?? float.NaN))];
        return told.All(float.IsFinite) ? told : null;
    }

    private static bool IsPlain(GenerationRequest request) => request.Sampling is { Temperature: 1, TopP: 1, TopK: 0 };
}
