using System.Text.Json;
using Phi4R.Foundation;
using Phi4R.Runs;

namespace Phi4R.Cluster;

/// <summary>What is said between whoever hands out a part and the worker that makes it.</summary>
internal sealed class PartTalk(IClusterClient client, Worker worker, IPart part)
{
    private const int MostTries = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Has the part made, and takes in what comes of it.</summary>
    /// <param name="begun">Completes when nothing of it is left to begin.</param>
    /// <returns>Why it ended, where the part is not whole; and whether the worker was lost.</returns>
    public async Task<(string? Fault, bool IsLost)> MakeAsync(TaskCompletionSource begun, CancellationToken cancel)
    {
        if (part.Lacking() is not { } content)
        {
            return (null, false);
        }

        var grain = client.GetGrain<IPartGrain>(AtWorker.Key(worker.Address, part.Id, $"{Guid.NewGuid():N}"));
        try
        {
            await CallAsync(async () =>
            {
                await grain.BeginAsync(new(part.Kind, part.Id, PartWorker.Version, content)).ConfigureAwait(false);
                return true;
            }, cancel).ConfigureAwait(false);
            for (var seen = 0L; ;)
            {
                var news = await CallAsync(() => grain.NextAsync(seen), cancel).ConfigureAwait(false);
                if (!news.IsKnown)
                {
                    return ("it knows nothing of the part any more", true);
                }

                foreach (var item in news.Items)
                {
                    if (item.Fault is { } fault)
                    {
                        return (fault, false);
                    }

                    if (item.News is { } said)
                    {
                        worker.Came(part.Take(said));
                    }
                    else
                    {
                        begun.TrySetResult();
                    }
                }

                seen += news.Items.Count;
                if (news.IsOver)
                {
                    return ("it ended before the part was whole", false);
                }
            }
        }
        catch (LostException lost)
        {
            return ($"it is lost: {lost.Message.Split('\n')[0]}", true);
        }
        catch (JsonException problem)
        {
            return ($"what it says cannot be read: {problem.Message}", false);
        }
        finally
        {
            // One that is lost finds out by itself that nobody asks.
            if (!worker.IsGone)
            {
                await EndAsync(grain).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Whether that is what a call to another machine ends with where none answers.</summary>
    public static bool IsLoss(Exception problem) => problem is OrleansException or TimeoutException or IOException
        or System.Net.Sockets.SocketException or OperationCanceledException or ObjectDisposedException;

    // A call is made again: it may have been lost with a machine that only handed it on.
    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var answer = call().WaitAsync(cancel);
                await Task.WhenAny(answer, worker.Lost).ConfigureAwait(false);
                return answer.IsCompleted
                    ? await answer.ConfigureAwait(false)
                    : throw new LostException("it is no member any more");
            }
            catch (Exception problem) when (IsLoss(problem) && !cancel.IsCancellationRequested)
            {
                if (tries == MostTries || worker.IsGone)
                {
                    throw new LostException(problem.Message);
                }
            }

            await Task.Delay(Pause, cancel).ConfigureAwait(false);
        }
    }

    private static async Task EndAsync(IPartGrain grain)
    {
        try
        {
            await grain.EndAsync().WaitAsync(Pause * 5).ConfigureAwait(false);
        }
        catch (Exception problem) when (IsLoss(problem))
        {
            // It is gone, and with it what it was at.
        }
    }

    private sealed class LostException(string message) : Exception(message);
}
