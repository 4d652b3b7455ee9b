using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>SGLang's server, by its own endpoint.</summary>
/// <remarks>
/// Source: SGLang's documentation of its native API and of reinforcement learning (Apache-2.0). It tells the
/// log-probabilities after the temperature and before top-k and top-p: where those are used, they are of another
/// distribution than the token was sampled from. Seeds count under --enable-deterministic-inference alone.
/// </remarks>
internal sealed class SgLangEngine(RemoteCalls calls, RemoteOptions options) : IRemoteEngine
{
    private string? _adapters;

    public string Path => "/generate";

    public int MostAtOnce => 1;

    public string ProcessedAdvice => "Start SGLang without SGLANG_RETURN_ORIGINAL_LOGPROB.";

    public JsonObject Body(GenerationRequest request, IReadOnlyList<ulong> seeds)
    {
        var body = new JsonObject
        {
            ["input_ids"] = JsonSerializer.SerializeToNode(request.PromptIds),
            ["sampling_params"] = new JsonObject
            {
                ["max_new_tokens"] = request.Sampling.MaxTokens,
                ["temperature"] = request.Sampling.Temperature,
                ["top_p"] = request.Sampling.TopP,
                ["top_k"] = request.Sampling.TopK > 0 ? request.Sampling.TopK : -1,
                ["min_p"] = 0,
                ["repetition_penalty"] = 1,
                ["sampling_seed"] = unchecked((long)seeds[0]),
                ["ignore_eos"] = true, // Our own stop tokens stand below.
                ["skip_special_tokens"] = false,
                ["stop_token_ids"] = JsonSerializer.SerializeToNode(request.StopIds),
            },
            ["return_logprob"] = true,
            ["logprob_start_len"] = -1,
        };
        if (_adapters is not null)
        {
            body["lora_path"] = _adapters; // A name, whatever the field is called.
        }

        return body;
    }

    public (Completion? Completion, string Problem) Read(
        JsonObject answer, int index, GenerationRequest request, string? version)
    {
        if (answer["meta_info"] is not JsonObject about || about["output_token_logprobs"] is not JsonArray triples)
        {
            return (null, "it returns no meta_info.output_token_logprobs, in which token ids and log-probabilities "
                + "stand");
        }

        // Adapters have names of their own; the label is that of the weights under them.
        if (version is not null && _adapters is null && about["weight_version"] is JsonValue label
            && label.TryGetValue<string>(out var told) && told != version)
        {
            return (null, $"it answers with weights that it calls {told}, and {version} were handed over");
        }

        // [log-probability, id, text or null] of each token.
        var choice = new JsonObject
        {
            ["finish_reason"] = (about["finish_reason"] as JsonObject)?["type"]?.DeepClone(),
            ["token_ids"] = new JsonArray([.. triples.Select(triple => Item(triple, 1))]),
            ["logprobs"] = new JsonObject
            {
                ["token_logprobs"] = new JsonArray([.. triples.Select(triple => Item(triple, 0))]),
            },
        };
        var completion = RemoteChoice.Read(choice, request, options.VocabularySize, processed: true);
        if (request.Sampling is not { TopP: 1, TopK: 0 })
        {
            completion = completion is null ? null : completion with { LogProbs = null };
        }

        return RemoteChoice.Whole(completion, request,
            RemoteChoice.Number(about["completion_tokens"]) ?? triples.Count, choice);
    }

    private static JsonNode? Item(JsonNode? list, int place) =>
        list is JsonArray array && array.Count > place ? array[place]?.DeepClone() : null;

    public async Task<string?> ProbeAsync(CancellationToken cancel)
    {
        var (info, problem) = await InfoAsync(cancel).ConfigureAwait(false);
        return info?["model_path"] is null
            ? $"is not SGLang: /get_model_info answers {(info is null ? problem : info.ToJsonString())}. Name the "
                + "engine that it is with --engine"
            : null;
    }

    public Task<string?> TakeAsync(string folder, string version, CancellationToken cancel) =>
        calls.UpdateFromDiskAsync(new JsonObject
        {
            ["model_path"] = folder,
            ["flush_cache"] = true,
            ["abort_all_requests"] = false,
            ["weight_version"] = version,
        }, cancel);

    public async Task<string?> StartedOnAsync(CancellationToken cancel)
    {
        var (info, _) = await InfoAsync(cancel).ConfigureAwait(false);
        return info?["model_path"]?.ToString();
    }

    public async Task<string?> TakeAdaptersAsync(string folder, string name, CancellationToken cancel)
    {
        var problem = await calls.LoadAdaptersAsync("/load_lora_adapter", folder, name, cancel).ConfigureAwait(false);
        _adapters = problem is null ? name : _adapters;
        return problem is null ? null : $"{problem}. Start SGLang with --enable-lora, a --max-lora-rank that is large "
            + "enough and --lora-target-modules all";
    }

    public Task<string?> DropAdaptersAsync(string name, CancellationToken cancel)
    {
        _adapters = _adapters == name ? null : _adapters;
        return calls.DoAsync("/unload_lora_adapter", new JsonObject { ["lora_name"] = name }, cancel);
    }

    // Newer ones have it under the shorter name.
    private async Task<(JsonObject? Info, string Problem)> InfoAsync(CancellationToken cancel)
    {
        var found = await calls.AskAsync("/get_model_info", null, cancel).ConfigureAwait(false);
        return found.Answer is null ? await calls.AskAsync("/model_info", null, cancel).ConfigureAwait(false) : found;
    }
}
