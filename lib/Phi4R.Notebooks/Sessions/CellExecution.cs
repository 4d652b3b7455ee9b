using System.Diagnostics;

namespace Phi4R.Notebooks.Sessions;

/// <summary>One run of a cell, and the two ways to stop it: a token that its code may watch, and force.</summary>
/// <remarks>
/// Force tears the thread away from what it does, or wakes it. Where native code has called managed code back, both
/// would end the process, since no exception passes native frames. So a cell is seized first, which cannot be while
/// such work goes on; and who was seized does not begin such work.
/// </remarks>
internal sealed class CellExecution
{
    private const int Free = 0;
    private const int Whole = 1;
    private const int Seized = 2;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    /// <summary>A step of training ends in that time, on a busy machine too.</summary>
    private static readonly TimeSpan GraceOfWatchers = TimeSpan.FromSeconds(4);

    [ThreadStatic]
    private static CellExecution? OfThisThread;

    private volatile bool _isWatched;
    private volatile bool _mustStop;
    private volatile bool _isCalledBack;
    private int _hold;
    private int _said;
    private int _interrupts;
    private long _forced;

    private CancellationTokenSource Source { get; } = new();

    /// <summary>Aborts the thread's managed code.</summary>
    public CancellationTokenSource Hard { get; } = new();

    /// <summary>
    /// Cancelled when the reader interrupts the cell. For the session: reading it here gains the cell no time.
    /// </summary>
    public CancellationToken Soft => Source.Token;

    /// <summary>How long the cell may take to stop by itself: longer where its code has asked for the token.</summary>
    public TimeSpan Patience => _isWatched ? GraceOfWatchers : Grace;

    /// <summary>How long ago the cell began to be stopped by force; null before.</summary>
    public TimeSpan? Forced => Volatile.Read(ref _forced) is not 0 and var since
        ? Stopwatch.GetElapsedTime(since)
        : null;

    /// <summary>Whether the reader was told that the cell goes on.</summary>
    public bool Said => Volatile.Read(ref _said) == 1;

    /// <summary>True the first time only.</summary>
    public bool SayOnce() => Interlocked.Exchange(ref _said, 1) == 0;

    /// <summary>Cancels the token.</summary>
    /// <returns>Whether this was the first interrupt.</returns>
    public bool Cancel()
    {
        var isFirst = Interlocked.Increment(ref _interrupts) == 1;
        Source.Cancel();
        return isFirst;
    }

    /// <summary>The token, for the cell's own code and the libraries that it calls.</summary>
    public CancellationToken Watch()
    {
        _isWatched = true;
        return Source.Token;
    }

    /// <summary>From now on this thread runs the cell.</summary>
    public void Enter() => OfThisThread = this;

    /// <summary>This thread runs no cell any more.</summary>
    public static void Leave() => OfThisThread = null;

    /// <summary>
    /// Runs work that is neither torn away nor woken; on a thread that runs no cell it is run as it is.
    /// </summary>
    /// <exception cref="OperationCanceledException">The cell is being stopped: the work was not begun, or has
    /// ended.</exception>
    public static void RunWhole(Action work)
    {
        if (OfThisThread is { } cell && Volatile.Read(ref cell._hold) != Whole)
        {
            cell.Hold(work);
        }
        else
        {
            work();
        }
    }

    /// <summary>
    /// Tells of native code outside of whole work that may call back: this cell is then not to be torn away.
    /// </summary>
    public static void TellOfCallbacks(bool mayCome)
    {
        if (OfThisThread is { } cell)
        {
            cell._isCalledBack = mayCome;
        }
    }

    /// <summary>Whether the cell may be stopped by force; where it may not now, its whole work is its last.</summary>
    public bool TrySeize()
    {
        Interlocked.CompareExchange(ref _forced, Stopwatch.GetTimestamp(), 0);
        _mustStop = true;
        if (Interlocked.CompareExchange(ref _hold, Seized, Free) == Whole)
        {
            return false;
        }

        if (_isCalledBack)
        {
            Interlocked.CompareExchange(ref _hold, Free, Seized);
            return false;
        }

        return true;
    }

    private void Hold(Action work)
    {
        if (_mustStop || Interlocked.CompareExchange(ref _hold, Whole, Free) != Free)
        {
            throw new OperationCanceledException("The cell was interrupted.");
        }

        try
        {
            work();
        }
        finally
        {
            Volatile.Write(ref _hold, Free);
        }

        if (_mustStop)
        {
            throw new OperationCanceledException("The cell was interrupted.");
        }
    }
}
