using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference.Local;

namespace Phi4R.Inference.Remote;

/// <summary>Asks one or several servers for any number of completions, as many at once as they bear.</summary>
/// <remarks>
/// A try that failed goes to another server where there is one, and is tried again within limits, with pauses that grow
/// and are spread at random, or that the server asked for. A server that is busy or slow gets less at once, and slowly
/// more again; one that fails again and again rests. A completion that cannot be had is
/// <see cref="Data.FinishReason.Failed"/> with the reason, never an exception.
/// </remarks>
public sealed class ChatPool
{
    // Those that wait for their next try keep no place from the others.
    private const int OpenForEachPlace = 4;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastWish = TimeSpan.FromSeconds(0.25);

    private readonly ChatPoolOptions _options;
    private readonly ChatSeats _seats;
    private readonly Attempts<Completion> _attempts;

    /// <param name="clients">The servers; they stay the caller's.</param>
    /// <param name="options">Null for the usual.</param>
    /// <exception cref="ArgumentException">There is no server.</exception>
    public ChatPool(IReadOnlyList<IChatClient> clients, ChatPoolOptions? options = null)
    {
        _options = options ?? new();
        _seats = new([.. clients.Select(client => new ChatSeat(client, _options))]);
        _attempts = new(_options.MaxTries, _options.MaxTime, _options.Log);
        if (clients.Count == 0)
        {
            throw new ArgumentException("There is no server to ask; name one at least.");
        }
    }

    /// <summary>Tasks that are taken at once at the most.</summary>
    internal int MostOpen => _options.MaxInFlight * _seats.Count * OpenForEachPlace;

