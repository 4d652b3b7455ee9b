namespace Phi4R.Text;

/// <summary>
/// Text that comes in pieces and is over where one of the stop sequences begins, which may be split between pieces.
/// </summary>
public sealed class StopSequences(IReadOnlyList<string> sequences)
{
    private string _held = "";

    /// <summary>Whether one was found, after which no more text is told.</summary>
    public bool IsFound { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <param name="isLast">Whether the text ends with it, so that nothing has to be held back any more.</param>
    /// <returns>The text that is certain now: all before where a stop sequence begins or may begin.</returns>
    public string Add(string piece, bool isLast = false)
    {
        if (IsFound)
        {
            return "";
        }

        _held += piece;
        var found = sequences.Select(sequence => _held.IndexOf(sequence, StringComparison.Ordinal))
            .Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        IsFound = found >= 0;
        var certain = IsFound ? found : isLast ? _held.Length : Certain(_held, sequences);
        var told = _held[..certain];
        _held = _held[certain..];
        return told;
    }

    /// <summary>How much of a text is certain: all before where one of the sequences may have begun.</summary>
    public static int Certain(string text, IReadOnlyList<string> sequences)
    {
        var at = Math.Max(0, text.Length - sequences.Select(sequence => sequence.Length).DefaultIfEmpty().Max());
        while (at < text.Length && !MayBegin(text.AsSpan(at), sequences))
        {
            at++;
        }

        return at;
    }

    private static bool MayBegin(ReadOnlySpan<char> end, IReadOnlyList<string> sequences)
    {
        foreach (var sequence in sequences)
        {
            if (sequence.AsSpan().StartsWith(end))
            {
                return true;
            }
        }

        return false;
    }
}
