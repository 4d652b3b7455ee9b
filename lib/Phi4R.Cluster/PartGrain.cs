using Orleans.Concurrency;
using Phi4R.Foundation;
using Phi4R.Runs;

namespace Phi4R.Cluster;

/// <summary>Makes one part, once, and is gone.</summary>
/// <param name="worker">Of this process.</param>
/// <param name="log">Is called with a line when a part begins, ends, or cannot be made.</param>
[AtWorker]
[Reentrant]
internal sealed class PartGrain(PartWorker worker, Action<string> log) : Grain, IPartGrain, IDisposable
{
    // Some megabytes of long completions.
    private const int ItemsOfACall = 64;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    // Whoever handed it out asks every few seconds, or is no more.
    private static readonly TimeSpan Abandoned = TimeSpan.FromSeconds(60);

    // The part is made on threads of the pool, and asked for on the grain's.
    private readonly Lock _gate = new();
    private readonly List<PartItem> _items = [];
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _seen;
    private long _asked;
    private bool _isBegun;
    private bool _isOver;

    public Task BeginAsync(PartCall call)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            _asked = TimeProvider.System.GetTimestamp();
            this.RegisterGrainTimer(LookAsync, Abandoned, Abandoned);
            _ = Task.Run(() => MakeAsync(call), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    public async Task<PartNews> NextAsync(long seen)
    {
        if (!_isBegun)
        {
            DeactivateOnIdle();
            return new([], IsOver: true, IsKnown: false);
        }

        _asked = TimeProvider.System.GetTimestamp();
        Task more;
        lock (_gate)
        {
            if (seen > _seen)
            {
                _items.RemoveRange(0, (int)(seen - _seen));
                _seen = seen;
            }

            more = _items.Count > 0 || _isOver ? Task.CompletedTask : _more.Task;
        }

        await Task.WhenAny(more, Task.Delay(LongestWait));
        lock (_gate)
        {
            // An older call that is answered late tells what it was asked for, or nothing.
            IReadOnlyList<PartItem> items = seen == _seen ? [.. _items.Take(ItemsOfACall)] : [];
            return new(items, IsOver: _isOver && seen == _seen && items.Count == _items.Count);
        }
    }

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return _stop.CancelAsync();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        _stop.CancelAsync();

    public void Dispose() => _stop.Dispose();

    private Task LookAsync(CancellationToken cancel) =>
        TimeProvider.System.GetElapsedTime(_asked) > Abandoned ? EndAsync() : Task.CompletedTask;

    // Never throws: what is wrong is an item, which whoever handed the part out reads.
    private async Task MakeAsync(PartCall call)
    {
        using var span = Telemetry.Part(call.Kind, call.Part);
        log($"{call.Part}: begins");
        string? fault = null;
        try
        {
            if (call.Version != PartWorker.Version)
            {
                throw new PartFaultException($"This worker is version {PartWorker.Version}, and the part was handed "
                    + $"out by version {call.Version}; verdicts would depend on where they are given. Start it anew "
                    + "from the same code.");
            }

            await worker.RunAsync(
                call.Kind, call.Content, news => Tell(new(news)), () => Tell(new(News: null)), _stop.Token);
            log($"{call.Part}: done");
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            log($"{call.Part}: given up, since nobody asks for it any more");
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            fault = problem.Message;
            log($"{call.Part}: {fault}");
        }

        Tell(fault is null ? null : new(null, fault), isOver: true);
    }

    private void Tell(PartItem? item, bool isOver = false)
    {
        TaskCompletionSource more;
        lock (_gate)
        {
            if (item is not null)
            {
                _items.Add(item);
            }

            _isOver |= isOver;
            more = _more;
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        more.TrySetResult();
    }
}
