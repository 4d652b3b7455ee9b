using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>vLLM's server.</summary>
/// <remarks>
/// Source: vLLM's documentation of its OpenAI-compatible server and of weight updates (Apache-2.0). Each completion is
/// asked for alone, with its seed. Reloading has been seen to give the weights of before (vllm issue 32718): folders
/// are never used twice, and what it answers afterwards is compared with the policy.
/// </remarks>
internal sealed class VllmEngine(RemoteCalls calls, RemoteOptions options, string model) : IRemoteEngine
{
    private bool _tellsVersion = true;
    private string? _adapters;

    public string Path => "/v1/completions";

    public int MostAtOnce => 1;

    public string ProcessedAdvice => "Start vLLM with --logprobs-mode processed_logprobs.";

    public JsonObject Body(GenerationRequest request, IReadOnlyList<ulong> seeds)
    {
        var body = new JsonObject
        {
            ["model"] = _adapters ?? model,
            ["prompt"] = JsonSerializer.SerializeToNode(request.PromptIds),
            ["n"] = 1,
            ["seed"] = unchecked((long)seeds[0]),
            ["max_tokens"] = request.Sampling.MaxTokens,
            ["temperature"] = request.Sampling.Temperature,
            ["top_p"] = request.Sampling.TopP,
            ["top_k"] = request.Sampling.TopK, // 0 is all; unsaid, it is what generation_config.json says.
            ["min_p"] = 0,
            ["repetition_penalty"] = 1,
            ["logprobs"] = 0,
            ["return_token_ids"] = true,
            ["skip_special_tokens"] = false,
            ["ignore_eos"] = true, // Our own stop tokens stand below.
            ["stop_token_ids"] = JsonSerializer.SerializeToNode(request.StopIds),
        };
        return body;
    }

    public (Completion? Completion, string Problem) Read(
        JsonObject answer, int index, GenerationRequest request, string? version)
    {
        var choice = RemoteChoice.Of(answer, 0);
        if (choice?["token_ids"] is not JsonArray ids)
        {
            return (null, "it returns no token ids (return_token_ids); vLLM does from 0.10.2 on");
        }

        return RemoteChoice.Whole(
            RemoteChoice.Read(choice, request, options.VocabularySize, processed: true), request,
            RemoteChoice.Number((answer["usage"] as JsonObject)?["completion_tokens"]) ?? ids.Count, choice);
    }

    public async Task<string?> ProbeAsync(CancellationToken cancel)
    {
        var (version, problem) = await calls.AskAsync("/version", null, cancel).ConfigureAwait(false);
        if (version?["version"] is null)
        {
            return $"is not vLLM: /version answers {(version is null ? problem : version.ToJsonString())}. "
                + "Name the engine that it is with --engine";
        }

        if (options.WeightsFolder is null || options.HandOver == WeightHandOver.Adapters)
        {
            return null;
        }

        var (asleep, closed) = await calls.AskAsync("/is_sleeping", null, cancel).ConfigureAwait(false);
        return asleep is null
            ? $"takes no weights ({closed}): start vLLM with VLLM_SERVER_DEV_MODE=1, on an address that is not public"
            : null;
    }

    // What fails leaves the server paused: nothing is sampled with weights that are loaded in part.
    public async Task<string?> TakeAsync(string folder, string version, CancellationToken cancel)
    {
        var reload = new JsonObject
        {
            ["method"] = "reload_weights",
            ["kwargs"] = new JsonObject { ["weights_path"] = folder, ["is_checkpoint_format"] = true },
        };
        foreach (var (path, body) in new (string, JsonObject)[]
        {
            ("/pause?mode=wait", []),
            ("/collective_rpc", reload),
            ("/reset_prefix_cache", []),
        })
        {
            if (await calls.DoAsync(path, body, cancel).ConfigureAwait(false) is { } problem)
            {
                return problem;
            }
        }

        // Older ones have no such label.
        _tellsVersion = _tellsVersion && (await calls.AskAsync("/update_weight_version",
            new JsonObject { ["new_version"] = version }, cancel).ConfigureAwait(false)).Answer is not null;
        return await calls.DoAsync("/resume", [], cancel).ConfigureAwait(false);
    }

    public async Task<string?> StartedOnAsync(CancellationToken cancel)
    {
        var (models, _) = await calls.AskAsync("/v1/models", null, cancel).ConfigureAwait(false);
        return (models?["data"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(card => (card["id"] as JsonValue)?.ToString() == model)?["root"]?.ToString();
    }

    public async Task<string?> TakeAdaptersAsync(string folder, string name, CancellationToken cancel)
    {
        var problem = await calls.LoadAdaptersAsync("/v1/load_lora_adapter", folder, name, cancel)
            .ConfigureAwait(false);
        _adapters = problem is null ? name : _adapters;
        return problem is null ? null : $"{problem}. Start vLLM with --enable-lora, a --max-lora-rank that is large "
            + "enough, --max-loras 2 and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, on an address that is not public";
    }

    public Task<string?> DropAdaptersAsync(string name, CancellationToken cancel)
    {
        _adapters = _adapters == name ? null : _adapters;
        return calls.DoAsync("/v1/unload_lora_adapter", new JsonObject { ["lora_name"] = name }, cancel);
    }
}
