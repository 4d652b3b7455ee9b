using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Inference.Remote;

/// <summary>
/// A server as a generator: token ids in and token ids out, over /v1/completions as this project's server and vLLM have
/// it.
/// </summary>
/// <remarks>
/// A request is tried again, within limits, where the connection fails or the server is busy; a completion that stays
/// failed is <see cref="FinishReason.Failed"/> and never an exception. This project's server takes a seed for each
/// completion and gives, on the CPU in 32 bits, the very tokens and log-probabilities of the local engine; of others
/// each completion is asked for alone with its seed.
/// </remarks>
public sealed class RemoteGenerator : IPolicyGenerator
{
    private const string Completions = "/v1/completions";
    private const string Models = "/v1/models";
    private const string Update = "/update_weights_from_disk";
    private const int MostAtOnce = 128;
    private const int ProbedTokens = 8;
    private const double ExactTolerance = 1e-3;

    private readonly RemoteCalls _calls;
    private readonly RemoteOptions _options;
    private readonly string _model;
    private readonly bool _isOurs;

    private RemoteGenerator(RemoteCalls calls, RemoteOptions options, JsonObject card)
    {
        (_calls, _options) = (calls, options);
        (_model, _isOurs) = (Text(card, "id") ?? "", Text(card, "owned_by") == "phi4r");
        var version = Text(card, "weights_version");
        Info = new GeneratorInfo
        {
            Engine = $"{_model} at {calls.Address}",
            ContextLength = options.ContextLength,
            VocabularySize = options.VocabularySize,
            WeightsVersion = version,
            IsExact = _isOurs && card["exact"] is JsonValue exact && exact.TryGetValue<bool>(out var told) && told,
            Identity = GeneratorInfo.Hash(new { calls.Address, _model, version }),
        };
    }

    /// <inheritdoc/>
    public GeneratorInfo Info { get; private set; }

