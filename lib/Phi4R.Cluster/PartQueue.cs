using System.Diagnostics.CodeAnalysis;
using Phi4R.Foundation;

namespace Phi4R.Cluster;

/// <summary>Parts that wait for a worker: those that came back first, then those that nobody had yet.</summary>
internal sealed class PartQueue(IEnumerable<IPart> parts) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IEnumerator<IPart> _next = parts.GetEnumerator();
    private readonly Queue<IPart> _returned = [];
    private bool _isSpent;
    private int _away;

    /// <summary>Whether nothing waits and nobody is at any.</summary>
    public bool IsThrough
    {
        get
        {
            lock (_gate)
            {
                return _isSpent && _away == 0 && _returned.Count == 0;
            }
        }
    }

    public void Dispose() => _next.Dispose();

    /// <summary>Takes a part away; there may be none now and some later, while others are away.</summary>
    public bool TryTake([NotNullWhen(true)] out IPart? part)
    {
        lock (_gate)
        {
            if (!_returned.TryDequeue(out part) && !_isSpent)
            {
                _isSpent = !_next.MoveNext();
                part = _isSpent ? null : _next.Current;
            }

            _away += part is null ? 0 : 1;
            return part is not null;
        }
    }

    /// <summary>A part that is away is done.</summary>
    public void Done()
    {
        lock (_gate)
        {
            _away--;
        }
    }

    /// <summary>A part that was away is not done, and waits again.</summary>
    public void Return(IPart part)
    {
        lock (_gate)
        {
            _away--;
            _returned.Enqueue(part);
        }
    }
}
