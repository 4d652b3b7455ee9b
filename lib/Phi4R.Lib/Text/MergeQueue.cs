namespace Phi4R.Text;

/// <summary>Pairs in the order in which they merge: by token, then from left to right.</summary>
internal sealed class MergeQueue(int capacity)
{
    // A heap of four children a node, each pair one number: the token above, the place below.
    private const int Children = 4;

    private long[] _heap = new long[Math.Max(capacity, 16)];
    private int _count;

    public void Add(int token, int place)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, 2 * _count);
        }

        var pair = ((long)token << 32) | (uint)place;
        var at = _count++;
        while (at > 0 && _heap[(at - 1) / Children] > pair)
        {
            _heap[at] = _heap[(at - 1) / Children];
            at = (at - 1) / Children;
        }

        _heap[at] = pair;
    }

    /// <summary>Takes the first pair out; false when there is none.</summary>
    public bool TryTake(out int token, out int place)
    {
        if (_count == 0)
        {
            (token, place) = (0, 0);
            return false;
        }

        (token, place) = ((int)(_heap[0] >> 32), (int)_heap[0]);
        var moved = _heap[--_count];
        var at = 0;
        while ((at * Children) + 1 < _count)
        {
            var first = (at * Children) + 1;
            var least = first;
            for (var child = first + 1; child < Math.Min(first + Children, _count); child++)
            {
                least = _heap[child] < _heap[least] ? child : least;
            }

            if (_heap[least] >= moved)
            {
                break;
            }

            _heap[at] = _heap[least];
            at = least;
        }

        _heap[at] = moved;
        return true;
    }
}