    /// <summary>Asks a server what it is, and for one token.</summary>
    /// <param name="http">
    /// With the server's address, and what else it wants, such as a key; it stays the caller's.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// The server is not there, or no server for this model; the message says what was found and what to do.
    /// </exception>
    public static async Task<RemoteGenerator> ConnectAsync(
        HttpClient http, RemoteOptions options, CancellationToken cancel = default)
    {
        var calls = new RemoteCalls(http, options);
        var (models, problem) = await calls.AskAsync(Models, null, cancel).ConfigureAwait(false);
        if (models?["data"] is not JsonArray { Count: > 0 } list || list[0] is not JsonObject card)
        {
            throw new InvalidDataException($"{calls.Address} serves no model that can be asked: "
                + $"{(models is null ? problem : $"{Models} lists none")}.");
        }

        if (Number(card, "vocab_size") is { } size && size != options.VocabularySize)
        {
            throw new InvalidDataException($"{calls.Address} serves a model of {size} ids, and ours has "
                + $"{options.VocabularySize}. Serve a model of the same vocabulary.");
        }

        if (Number(card, "max_model_len") is { } length && length < options.ContextLength)
        {
            throw new InvalidDataException($"{calls.Address} holds {length} tokens of prompt and completion, and "
                + $"{options.ContextLength} are needed. Serve it with a longer context.");
        }

        var generator = new RemoteGenerator(calls, options, card);
        await generator.CheckAsync(cancel).ConfigureAwait(false);
        return generator;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Completion>> GenerateAsync(
        GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
    {
        var version = Info.WeightsVersion;
        var completions = new Completion[request.Seeds.Count];
        await Task.WhenAll(Enumerable.Range(0, completions.Length).Chunk(_isOurs ? MostAtOnce : 1).Select(Part))
            .ConfigureAwait(false);
        return completions;

        async Task Part(int[] places)
        {
            var (answer, _) = await _calls.AskAsync(Completions,
                Body(request, [.. places.Select(place => request.Seeds[place])]), cancel).ConfigureAwait(false);
            var choices = (answer?["choices"] as JsonArray ?? []).OfType<JsonObject>()
                .ToLookup(choice => Number(choice, "index") ?? 0);
            foreach (var (index, place) in places.Index())
            {
                var read = RemoteChoice.Read(choices[index].FirstOrDefault(), request, Info.VocabularySize,
                    _options.LogProbsAreProcessed);
                completions[place] = (read ?? new Completion { TokenIds = [], Finish = FinishReason.Failed }) with
                {
                    WeightsVersion = version,
                };
                onCompleted?.Invoke(place, completions[place]);
            }
        }
    }

    /// <summary>
    /// Saves the policy's exact weights where the server reads, asks for them, and waits until its log-probabilities
    /// are the policy's.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// The server cannot or will not take them, or answers with others; the message says why.
    /// </exception>
    public async Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default)
    {
        if (Info.WeightsVersion != version)
        {
            var root = _options.WeightsFolder ?? throw new InvalidDataException(
                $"{Info.Engine} has other weights than the policy, and no folder is named through which it could be "
                    + "given them.");
            var folder = Path.Combine(Path.GetFullPath(root), $"policy-{version}");
            Directory.CreateDirectory(folder);
            try
            {
                Weights.Save(policy, Path.Combine(folder, "model.safetensors"));
                var (answer, problem) = await _calls.AskAsync(
                    Update, new JsonObject { ["model_path"] = folder, ["weight_version"] = version }, cancel)
                        .ConfigureAwait(false);
                if (answer is null
                    || (answer["success"] is JsonValue success && success.TryGetValue<bool>(out var taken) && !taken))
                {
                    throw new InvalidDataException($"{Info.Engine} did not take the policy's weights from {folder}: "
                        + $"{(answer is null ? problem : Text(answer, "message"))}");
                }
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        await AgreeAsync(policy, cancel).ConfigureAwait(false);
        Info = Info with
        {
            WeightsVersion = version,
            Identity = Info.IsExact
                ? GeneratorInfo.IdentityOf(version, policy.Config, DeviceType.CPU)
                : GeneratorInfo.Hash(new { _calls.Address, _model, version }),
        };
    }

    /// <inheritdoc/>
    public Task SleepAsync(CancellationToken cancel = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _calls.Dispose();
        return ValueTask.CompletedTask;
    }

    private JsonObject Body(GenerationRequest request, ulong[] seeds)
    {
        var body = new JsonObject
        {
            ["model"] = _model,
            ["prompt"] = JsonSerializer.SerializeToNode(request.PromptIds),
            ["n"] = seeds.Length,
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
        body[_isOurs ? "seeds" : "seed"] = _isOurs
            ? JsonSerializer.SerializeToNode(seeds.Select(seed => seed.ToString(CultureInfo.InvariantCulture)))
            : (long)(seeds[0] >> 2);
        return body;
    }

    private static GenerationRequest Probe(int[] prompt, int tokens) => new()
    {
        PromptIds = prompt,
        Seeds = [Randomness.For(1, "probe of a server").State],
        Sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = tokens },
        StopIds = [],
    };

    // The last id of the vocabulary must be known there, and what comes back must be ids of ours.
    private async Task CheckAsync(CancellationToken cancel)
    {
        var request = Probe([_options.VocabularySize - 1], 1);
        var (answer, problem) = await _calls.AskAsync(Completions, Body(request, [.. request.Seeds]), cancel)
            .ConfigureAwait(false);
        var choice = (answer?["choices"] as JsonArray)?.FirstOrDefault();
        if (answer is null)
        {
            throw new InvalidDataException($"{Info.Engine} cannot go on from the token id {request.PromptIds[0]}, "
                + $"which our model has: {problem}");
        }

        if (choice?["token_ids"] is not JsonArray)
        {
            throw new InvalidDataException($"{Info.Engine} returns no token ids (return_token_ids), without which "
                + "nothing can be learned from its completions. "
                + "This project's server returns them, and vLLM from 0.10.2 on.");
        }

        if (RemoteChoice.Read(choice, request, _options.VocabularySize, _options.LogProbsAreProcessed) is null)
        {
            throw new InvalidDataException($"{Info.Engine} answers with what is no token of a model of "
                + $"{_options.VocabularySize} ids: {choice.ToJsonString()}");
        }
    }

    // Tokens of the server's own, of which the policy must think as the server does.
    private async Task AgreeAsync(LanguageModel policy, CancellationToken cancel)
    {
        var prompt = Enumerable.Range(1, 4).Select(id => id % _options.VocabularySize).ToArray();
        var completion = (await GenerateAsync(Probe(prompt, ProbedTokens), cancel: cancel).ConfigureAwait(false))[0];
        if (completion.PlainLogProbs is not { } theirs)
        {
            throw new InvalidDataException($"{Info.Engine} tells no log-probabilities, so it cannot be seen whether "
                + "it has the policy's weights.");
        }

        var ours = LogProbs(policy, prompt, completion.TokenIds);
        var apart = theirs.Zip(ours, (one, other) => Math.Abs((double)one - other)).Max();
        if (!(apart <= (Info.IsExact ? ExactTolerance : _options.Tolerance)))
        {
            throw new InvalidDataException($"{Info.Engine} answers with other weights than the policy's: of the same "
                + $"{theirs.Length} tokens the log-probabilities are up to {apart:G3} nats apart.");
        }
    }

    private static float[] LogProbs(LanguageModel policy, int[] prompt, int[] completion)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. prompt, .. completion];
        // [T, V]
        var scores = policy.call(tensor(ids, device: policy.Device).unsqueeze(0)).squeeze(0)
            .to_type(ScalarType.Float32);
        var logs = nn.functional.log_softmax(scores, 1);
        return [.. completion.Select((id, t) => logs[prompt.Length + t - 1, id].cpu().item<float>())];
    }

    private static string? Text(JsonObject card, string name) =>
        card[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonObject card, string name) =>
        card[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
