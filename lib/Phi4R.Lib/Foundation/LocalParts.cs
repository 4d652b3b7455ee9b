using System.Runtime.ExceptionServices;

namespace Phi4R.Foundation;

/// <summary>Makes parts in this process: the next one begins as soon as nothing of the last is left to begin.</summary>
public sealed class LocalParts : IPartHost
{
    private LocalParts()
    {
    }

    /// <summary>The one that there is; it holds nothing.</summary>
    public static LocalParts Instance { get; } = new();

    public async Task RunAsync(IEnumerable<IPart> parts, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        List<Task> running = [];
        ExceptionDispatchInfo? first = null;
        try
        {
            foreach (var part in parts)
            {
                var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                running.Add(MakeAsync(part, begun));
                await begun.Task.ConfigureAwait(false);
                running.RemoveAll(made => made.IsCompleted);
                if (stop.IsCancellationRequested)
                {
                    break;
                }
            }
        }
        catch (Exception)
        {
            await stop.CancelAsync().ConfigureAwait(false); // A part could not be opened.
            throw;
        }
        finally
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }

        first?.Throw();
        cancel.ThrowIfCancellationRequested();

        // The first that fails ends the others, and is what the caller sees.
        async Task MakeAsync(IPart part, TaskCompletionSource begun)
        {
            using var span = Telemetry.Part(part.Kind, part.Id);
            try
            {
                await Task.Run(() => part.RunAsync(() => begun.TrySetResult(), stop.Token), CancellationToken.None)
                    .ConfigureAwait(false);
            }
            catch (Exception problem)
            {
                if (!stop.IsCancellationRequested)
                {
                    Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(problem), null);
                    await stop.CancelAsync().ConfigureAwait(false);
                }
            }
            finally
            {
                begun.TrySetResult();
            }
        }
    }
}
