using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Model;

namespace Phi4R.Inference.Remote;

/// <summary>
/// A server as a generator: token ids in and token ids out, as this project's server, vLLM or SGLang has it.
/// </summary>
/// <remarks>
/// A request is tried again, within limits, where the connection fails or the server is busy; a completion that stays
/// failed is <see cref="FinishReason.Failed"/> and never an exception. This project's server takes a seed for each
/// completion and gives, on the CPU in 32 bits, the very tokens and log-probabilities of the local engine; of others
/// each completion is asked for alone with its seed. After each hand-over of weights a fixed prompt's log-probabilities
/// must be the policy's, at temperature 1 and, of vLLM, SGLang and llama.cpp, of the distribution sampled from at
/// another.
/// </remarks>
public sealed class RemoteGenerator : IPolicyGenerator
{
    private const string Models = "/v1/models";
    private const double ExactTolerance = 1e-3;

    private readonly RemoteCalls _calls;
    private readonly RemoteOptions _options;
    private readonly IRemoteEngine _engine;
    private readonly Canary _canary;
    private readonly string _model;
    private readonly PolicyHandOver _handOver;
    private readonly List<string> _adapters = []; // Those that the server has of us, the oldest first.
    private LowRankAdapters? _base; // Those whose frozen weights the server has.
    private bool _tookWeights;

