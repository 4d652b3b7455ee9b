using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>
/// This project's server, which takes a seed for each completion, and others that answer at /v1/completions.
/// </summary>
internal sealed class CompletionsEngine(RemoteCalls calls, RemoteOptions options, string model, bool isOurs)
    : IRemoteEngine
{
    private const int MostOfOurs = 128;

    public string Path => "/v1/completions";

    public int MostAtOnce => isOurs ? MostOfOurs : 1;

    public string? ProcessedAdvice => null;

    public JsonObject Body(GenerationRequest request, IReadOnlyList<ulong> seeds)
    {
        var body = new JsonObject
        {
            ["model"] = model,
            ["prompt"] = JsonSerializer.SerializeToNode(request.PromptIds),
            ["n"] = seeds.Count,
            ["max_tokens"] = request.Sampling.MaxTokens,
            ["temperature"] = request.Sampling.Temperature,
            ["top_p"] = request.Sampling.TopP,
            ["logprobs"] = 0,
            ["return_token_ids"] = true,
            ["ignore_eos"] = true, // Our own stop tokens stand below.
            ["stop_token_ids"] = JsonSerializer.SerializeToNode(request.StopIds),
        };
        if (request.Sampling.TopK > 0)
        {
            body["top_k"] = request.Sampling.TopK;
        }

        // A whole state of a stream where it is understood; elsewhere a seed that any server takes.
        body[isOurs ? "seeds" : "seed"] = isOurs
            ? JsonSerializer.SerializeToNode(seeds.Select(seed => seed.ToString(CultureInfo.InvariantCulture)))
            : (long)(seeds[0] >> 2);
        return body;
    }

    public (Completion? Completion, string Problem) Read(
        JsonObject answer, int index, GenerationRequest request, string? version)
    {
        var choice = RemoteChoice.Of(answer, index);
        return choice?["token_ids"] is not JsonArray
            ? (null, "it returns no token ids (return_token_ids), without which nothing can be learned from its "
                + "completions. This project's server returns them, and vLLM from 0.10.2 on")
            : RemoteChoice.Read(choice, request, options.VocabularySize, options.LogProbsAreProcessed) is { } read
                ? (read, "")
                : (null, $"it answers with what is no token of a model of {options.VocabularySize} ids: "
                    + choice.ToJsonString());
    }

    public Task<string?> ProbeAsync(CancellationToken cancel) => Task.FromResult<string?>(null);

    public Task<string?> TakeAsync(string folder, string version, CancellationToken cancel) =>
        calls.UpdateFromDiskAsync(
            new JsonObject { ["model_path"] = folder, ["weight_version"] = version }, cancel);
}
