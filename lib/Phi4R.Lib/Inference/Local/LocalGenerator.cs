using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Inference.Local;

/// <summary>The engine of this process as a generator.</summary>
/// <remarks>
/// An <see cref="Engine"/> is made at the first request after weights were loaded, on the thread that asks, and
/// disposed when the generator is put to sleep or gets other weights. The policy stays the caller's, and must live as
/// long as it is generated with.
/// </remarks>
/// <param name="cacheBytes">As for <see cref="Engine"/>.</param>
public sealed class LocalGenerator(long? cacheBytes = null) : IPolicyGenerator
{
    private LanguageModel? _policy;
    private string _version = "";
    private Engine? _engine;

    /// <summary>A generator that has a model's weights already.</summary>
    /// <param name="version">What names them; null: their hash.</param>
    public static LocalGenerator Of(LanguageModel model, string? version = null, long? cacheBytes = null)
    {
        var generator = new LocalGenerator(cacheBytes);
        generator.Take(model, version ?? Weights.Hash(model));
        return generator;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No weights were loaded.</exception>
    public GeneratorInfo Info => new()
    {
        Engine = $"Phi4R in this process, on {Policy.Device.type.ToString().ToUpperInvariant()}",
        ContextLength = Policy.Config.MaxPositions,
        VocabularySize = Policy.Config.VocabularySize,
        WeightsVersion = _version,
        IsExact = true,
        Identity = GeneratorInfo.IdentityOf(_version, Policy.Config, Policy.Device.type),
    };

    private LanguageModel Policy =>
        _policy ?? throw new InvalidOperationException("The generator has no weights yet; load a policy first.");

    private Engine Engine => _engine ??= new Engine(Policy, cacheBytes);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The prompt does not fit the model, or the cache.</exception>
    public Task<IReadOnlyList<Completion>> GenerateAsync(
        GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
    {
        var engine = Engine;
        var version = _version;
        var streams = request.Seeds.Select(seed => new RandomStream(seed)).ToList();
        return Versioned(engine.Draw(
            new SampleRequest(request.PromptIds, streams), request.Sampling, request.StopIds,
            finished: (place, completion) => onCompleted?.Invoke(place, completion with { WeightsVersion = version }),
            cancel: cancel));

        async Task<IReadOnlyList<Completion>> Versioned(Task<Completion[]> generated) =>
            [.. (await generated.ConfigureAwait(false)).Select(
                completion => completion with { WeightsVersion = version })];
    }

    /// <inheritdoc/>
    public Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default)
    {
        Take(policy, version);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SleepAsync(CancellationToken cancel = default)
    {
        _engine?.Dispose();
        _engine = null;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(SleepAsync());

    /// <inheritdoc cref="Engine.Hold"/>
    internal IDisposable Hold() => Engine.Hold();

    private void Take(LanguageModel policy, string version)
    {
        SleepAsync();
        (_policy, _version) = (policy, version);
    }
}
