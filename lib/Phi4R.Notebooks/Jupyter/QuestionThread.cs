using System.Collections.Concurrent;
using System.Diagnostics;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>
/// Answers questions in order, on a thread of their own; one that the same front end has asked anew is cancelled.
/// </summary>
/// <remarks>
/// Binding code takes a while: the line's thread must not wait for it. Roslyn does its part on the pool's threads, so
/// that beside a cell which keeps all of them busy an answer takes seconds. What the first answer needs takes longest:
/// it is prepared once the kernel has had nothing to do for <see cref="Quiet"/>.
/// </remarks>
internal sealed class QuestionThread : IDisposable
{
    /// <summary>
    /// How long no cell has run and nobody has asked before answers are prepared: cells that are sent one after the
    /// other, as a program sends them, never wait for that, and pay nothing for it.
    /// </summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<(KernelChannel Channel, WireMessage Request, CancellationToken Cancel)> _waiting
        = [];
    private readonly Dictionary<string, CancellationTokenSource> _newest = [];
    private readonly Action<KernelChannel, WireMessage, CancellationToken> _answer;
    private readonly Func<CancellationToken, bool> _prepare;
    private readonly Lock _lock = new();
    private CancellationTokenSource? _preparing;
    private long? _quietSince;
    private int _running;

    /// <param name="answer">Called for each question; must not throw.</param>
    /// <param name="prepare">
    /// Makes the first answers quick, and says whether that is done; called until it is. Must not throw; cancelled by
    /// a cell or a question.
    /// </param>
    public QuestionThread(
        Action<KernelChannel, WireMessage, CancellationToken> answer, Func<CancellationToken, bool> prepare)
    {
        _answer = answer;
        _prepare = prepare;
        new Thread(AnswerAll) { IsBackground = true, Name = "questions" }.Start();
    }

    /// <summary>Queues a question; for the line's thread.</summary>
    public void Add(KernelChannel channel, WireMessage request)
    {
        CancellationTokenSource current = new();
        if (request.Type is "complete_request" or "inspect_request")
        {
            var asker = $"{request.Type} {request.Header["session"]?.ToJsonString()}";
            if (_newest.TryGetValue(asker, out var before))
            {
                before.Cancel();
            }

            _newest[asker] = current;
        }

        _waiting.Add((channel, request, current.Token));
        lock (_lock)
        {
            _preparing?.Cancel();
        }
    }

    /// <summary>A cell begins: nothing is prepared beside it.</summary>
    public void CellBegins()
    {
        lock (_lock)
        {
            _running++;
            _preparing?.Cancel();
        }
    }

    /// <summary>A cell has ended.</summary>
    public void CellEnds()
    {
        lock (_lock)
        {
            _running--;
            _quietSince = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Does what counts as a cell.</summary>
    public async Task BesideAsync(Func<Task> work)
    {
        CellBegins();
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            CellEnds();
        }
    }

    public void Dispose()
    {
        _waiting.CompleteAdding();
        lock (_lock)
        {
            _preparing?.Cancel();
        }
    }

    private void AnswerAll()
    {
        for (var isPrepared = false; !_waiting.IsCompleted;)
        {
            if (_waiting.TryTake(out var next, isPrepared ? Timeout.InfiniteTimeSpan : Quiet))
            {
                _answer(next.Channel, next.Request, next.Cancel);
            }
            else if (BeginToPrepare() is { } preparing)
            {
                isPrepared = _prepare(preparing.Token);
                lock (_lock)
                {
                    _preparing = null;
                }

                preparing.Dispose();
            }
        }
    }

    /// <summary>Null while a cell runs or was running just now, before the first, and where somebody asks.</summary>
    private CancellationTokenSource? BeginToPrepare()
    {
        lock (_lock)
        {
            return _preparing = _running == 0 && _waiting.Count == 0 && !_waiting.IsAddingCompleted
                && _quietSince is { } since && Stopwatch.GetElapsedTime(since) >= Quiet ? new() : null;
        }
    }
}
