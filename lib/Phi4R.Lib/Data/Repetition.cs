namespace Phi4R.Data;

/// <summary>The label "presence of repetitive patterns", told from the text alone.</summary>
/// <remarks>
/// Source: the label is named for arXiv 2504.21233, which does not say how it was given; the rule is ours.
/// </remarks>
public static class Repetition
{
    /// <summary>
    /// Whether some block of words stands several times in a row, such as a step that is done again and again.
    /// </summary>
    public static bool IsRepetitive(string text, RepetitionConfig config)
    {
        var words = Numbered(text);
        for (var block = 1; block <= config.LongestBlock; block++)
        {
            // As many words in a row that equal those a block before hold one whose place is a multiple of their
            // number, so only those places are looked at.
            var needed = block * (config.Times - 1);
            for (var place = needed; place < words.Length; place += needed)
            {
                var (from, to) = (place, place);
                while (from > block && to - from < needed && words[from - 1] == words[from - 1 - block])
                {
                    from--;
                }

                while (to < words.Length && to - from < needed && words[to] == words[to - block])
                {
                    to++;
                }

                if (to > place && to - from >= needed)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // The same number for the same word. Marks of the format are set apart, so that the first step of a thought is the
    // same word as its repeats.
    private static int[] Numbered(string text)
    {
        List<int> numbers = [];
        Dictionary<string, int> known = new(StringComparer.Ordinal);
        var bySpan = known.GetAlternateLookup<ReadOnlySpan<char>>();
        var marked = text.Replace("<think>", "<think> ", StringComparison.Ordinal).AsSpan();
        for (var end = 0; end < marked.Length;)
        {
            var start = end;
            while (end < marked.Length && !char.IsWhiteSpace(marked[end]))
            {
                end++;
            }

            if (end > start)
            {
                var word = marked[start..end];
                if (!bySpan.TryGetValue(word, out var number))
                {
                    bySpan[word] = number = known.Count;
                }

                numbers.Add(number);
            }

            end++;
        }

        return [.. numbers];
    }
}
