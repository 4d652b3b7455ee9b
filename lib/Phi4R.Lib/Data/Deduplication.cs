using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>
/// Tells which texts of a stream have been there before, to the letter. Keeps eight bytes of each text, not the text.
/// </summary>
public sealed class Deduplication
{
    private readonly HashSet<ulong> _seen = [];

    /// <summary>How many had been there before.</summary>
    public int Repeats { get; private set; }

    /// <summary>Whether the text has been there before; from now on it has.</summary>
    /// <param name="text">What makes two records equal, such as a question, or a question and its answer.</param>
    public bool IsRepeat(string text) => IsRepeat(StableHash.Of(text));

    /// <summary>The same for who has the text's hash.</summary>
    internal bool IsRepeat(ulong sign)
    {
        var repeat = !_seen.Add(sign);
        Repeats += repeat ? 1 : 0;
        return repeat;
    }
}
