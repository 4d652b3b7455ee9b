namespace Phi4R.Text;

/// <summary>
/// Joins the bytes of a piece to tokens: again and again the two neighbors that together are the token of the lowest
/// id, leftmost first.
/// </summary>
internal static class BytePairMerging
{
    // Up to here looking through all neighbors for the best is quicker than keeping them in order.
    private const int Short = 96;

    private const int None = int.MaxValue;

    /// <summary>Writes the tokens of a piece. Time grows with n log n.</summary>
    /// <param name="ids">At least as many places as the piece has bytes.</param>
    /// <returns>How many tokens the piece has.</returns>
    public static int Encode(ReadOnlySpan<byte> piece, O200kVocabulary vocabulary, Span<int> ids) =>
        piece.Length <= Short ? Few(piece, vocabulary, ids) : Many(piece, vocabulary, ids);

    private static int Few(ReadOnlySpan<byte> piece, O200kVocabulary vocabulary, Span<int> ids)
    {
        // Part i is piece[starts[i]..starts[i + 1]]; joined[i] is the token of parts i and i + 1 together.
        Span<int> starts = stackalloc int[Short + 1];
        Span<int> joined = stackalloc int[Short + 1];
        var count = piece.Length;
        for (var i = 0; i <= count; i++)
        {
            starts[i] = i;
            joined[i] = i + 1 < count ? vocabulary.Pair(piece[i], piece[i + 1]) : None;
        }

        while (true)
        {
            var (best, at) = (None, 0);
            for (var i = 0; i < count - 1; i++)
            {
                if (joined[i] < best)
                {
                    (best, at) = (joined[i], i);
                }
            }

            if (best == None)
            {
                break;
            }

            starts[(at + 2)..(count + 1)].CopyTo(starts[(at + 1)..]);
            joined[(at + 2)..count].CopyTo(joined[(at + 1)..]);
            count--;
            joined[at] = at + 1 < count ? vocabulary.Find(piece[starts[at]..starts[at + 2]]) : None;
            if (at > 0)
            {
                joined[at - 1] = vocabulary.Find(piece[starts[at - 1]..starts[at + 1]]);
            }
        }

        for (var i = 0; i < count; i++)
        {
            ids[i] = vocabulary.Find(piece[starts[i]..starts[i + 1]]);
        }

        return count;
    }

    // The parts are a linked list by their first bytes; the queue holds a pair each time it comes up, and one that has
    // changed since is passed over.
    private static int Many(ReadOnlySpan<byte> piece, O200kVocabulary vocabulary, Span<int> ids)
    {
        var (next, previous, joined) = (new int[piece.Length + 1], new int[piece.Length + 1],
            new int[piece.Length + 1]);
        var queue = new MergeQueue(piece.Length);
        for (var i = 0; i <= piece.Length; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
            joined[i] = i + 1 < piece.Length ? vocabulary.Pair(piece[i], piece[i + 1]) : None;
            if (joined[i] != None)
            {
                queue.Add(joined[i], i);
            }
        }

        while (queue.TryTake(out var token, out var left))
        {
            if (joined[left] != token)
            {
                continue;
            }

            var right = next[left];
            joined[right] = None;
            (next[left], previous[next[right]]) = (next[right], left);
            Look(piece, left);
            if (previous[left] >= 0)
            {
                Look(piece, previous[left]);
            }
        }

        var count = 0;
        for (var i = 0; i < piece.Length; i = next[i])
        {
            ids[count++] = vocabulary.Find(piece[i..next[i]]);
        }

        return count;

        void Look(ReadOnlySpan<byte> bytes, int part)
        {
            var second = next[part];
            joined[part] = second < bytes.Length ? vocabulary.Find(bytes[part..next[second]]) : None;
            if (joined[part] != None)
            {
                queue.Add(joined[part], part);
            }
        }
    }
}
