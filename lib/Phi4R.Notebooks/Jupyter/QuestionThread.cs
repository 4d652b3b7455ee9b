using System.Collections.Concurrent;

namespace Phi4R.Notebooks.Jupyter;

/// <summary>
/// Answers questions in order, on a thread of their own; one that the same front end has asked anew is cancelled.
/// </summary>
/// <remarks>
/// Binding code takes a while: the line's thread must not wait for it. Roslyn does its part on the pool's threads, so
/// that beside a cell which keeps all of them busy an answer takes seconds.
/// </remarks>
internal sealed class QuestionThread : IDisposable
{
    private readonly BlockingCollection<(KernelChannel Channel, WireMessage Request, CancellationToken Cancel)> _waiting
        = [];
    private readonly Dictionary<string, CancellationTokenSource> _newest = [];
    private readonly Action<KernelChannel, WireMessage, CancellationToken> _answer;

    /// <param name="answer">Called for each question; must not throw.</param>
    public QuestionThread(Action<KernelChannel, WireMessage, CancellationToken> answer)
    {
        _answer = answer;
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
    }

    public void Dispose() => _waiting.CompleteAdding();

    private void AnswerAll()
    {
        foreach (var (channel, request, cancel) in _waiting.GetConsumingEnumerable())
        {
            _answer(channel, request, cancel);
        }
    }
}
