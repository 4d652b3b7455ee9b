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

    public string Path => "/v1/completions";

    public int MostAtOnce => 1;

    public string ProcessedAdvice => "Start vLLM with --logprobs-mode processed_logprobs.";

    public JsonObject Body(GenerationRequest request, IReadOnlyList<ulong> seeds)
    {
        var body = new JsonObject
        {
            ["model"] = model,
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

        if (options.WeightsFolder is null)
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
            if (await StepAsync(path, body, cancel).ConfigureAwait(false) is { } problem)
            {
                return problem;
            }
        }

        // Older ones have no such label.
        _tellsVersion = _tellsVersion && (await calls.AskAsync("/update_weight_version",
            new JsonObject { ["new_version"] = version }, cancel).ConfigureAwait(false)).Answer is not null;
        return await StepAsync("/resume", [], cancel).ConfigureAwait(false);
    }

    private async Task<string?> StepAsync(string path, JsonObject body, CancellationToken cancel)
    {
        var (answer, problem) = await calls.AskAsync(path, body, cancel, mayBeEmpty: true).ConfigureAwait(false);
        return answer is null ? $"{path}: {problem}"
            : RemoteCalls.Refused(answer) is { } refused ? $"{path}: {refused}"
            : null;
    }
}
