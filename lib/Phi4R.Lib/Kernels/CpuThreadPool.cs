namespace Phi4R.Kernels;

/// <summary>Threads that share the pieces of one piece of work, many thousand times a second.</summary>
/// <remarks>
/// Pieces are claimed, not dealt out: a thread that the system keeps waiting claims none, and nobody waits for it.
/// Helpers look for work for a while before they sleep, since waking one takes longer than most pieces.
/// </remarks>
internal sealed class CpuThreadPool : IDisposable
{
    private const int Looks = 4000;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim _wake = new(0);
    private volatile Work? _work;
    private int _asleep;
    private volatile bool _over;

    /// <param name="threads">Threads in all, the caller's included.</param>
    public CpuThreadPool(int threads)
    {
        _helpers = [.. Enumerable.Range(1, threads - 1)
            .Select(i => new Thread(Help) { IsBackground = true, Name = $"decoding {i}" })];
        foreach (var helper in _helpers)
        {
            helper.Start();
        }
    }

    /// <summary>Threads in all.</summary>
    public int Threads => _helpers.Length + 1;

    /// <summary>Calls the body for runs of items until all are done; runs may go side by side.</summary>
    /// <param name="run">Items of a run.</param>
    /// <param name="body">Given a run's first item and its end.</param>
    public void Over(int items, int run, Action<int, int> body)
    {
        if (_helpers.Length == 0 || items <= run)
        {
            body(0, items);
            return;
        }

        var work = new Work(items, run, body);
        _work = work;
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) > 0 && Interlocked.Exchange(ref _asleep, 0) is > 0 and var sleepers)
        {
            _wake.Release(sleepers);
        }

        work.Do();
        _work = null;
        work.Finish();
    }

    public void Dispose()
    {
        _over = true;
        if (_helpers.Length > 0)
        {
            _wake.Release(_helpers.Length);
        }

        foreach (var helper in _helpers)
        {
            helper.Join();
        }

        _wake.Dispose();
    }

    private void Help()
    {
        Work? last = null;
        var looks = 0;
        while (!_over)
        {
            if (_work is { } work && work != last)
            {
                (last, looks) = (work, 0);
                work.Do();
                continue;
            }

            if (++looks < Looks)
            {
                Thread.SpinWait(4);
                continue;
            }

            Interlocked.Increment(ref _asleep);
            if ((_work is null || _work == last) && !_over)
            {
                _wake.Wait();
            }
            else
            {
                Interlocked.Decrement(ref _asleep);
            }

            looks = 0;
        }
    }

    private sealed class Work(int items, int run, Action<int, int> body)
    {
        private int _next;
        private int _inside;

        // One that comes when all is claimed finds nothing left, even after the work is finished.
        public void Do()
        {
            Interlocked.Increment(ref _inside);
            while (Interlocked.Add(ref _next, run) - run is var start && start < items)
            {
                body(start, Math.Min(start + run, items));
            }

            Interlocked.Decrement(ref _inside);
        }

        public void Finish()
        {
            var wait = new SpinWait();
            while (Volatile.Read(ref _inside) > 0)
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }
        }
    }
}