    /// <summary>
    /// Asks for completions; tasks are taken as places become free and outcomes are told as they come, so that neither
    /// are ever many at once.
    /// </summary>
    /// <returns>
    /// An outcome for each task, in the order in which they come. Whoever stops reading ends what is under way.
    /// </returns>
    public async IAsyncEnumerable<ChatOutcome> AskAsync(
        IAsyncEnumerable<ChatTask> tasks, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel.OrHosts());
        var outcomes = Channel.CreateBounded<ChatOutcome>(MostOpen);
        var asking = Task.Run(() => AskAllAsync(tasks, outcomes.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var outcome in outcomes.Reader.ReadAllAsync(stop.Token).ConfigureAwait(false))
            {
                yield return outcome;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task AskAllAsync(
        IAsyncEnumerable<ChatTask> tasks, ChannelWriter<ChatOutcome> outcomes, CancellationToken cancel)
    {
        Exception? problem = null;
        try
        {
            var together = new ParallelOptions { MaxDegreeOfParallelism = MostOpen, CancellationToken = cancel };
            await Parallel.ForEachAsync(tasks, together, async (task, stop) =>
                await outcomes.WriteAsync(await OneAsync(task, stop).ConfigureAwait(false), stop)
                    .ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception thrown)
        {
            problem = thrown; // Of the tasks' source, or the end that was asked for: the reader's to see.
        }

        outcomes.Complete(problem);
    }

    private async Task<ChatOutcome> OneAsync(ChatTask task, CancellationToken cancel)
    {
        HashSet<ChatSeat> refused = [];
        var (tries, last, why) = (0, (ChatSeat?)null, "no server had room for it");
        CancellationTokenSource? limit = null;
        using var activity = Telemetry.Completion(task.Key);
        try
        {
            var (completion, problem) = await _attempts.RunAsync(task.Key, TryAsync, cancel).ConfigureAwait(false);
            Telemetry.Came(
                activity, last?.Name ?? "", completion?.TokenCount ?? 0, completion is null ? problem : null);
            return new(task, completion ?? new Completion { TokenIds = [], Finish = FinishReason.Failed },
                completion is null ? problem : null, last?.Name ?? "")
            {
                IsRefused = completion is null && refused.Count == _seats.Count,
            };
        }
        finally
        {
            limit?.Dispose();
        }

        async Task<Attempt<Completion>> TryAsync()
        {
            try
            {
                last = await _seats.TakeAsync(last, refused, limit?.Token ?? cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return new(null, $"no answer came within the time; the last try: {why}", Timeout.InfiniteTimeSpan);
            }

            // Begins when the completion has its first place.
            limit ??= Limited(_options.MaxTime, cancel);
            var began = TimeProvider.System.GetTimestamp();
            try
            {
                var response = await WaitAsync(last, task, began, limit.Token).ConfigureAwait(false);
                var completion = Read(response, task.Sampling.MaxTokens);
                var took = TimeProvider.System.GetElapsedTime(began);
                Telemetry.Took(last.Name, took);
                _seats.Give(last, seat => seat.Answered(took, completion?.TokenCount ?? 0));

                // The same seed would end so again.
                return completion is not null ? new(completion, "") : new(null,
                    $"it ended with '{response.FinishReason}', which is neither stop nor length",
                    Timeout.InfiniteTimeSpan);
            }
            catch (Exception thrown) when (thrown is not OutOfMemoryException)
            {
                return Failed(thrown, last, began, limit.Token);
            }
        }

        Attempt<Completion> Failed(Exception thrown, ChatSeat seat, long began, CancellationToken inTime)
        {
            if (cancel.IsCancellationRequested)
            {
                _seats.Give(seat);
                cancel.ThrowIfCancellationRequested();
            }

            var (fault, wish) = Fault(thrown);
            (tries, why) = (tries + 1, thrown.Message);
            Telemetry.Failed(seat.Name, fault.ToString().ToLowerInvariant());
            _seats.Give(seat, failing => failing.Failed(fault, wish, began));
            if (inTime.IsCancellationRequested)
            {
                return new(null, "no answer came within the time", Timeout.InfiniteTimeSpan);
            }

            if (fault == ChatFault.Refused)
            {
                refused.Add(seat);
                return new(null, thrown.Message,
                    refused.Count == _seats.Count ? Timeout.InfiniteTimeSpan : TimeSpan.Zero);
            }

            // The pause that a server asked for is kept where its places are given out; another server needs none.
            return new(null, thrown.Message, wish > LeastWish || tries < _seats.Count ? TimeSpan.Zero : null);
        }
    }

    // A client that does not listen to its token holds nobody up, and the limit follows what is learned of the server.
    private static async Task<ChatResponse> WaitAsync(
        ChatSeat seat, ChatTask task, long began, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            var asked = Task.Run(() => seat.Client.GetResponseAsync(task.Messages, Options(task), stop.Token), cancel);
            while (true)
            {
                var left = seat.Limit(task.Sampling.MaxTokens) - TimeProvider.System.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                {
                    throw new ChatServerException(
                        $"no answer came within {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s",
                        ChatFault.Slow);
                }

                await Task.WhenAny(asked, Task.Delay(left < Look ? left : Look, stop.Token)).ConfigureAwait(false);
                if (asked.IsCompleted)
                {
                    return await asked.ConfigureAwait(false);
                }

                cancel.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private static (ChatFault Fault, TimeSpan? Wish) Fault(Exception thrown) => thrown switch
    {
        ChatServerException server => (server.Fault, server.RetryAfter),
        ArgumentException or NotSupportedException => (ChatFault.Refused, null),
        _ => (ChatFault.Broken, null),
    };

    // Where nobody says why an answer is over, one that filled its limit was ended by it.
    private static Completion? Read(ChatResponse response, int maxTokens)
    {
        var counted = response.Usage?.OutputTokenCount ?? 0;
        var tokens = counted >= 0 && counted <= Math.Max(maxTokens, 1) * 2L ? (int)counted : 0; // 0: not known.
        var finish = response.FinishReason ?? (tokens >= maxTokens ? ChatFinishReason.Length : ChatFinishReason.Stop);
        var ids = response.AdditionalProperties?.GetValueOrDefault(LocalChatClient.TokenIds) as int[];
        return finish == ChatFinishReason.Stop || finish == ChatFinishReason.Length
            ? new Completion
            {
                TokenIds = ids ?? [],
                TokenCount = tokens,
                Text = response.Text,
                Finish = finish == ChatFinishReason.Length ? FinishReason.Length : FinishReason.Stop,
            }
            : null;
    }

    private static ChatOptions Options(ChatTask task) => new()
    {
        Temperature = (float)task.Sampling.Temperature,
        TopP = (float)task.Sampling.TopP,
        TopK = task.Sampling.TopK > 0 ? task.Sampling.TopK : null,
        MaxOutputTokens = task.Sampling.MaxTokens,
        Seed = (long)(task.Seed >> 2), // Which any server takes.
    };

    private static CancellationTokenSource Limited(TimeSpan time, CancellationToken cancel)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(time);
        return limit;
    }
}
