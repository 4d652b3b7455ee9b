using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Inference.Remote;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Phi4R.Inference;

/// <summary>Asks a chat client for groups of completions, by way of a pool of one.</summary>
internal static class ChatSampler
{
    /// <summary>Asks for a group of completions of each problem.</summary>
    /// <returns>
    /// Texts without token ids; one that could not be had is <see cref="FinishReason.Failed"/>.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// Not one completion came, so that there is nothing to go on with.
    /// </exception>
    public static async Task<Completion[][]> DrawAsync(
        IChatClient client, IReadOnlyList<Problem> problems, GroupOptions options, ChatSamplingOptions calls,
        CancellationToken cancel)
    {
        Dictionary<ChatTask, (int Problem, int Number)> places = new(ReferenceEqualityComparer.Instance);
        foreach (var (i, problem) in problems.Index())
        {
            IReadOnlyList<ChatMessage> messages = calls.Instructions is { } told
                ? [new(ChatRole.System, told), new(ChatRole.User, problem.Question)]
                : [new(ChatRole.User, problem.Question)];
            for (var j = 0; j < options.GroupSize; j++)
            {
                places.Add(new($"problem '{problem.Id}'", messages, options.Sampling, options.Stream(i, j).State),
                    (i, j));
            }
        }

        var groups = problems.Select(_ => new Completion[options.GroupSize]).ToArray();
        var (finished, failed, last) = (0, 0, (ChatOutcome?)null);
        var pool = new ChatPool([client], new()
        {
            MaxTries = calls.MaxTries,
            MaxTime = calls.MaxTime,
            TryTime = calls.MaxTime,
            MaxInFlight = calls.MaxInFlight,
            Log = calls.Log,
        });
        await foreach (var outcome in pool.AskAsync(places.Keys.ToAsyncEnumerable(), cancel).ConfigureAwait(false))
        {
            var (i, j) = places[outcome.Task];
            groups[i][j] = outcome.Completion with { TokenIds = [], TokenCount = outcome.Completion.TokenCount };
            (failed, last) = outcome.Failure is null ? (failed, last) : (failed + 1, outcome);
            options.Progress?.Report(++finished);
        }

        return failed < places.Count || last is null ? groups : throw new InvalidOperationException(
            $"None of {failed} completions came from {last.Server}: {last.Failure}");
    }
}
