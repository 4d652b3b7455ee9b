using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime;

namespace Phi4R.Notebooks.Sessions;

/// <summary>
/// The thread on which cells run, awaits included, and from which a running cell can be torn away; another takes its
/// place then.
/// </summary>
internal sealed class CellThread : IDisposable
{
    private const int StackBytes = 16 * 1024 * 1024;

    /// <summary>How long a thread that was woken may take before it is woken again.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);
    private const int WakesBeforeAbort = 2;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Lock _lock = new();
    private Thread? _thread;
    private CellExecution? _running;
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
    public void RunInterruptible(Func<Task> body, CellExecution execution)
    {
        lock (_lock)
        {
            _running = execution;
        }

        try
        {
            execution.Enter();
            execution.Soft.ThrowIfCancellationRequested();
            ControlledExecution.Run(() => Pump(body), execution.Hard.Token);
        }
        catch (Exception e) when (execution.Soft.IsCancellationRequested && IsInterruption(e))
        {
            throw new OperationCanceledException("The cell was interrupted.", e);
        }
        finally
        {
            CellExecution.Leave();
            End();
            if (execution.Soft.IsCancellationRequested)
            {
                ForgetInterrupt();
                _spent = execution.Hard.IsCancellationRequested;
            }
        }
    }

    /// <summary>
    /// Asks the running cell to stop, and makes it when its grace is over; does nothing between cells.
    /// </summary>
    public void Interrupt(CellExecution execution)
    {
        if (execution.Cancel())
        {
            // A thread of its own: a cell that keeps the pool busy, as Parallel.For does, would delay its own end.
            new Thread(() => StopByForce(execution)) { IsBackground = true, Name = "interrupt" }.Start();
        }
    }

    private void StopByForce(CellExecution execution)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < execution.Patience && !IsOver(execution))
        {
            Thread.Sleep(Again);
        }

        if (!Seize(execution))
        {
            return;
        }

        // Most that wait end when they are woken. An abort on top of that is for those that do not: once in hundreds of
        // interrupts the two met within the runtime, which ended the process.
        for (var wakes = 0; wakes < WakesBeforeAbort && Waits(execution); wakes++)
        {
            WakeIfItWaits(execution);
            Thread.Sleep(Again);
        }

        if (!Seize(execution))
        {
            return;
        }

        // Aborting does not wake a sleeper, and waits until the abort is done; and who is woken may catch that and
        // sleep again, as Parallel.For does.
        new Thread(execution.Hard.Cancel) { IsBackground = true, Name = "abort" }.Start();
        do
        {
            Thread.Sleep(Again);
        }
        while (WakeIfItWaits(execution));
    }

    /// <summary>Waits until the cell may be stopped by force.</summary>
    /// <returns>False where it is over.</returns>
    private bool Seize(CellExecution execution)
    {
        while (!IsOver(execution))
        {
            if (execution.TrySeize())
            {
                return true;
            }

            Thread.Sleep(Again);
        }

        return false;
    }

    private bool IsOver(CellExecution execution)
    {
        lock (_lock)
        {
            return _running != execution;
        }
    }

    private bool Waits(CellExecution execution)
    {
        lock (_lock)
        {
            return _running == execution && execution.TrySeize()
                && _thread!.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin);
        }
    }

    private bool WakeIfItWaits(CellExecution execution)
    {
        lock (_lock)
        {
            if (_running != execution)
            {
                return false;
            }

            // Only a thread that waits: kept for a busy one, the wake-up would break the clean-up after the abort, and
            // a parallel query would go on for ever.
            if (execution.TrySeize() && _thread!.ThreadState.HasFlag(System.Threading.ThreadState.WaitSleepJoin))
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

    // A second abort of one thread, or of one that an aborted thread started, never comes (.NET 10): what follows runs
    // on a thread started here.
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

    private static bool IsInterruption(Exception e) => e switch
    {
        ThreadInterruptedException or OperationCanceledException => true,
        AggregateException several => several.InnerExceptions.Any(IsInterruption),
        _ => false,
    };

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
