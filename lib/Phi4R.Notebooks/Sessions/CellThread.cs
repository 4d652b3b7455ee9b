using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime;

namespace Phi4R.Notebooks.Sessions;

/// <summary>The thread on which cells run, awaits included, and from which a running cell can be torn away; another takes its place then.</summary>
internal sealed class CellThread : IDisposable
{
    private const int StackBytes = 16 * 1024 * 1024;

    /// <summary>How long a cell may take to stop by itself once its token is cancelled.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a thread that was woken may take before it is woken again.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);
    private const int WakesBeforeAbort = 2;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _lock = new();
    private Thread? _thread;
    private Execution? _running;
    private bool _spent;

    public CellThread() => new Thread(KeepOne) { IsBackground = true, Name = "keeper" }.Start();

    /// <summary>Queues work; the task ends when the work has.</summary>
    public Task<T> Do<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>Runs the body of a cell, on this thread only, so that it can be interrupted.</summary>
    /// <exception cref="OperationCanceledException">The cell was interrupted by force.</exception>
    public void RunInterruptible(Func<Task> body, Execution execution)
    {
        lock (_lock)
        {
            _running = execution;
        }

        try
        {
            execution.Soft.Token.ThrowIfCancellationRequested();
            ControlledExecution.Run(() => Pump(body), execution.Hard.Token);
        }
        catch (Exception e) when (execution.Soft.IsCancellationRequested && (e is ThreadInterruptedException || e is AggregateException { InnerExceptions: var inner } && inner.Any(one => one is ThreadInterruptedException)))
        {
            throw new OperationCanceledException("The cell was interrupted.", e);
        }
        finally
        {
            End();
            if (execution.Soft.IsCancellationRequested)
            {
                ForgetInterrupt();
                _spent = execution.Hard.IsCancellationRequested;
            }
        }
    }

    /// <summary>Asks the running cell to stop, and after a quarter of a second makes it; does nothing between cells.</summary>
    public void Interrupt(Execution execution)
    {
        execution.Interrupted ??= Stopwatch.GetTimestamp();
        execution.Soft.Cancel();
        // A thread of its own: a cell that keeps the pool busy, as Parallel.For does, would delay its own end.
        new Thread(() => StopByForce(execution)) { IsBackground = true, Name = "interrupt" }.Start();
    }

    private void StopByForce(Execution execution)
    {
        Thread.Sleep(Grace);
        if (IsOver(execution))
        {
            return;
        }

        // Most that wait end when they are woken. An abort on top of that is for those that do not: once in hundreds of interrupts the two met within the runtime, which ended the process.
        for (var wakes = 0; wakes < WakesBeforeAbort && Waits(execution); wakes++)
        {
            WakeIfItWaits(execution);
            Thread.Sleep(Again);
        }

        if (IsOver(execution))
        {
            return;
        }

        // Aborting does not wake a sleeper, and waits until the abort is done; and who is woken may catch that and sleep again, as Parallel.For does.
        new Thread(execution.Hard.Cancel) { IsBackground = true, Name = "abort" }.Start();
        do
        {
            Thread.Sleep(Again);
        }
        while (WakeIfItWaits(execution));
    }

    private bool IsOver(Execution execution)
    {
        lock (_lock)
        {
            return _running != execution;
        }
    }

    private bool Waits(Execution execution)
    {
        lock (_lock)
        {
            return _running == execution && _thread!.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin);
        }
    }

    private bool WakeIfItWaits(Execution execution)
    {
        lock (_lock)
        {
            if (_running != execution)
            {
                return false;
            }

            // Only a thread that waits: kept for a busy one, the wake-up would break the clean-up after the abort, and a parallel query would go on for ever.
            if (_thread!.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin))
            {
                _thread.Interrupt();
            }

            return true;
        }
    }

    // Whoever wakes the thread holds the lock, so that waiting for it may be what is woken.
    private void End()
    {
        while (true)
        {
            try
            {
                lock (_lock)
                {
                    _running = null;
                }

                return;
            }
            catch (ThreadInterruptedException)
            {
            }
        }
    }

    public void Dispose() => _work.CompleteAdding();

    // A second abort of one thread, or of one that an aborted thread started, never comes (.NET 10): what follows runs on a thread started here.
    private void KeepOne()
    {
        while (!_work.IsCompleted)
        {
            _spent = false;
            _thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = "cells" };
            _thread.Start();
            _thread.Join();
        }
    }

    private void Loop()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
            if (_spent)
            {
                return;
            }
        }
    }

    private static void Pump(Func<Task> body)
    {
        using var context = new PumpContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            var task = body();
            context.RunUntil(task);
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>An interrupt that came too late for the cell must not hit the next one.</summary>
    private static void ForgetInterrupt()
    {
        try
        {
            Thread.Sleep(1);
        }
        catch (ThreadInterruptedException)
        {
        }
    }

    /// <summary>The two ways to stop one cell.</summary>
    internal sealed class Execution
    {
        private int _said;

        /// <summary>What the cell's own code can watch.</summary>
        public CancellationTokenSource Soft { get; } = new();

        /// <summary>Aborts the thread's managed code.</summary>
        public CancellationTokenSource Hard { get; } = new();

        /// <summary>When the reader first interrupted the cell, as <see cref="Stopwatch"/> counts; null while nobody has.</summary>
        public long? Interrupted { get; set; }

        /// <summary>Whether the reader was told that the cell goes on.</summary>
        public bool Said => Volatile.Read(ref _said) == 1;

        /// <summary>True the first time only.</summary>
        public bool SayOnce() => Interlocked.Exchange(ref _said, 1) == 0;
    }

    /// <summary>Brings what follows an await back to the cell's thread.</summary>
    private sealed class PumpContext : SynchronizationContext, IDisposable
    {
        private readonly BlockingCollection<(SendOrPostCallback Call, object? State)> _calls = [];

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (!_calls.IsAddingCompleted)
            {
                _calls.TryAdd((d, state));
            }
            else
            {
                ThreadPool.QueueUserWorkItem(_ => d(state));
            }
        }

        public override void Send(SendOrPostCallback d, object? state) => d(state);

        public void RunUntil(Task task)
        {
            task.ContinueWith(_ => Post(_ => { }, null), TaskScheduler.Default);
            while (!task.IsCompleted)
            {
                var (call, state) = _calls.Take();
                call(state);
            }
        }

        public void Dispose() => _calls.CompleteAdding();
    }
}
