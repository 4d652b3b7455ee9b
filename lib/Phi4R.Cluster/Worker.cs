using Phi4R.Foundation;

namespace Phi4R.Cluster;

/// <summary>A worker as whoever hands out parts knows it.</summary>
internal sealed class Worker(SiloAddress address)
{
    // So often in a row, and it is left out.
    private const int MostFaults = 3;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<(long At, long Tokens)> _recent = [];
    private readonly long _since = TimeProvider.System.GetTimestamp();
    private PartTally _tally;
    private int _done;
    private int _away;
    private int _returned;
    private int _faults;
    private bool _isGone;

    public SiloAddress Address => address;

    public string Name { get; } = $"{address.Endpoint}";

    /// <summary>Why it could not make a part last; null where it could.</summary>
    public string? Fault { get; private set; }

    public bool IsLeftOut => Read(() => _faults >= MostFaults);

    public bool IsGone => Read(() => _isGone);

    /// <summary>How long it is not asked, after a part that it could not make.</summary>
    public TimeSpan Pause => Read(() => Rest * _faults * _faults);

    /// <summary>Completes when it is gone.</summary>
    public Task Lost => _lost.Task;

    public void Gone()
    {
        Change(() => _isGone = true);
        _lost.TrySetResult();
    }

    public void Took() => Change(() => _away++);

    public void Done() => Change(() =>
    {
        (_away, _done, _faults) = (_away - 1, _done + 1, 0);
        Fault = null;
    });

    /// <summary>A part came back.</summary>
    /// <param name="fault">Why it could not be made; null where the worker was lost.</param>
    public void Returned(string? fault) => Change(() =>
    {
        (_away, _returned, _faults) = (_away - 1, _returned + 1, _faults + (fault is null ? 0 : 1));
        Fault = fault ?? Fault;
    });

    /// <summary>Something came of it.</summary>
    public void Came(PartTally tally) => Change(() =>
    {
        _tally += tally;
        if (tally.Completions > 0)
        {
            _faults = 0;
            _recent.Enqueue((TimeProvider.System.GetTimestamp(), tally.Tokens));
        }
    });

    public WorkerProgress Progress() => Read(() =>
    {
        while (_recent.TryPeek(out var oldest) && TimeProvider.System.GetElapsedTime(oldest.At) > Window)
        {
            _recent.Dequeue();
        }

        var age = TimeProvider.System.GetElapsedTime(_since);
        return new WorkerProgress
        {
            Name = Name,
            State = _isGone ? WorkerState.Gone
                : _faults >= MostFaults ? WorkerState.LeftOut
                : _faults > 0 ? WorkerState.Rests
                : WorkerState.Works,
            PartsDone = _done,
            PartsInFlight = _away,
            PartsReturned = _returned,
            Tally = _tally,
            TokensPerSecond = _recent.Sum(one => one.Tokens)
                / Math.Max(1, Math.Min(age.TotalSeconds, Window.TotalSeconds)),
        };
    });

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
        }
    }
}
