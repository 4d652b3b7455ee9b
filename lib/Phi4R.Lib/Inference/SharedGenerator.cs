using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Inference;

/// <summary>
/// A generator of which each rank has one of its own: of the requests that all make alike each rank samples a part, and
/// all are given every completion.
/// </summary>
/// <remarks>
/// A completion depends on weights, prompt and seed alone, so that the same come however many ranks there are. A single
/// request, made outside of <see cref="Sampler"/>, is this rank's own.
/// </remarks>
/// <param name="own">This rank's generator.</param>
/// <param name="ranks">Who samples together.</param>
internal sealed class SharedGenerator(IPolicyGenerator own, ICollective ranks) : IPolicyGenerator
{
    /// <inheritdoc/>
    public GeneratorInfo Info => own.Info;

    /// <inheritdoc/>
    public Task<IReadOnlyList<Completion>> GenerateAsync(
        GenerationRequest request, Action<int, Completion>? onCompleted = null, CancellationToken cancel = default) =>
        own.GenerateAsync(request, onCompleted, cancel);

    /// <inheritdoc/>
    public Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default) =>
        own.LoadAsync(policy, version, cancel);

    /// <inheritdoc/>
    public Task SleepAsync(CancellationToken cancel = default) => own.SleepAsync(cancel);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => own.DisposeAsync();

    /// <summary>Samples this rank's part of the requests.</summary>
    /// <param name="requests">The same on every rank.</param>
    /// <param name="journal">This rank's own.</param>
    /// <param name="progress">Told how many would be finished if the others were as far as this rank.</param>
    /// <param name="enough">Of all requests, as for <see cref="Sampler.DrawPart"/>.</param>
    /// <returns>
    /// Gives and takes the others' parts: to be called on the thread on which the ranks talk to each other.
    /// </returns>
    internal Func<IReadOnlyList<Completion>[]> DrawPart(
        IReadOnlyList<GenerationRequest> requests, CompletionJournal? journal, IProgress<int>? progress, int? enough,
        CancellationToken cancel)
    {
        var all = requests.Sum(request => request.Seeds.Count);
        var counting = progress is null ? null : new InlineProgress<int>(
            count => progress.Report(Math.Min(all, count * ranks.Size)));
        int? enoughHere = enough is null ? null : ranks.Dealt([.. Enumerable.Range(0, enough.Value)]).Count;
        var part = Sampler.DrawPart(own, ranks.Dealt(requests), journal, counting, enoughHere, cancel)();
        return () =>
        {
            var parts = ranks.All(part);
            var next = new int[ranks.Size];
            return [.. requests.Select((_, i) => parts[ranks.OwnerOf(i)][next[ranks.OwnerOf(i)]++])];
        };
    }
}
