using Phi4R.Data;

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
