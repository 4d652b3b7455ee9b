namespace Phi4R.Inference.Local;

/// <summary>
/// Which pages of a decoder's cache are in use, and by how many sequences: answers to one prompt share its full pages.
/// </summary>
internal sealed class KvBlockPool(int pages)
{
    /// <summary>Tokens whose keys and values one page holds.</summary>
    public const int Places = 64;

    private readonly List<int> _holders = [];
    private readonly Stack<int> _free = new();

    /// <summary>Pages in all.</summary>
    public int Count => pages;

    /// <summary>Pages that nobody holds.</summary>
    public int Free => pages - _holders.Count + _free.Count;

    /// <summary>Pages that so many tokens fill or begin.</summary>
    public static int Needed(int tokens) => (tokens + Places - 1) / Places;

    /// <summary>A page of one's own, or null where all are in use.</summary>
    public int? Take()
    {
        if (_free.TryPop(out var page))
        {
            _holders[page] = 1;
            return page;
        }

        if (_holders.Count == pages)
        {
            return null;
        }

        _holders.Add(1);
        return _holders.Count - 1;
    }

    /// <summary>Holds a page once more.</summary>
    public int Share(int page)
    {
        _holders[page]++;
        return page;
    }

    /// <summary>Gives back what a sequence holds.</summary>
    public void Release(CachedSequence sequence)
    {
        foreach (var page in sequence.Pages)
        {
            if (--_holders[page] == 0)
            {
                _free.Push(page);
            }
        }

        sequence.Pages.Clear();
    }
}

/// <summary>Where the keys and values of one sequence lie.</summary>
/// <param name="useLong">Whether LongRoPE's long factors turn them.</param>
internal sealed class CachedSequence(bool useLong)
{
    public bool UseLong => useLong;

    /// <summary>The page of each <see cref="KvBlockPool.Places"/> tokens, in order.</summary>
    public List<int> Pages { get; } = [];
}
