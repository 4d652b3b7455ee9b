using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Inference.Remote;

namespace Phi4R.Runs;

/// <summary>
/// Makes parts of evaluations, in the process that began one or in a worker: asks a model, judges, and keeps nothing.
/// </summary>
internal sealed class EvaluationWork(ChatPool pool) : IDisposable
{
    public const string Kind = "evaluate";

    // No server answers any more: what is left is asked for at the next start.
    private const int FailuresInARow = 64;

    private readonly SemaphoreSlim _places = new(pool.MostOpen);
    private readonly Lock _gate = new();
    private readonly FailureStreak _streak = new(FailuresInARow);

    /// <summary>Asks for completions.</summary>
    /// <param name="tell">Is called with each that came or could not be had, one after the other.</param>
    /// <param name="begun">Is called when the last is asked for.</param>
    /// <exception cref="PartFaultException">The servers do not answer any more.</exception>
    public async Task RunAsync(IReadOnlyList<AskedSample> asked, Func<EvaluatedCompletion, PartTally> tell,
        Action begun, CancellationToken cancel)
    {
        ConcurrentDictionary<string, AskedSample> open = new(StringComparer.Ordinal);
        var held = 0;
        try
        {
            await foreach (var outcome in pool.AskAsync(Tasks(cancel), cancel).ConfigureAwait(false))
            {
                open.TryRemove(outcome.Task.Key, out var one);
                tell(Judged(one!, outcome));

                // Only what is kept makes place: a kill costs what is under way, and no completion that waits here.
                Interlocked.Decrement(ref held);
                _places.Release();
                if (IsHopeless(outcome))
                {
                    throw new PartFaultException($"{FailuresInARow} completions in a row could not be had; the rest is "
                        + $"not asked for now. The last of them: {outcome.Failure}");
                }
            }
        }
        finally
        {
            if (held > 0)
            {
                _places.Release(held);
            }
        }

        async IAsyncEnumerable<ChatTask> Tasks([EnumeratorCancellation] CancellationToken stop)
        {
            foreach (var one in asked)
            {
                await _places.WaitAsync(stop).ConfigureAwait(false);
                Interlocked.Increment(ref held);
                open[one.Key] = one;
                yield return new(one.Key, [new ChatMessage(ChatRole.User, one.Prompt)], one.Sampling, one.Seed);
            }

            begun();
        }
    }

    public void Dispose() => _places.Dispose();

    private static EvaluatedCompletion Judged(AskedSample asked, ChatOutcome outcome)
    {
        var completion = new EvaluatedCompletion
        {
            Benchmark = asked.Benchmark,
            Problem = asked.Problem.Id,
            Sample = asked.Sample,
            Text = outcome.Completion.Text,
            FinishReason = outcome.Completion.Finish.ToString().ToLowerInvariant(),
            Tokens = outcome.Completion.TokenCount,
            Verdict = EvaluatedCompletion.Failed,
            Reason = outcome.Failure ?? "",
            JudgedBy = "generator",
            TokenIds = outcome.Completion.TokenIds is { Length: > 0 } ids ? ids : null,
        };
        return outcome.Failure is not null ? completion
            : EvaluationResults.Judged(completion, asked.Problem, outcome.Completion.Finish);
    }

    private bool IsHopeless(ChatOutcome outcome)
    {
        lock (_gate)
        {
            return _streak.Ends(outcome);
        }
    }
}
