using Phi4R.Data;
using Phi4R.Model;

namespace Phi4R.Inference;

/// <summary>Writes completions, token ids in and token ids out: an engine in this process, or a server.</summary>
public interface IGenerator : IAsyncDisposable
{
    /// <summary>What is known of the model that writes and of how it does.</summary>
    GeneratorInfo Info { get; }

    /// <summary>Writes the completions of one prompt, beside those of all other requests.</summary>
    /// <param name="onCompleted">
    /// Given each completion as it is finished and its place in the request, on any thread.
    /// </param>
    /// <returns>
    /// The completions, in the order of their seeds; one that could not be had is <see cref="FinishReason.Failed"/>.
    /// </returns>
    Task<IReadOnlyList<Completion>> GenerateAsync(
        GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default);
}

/// <summary>A generator whose weights training changes.</summary>
public interface IPolicyGenerator : IGenerator
{
    /// <summary>
    /// Takes over the weights of a policy; it is done when what is generated next is generated with them.
    /// </summary>
    /// <param name="version">What names these weights; completions carry it.</param>
    Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default);

    /// <summary>Gives memory back until the next request.</summary>
    Task SleepAsync(CancellationToken cancel = default);
}

/// <summary>One prompt and how its completions are sampled.</summary>
public sealed record GenerationRequest
{
    /// <summary>Token ids of the prompt.</summary>
    public required int[] PromptIds { get; init; }

    /// <summary>One seed for each completion: the state of its <see cref="Foundation.RandomStream"/>.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>Temperature, top-k, top-p and the length limit.</summary>
    public required SamplingConfig Sampling { get; init; }

    /// <summary>Tokens after which a completion is over.</summary>
    public required IReadOnlyList<int> StopIds { get; init; }
}