    private RemoteGenerator(RemoteCalls calls, RemoteOptions options, JsonObject card)
    {
        (_calls, _options, _handOver) = (calls, options, new PolicyHandOver([this]));
        _model = Text(card, "id") ?? "";
        var isOurs = Text(card, "owned_by") == "phi4r";
        _engine = options.Engine switch
        {
            ServerKind.Vllm => new VllmEngine(calls, options, _model),
            ServerKind.SgLang => new SgLangEngine(calls, options),
            ServerKind.LlamaCpp => new LlamaCppEngine(calls, options),
            _ => new CompletionsEngine(calls, options, _model, isOurs),
        };
        var version = Text(card, "weights_version");
        Info = new GeneratorInfo
        {
            Engine = $"{_model} at {calls.Address}",
            ContextLength = options.ContextLength,
            VocabularySize = options.VocabularySize,
            WeightsVersion = version,
            IsExact = isOurs && card["exact"] is JsonValue exact && exact.TryGetValue<bool>(out var told) && told,
            Identity = GeneratorInfo.Hash(new { calls.Address, _model, version }),
        };
        _canary = new Canary(Info.Engine, _engine.ProcessedAdvice);
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

        if (RemoteChoice.Number(card["vocab_size"] ?? (card["meta"] as JsonObject)?["n_vocab"]) is { } size
            && size != options.VocabularySize)
        {
            throw new InvalidDataException($"{calls.Address} serves a model of {size} ids, and ours has "
                + $"{options.VocabularySize}. Serve a model of the same vocabulary.");
        }

        if (RemoteChoice.Number(card["max_model_len"]) is { } length && length < options.ContextLength)
        {
            throw new InvalidDataException($"{calls.Address} holds {length} tokens of prompt and completion, and "
                + $"{options.ContextLength} are needed. Serve it with a longer context.");
        }

        var generator = new RemoteGenerator(calls, options, card);
        if (await generator._engine.ProbeAsync(cancel).ConfigureAwait(false) is { } lack)
        {
            throw new InvalidDataException($"{generator.Info.Engine} {lack}.");
        }

        await generator.CheckAsync(cancel).ConfigureAwait(false);
        return generator;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Completion>> GenerateAsync(
        GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
    {
        var version = Info.WeightsVersion;
        var completions = new Completion[request.Seeds.Count];
        await Task.WhenAll(Enumerable.Range(0, completions.Length).Chunk(_engine.MostAtOnce).Select(Part))
            .ConfigureAwait(false);
        return completions;

        async Task Part(int[] places)
        {
            var (answer, _) = await _calls.AskAsync(_engine.Path,
                _engine.Body(request, [.. places.Select(place => request.Seeds[place])]), cancel).ConfigureAwait(false);
            foreach (var (index, place) in places.Index())
            {
                var (read, problem) = answer is null ? (null, "") : _engine.Read(answer, index, request, version);
                if (problem.Length > 0)
                {
                    _options.Log?.Invoke($"{Info.Engine}: a completion is left out: {problem}");
                }

                completions[place] = (read ?? new Completion { TokenIds = [], Finish = FinishReason.Failed }) with
                {
                    WeightsVersion = version,
                };
                onCompleted?.Invoke(place, completions[place]);
            }
        }
    }

    /// <summary>
    /// Saves the policy's exact weights, or its adapters, where the server reads, asks for them, and waits until its
    /// log-probabilities are the policy's.
    /// </summary>
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">
    /// The server cannot or will not take them, or answers with others; the message says why.
    /// </exception>
    public Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default) =>
        _handOver.RunAsync(policy, version, cancel);

    /// <summary>What the server must be, and how it is given weights.</summary>
    internal RemoteOptions Options => _options;

    /// <summary>Whether the server has other weights than these, and is to be given them.</summary>
    /// <exception cref="InvalidDataException">It has others, and keeps them.</exception>
    internal bool Wants(string version)
    {
        if (_engine.KeepsWeights is not { } why)
        {
            return Info.WeightsVersion != version;
        }

        return Info.WeightsVersion is null || Info.WeightsVersion == version ? false : throw new InvalidDataException(
            $"{Info.Engine} has other weights than the policy, {Info.WeightsVersion}, and cannot be given them: "
                + $"{why}.");
    }

    /// <summary>
    /// Why the server has not the weights that a policy's adapters stand on; empty where it has them.
    /// </summary>
    internal async Task<string> LacksBaseAsync(LanguageModel policy, CancellationToken cancel)
    {
        if (_base == policy.Adapters)
        {
            return "";
        }

        var lack = _tookWeights
            ? "it was given other weights since it started"
            : AdapterBase.Unlike(policy, await _engine.StartedOnAsync(cancel).ConfigureAwait(false));
        _base = lack.Length == 0 ? policy.Adapters : null;
        return lack;
    }

    /// <summary>Has the server take weights, which are nobody's until they are seen to be the policy's.</summary>
    /// <param name="adapters">What stands on them and is still to come; null where the weights are all.</param>
    internal async Task TakeAsync(
        PolicyFolder folder, string version, LowRankAdapters? adapters, CancellationToken cancel)
    {
        (Info, _base, _tookWeights) = (Info with { WeightsVersion = null }, null, true);
        await DropAsync(0, cancel).ConfigureAwait(false);
        Refuse(await _engine.TakeAsync(folder.Path, version, cancel).ConfigureAwait(false), folder);
        _base = adapters;
    }

    /// <summary>Has the server take adapters over the weights that it has.</summary>
    internal async Task TakeAdaptersAsync(PolicyFolder folder, CancellationToken cancel)
    {
        Info = Info with { WeightsVersion = null };
        Refuse(await _engine.TakeAdaptersAsync(folder.Path, folder.Name, cancel).ConfigureAwait(false), folder);
        _adapters.Add(folder.Name);
    }

    /// <summary>Has the server forget all adapters but the last ones that it took.</summary>
    internal async Task DropAsync(int kept, CancellationToken cancel)
    {
        while (_adapters.Count > kept)
        {
            if (await _engine.DropAdaptersAsync(_adapters[0], cancel).ConfigureAwait(false) is { } problem)
            {
                _options.Log?.Invoke($"{Info.Engine} keeps adapters that nobody asks for: {problem}");
            }

            _adapters.RemoveAt(0);
        }
    }

    /// <summary>Makes sure that the server answers with a policy's weights, and calls them so.</summary>
    internal async Task AgreeAsync(LanguageModel policy, string version, CancellationToken cancel)
    {
        await _canary.CheckAsync(policy, request => AskAsync(request, version, cancel),
            Info.IsExact ? ExactTolerance : _options.Tolerance).ConfigureAwait(false);
        Info = Info with
        {
            WeightsVersion = version,
            Identity = Info.IsExact
                ? GeneratorInfo.IdentityOf(version, policy.Config, DeviceType.CPU)
                : GeneratorInfo.Hash(new { _calls.Address, _model, version }),
        };
    }

    private void Refuse(string? problem, PolicyFolder folder)
    {
        if (problem is not null)
        {
            throw new InvalidDataException($"{Info.Engine} did not take the policy's weights from {folder.Path}: "
                + problem);
        }
    }

    /// <inheritdoc/>
    public Task SleepAsync(CancellationToken cancel = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _handOver.Dispose();
        _calls.Dispose();
        return ValueTask.CompletedTask;
    }

    // One completion, or why there is none.
    private async Task<(Completion? Completion, string Problem)> AskAsync(
        GenerationRequest request, string? version, CancellationToken cancel)
    {
        var (answer, problem) = await _calls.AskAsync(_engine.Path, _engine.Body(request, request.Seeds), cancel)
            .ConfigureAwait(false);
        return answer is null ? (null, problem) : _engine.Read(answer, 0, request, version);
    }

    // The last id of the vocabulary must be known there, and what comes back must be ids of ours.
    private async Task CheckAsync(CancellationToken cancel)
    {
        var request = Canary.Request([_options.VocabularySize - 1], 1, tokens: 1);
        var (completion, problem) = await AskAsync(request, null, cancel).ConfigureAwait(false);
        if (completion is null)
        {
            throw new InvalidDataException($"{Info.Engine} cannot go on from the token id {request.PromptIds[0]}, "
                + $"which our model has: {problem}.");
        }
    }

    private static string? Text(JsonObject card, string name) =>
        card[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
