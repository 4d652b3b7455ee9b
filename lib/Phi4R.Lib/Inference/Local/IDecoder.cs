namespace Phi4R.Inference.Local;

/// <summary>One token to feed.</summary>
/// <param name="Sequence">Where its sequence is cached; the page of its position is there.</param>
/// <param name="Position">Its place there; tokens of one sequence come in order, without gaps.</param>
/// <param name="Wanted">Whether the logits after it are needed.</param>
internal readonly record struct TokenRow(int Token, CachedSequence Sequence, int Position, bool Wanted);

/// <summary>A model that remembers several sequences and goes on with any of them by a token.</summary>
internal interface IDecoder : IDisposable
{
    /// <summary>Rows that one call may feed.</summary>
    int MaxRows { get; }

    /// <summary>Feeds tokens. Rows of one sequence stand together.</summary>
    void Feed(ReadOnlySpan<TokenRow> rows);

    /// <summary>The logits after a wanted row of the last call, V numbers; they hold until the next call.</summary>
    /// <param name="index">Counts the wanted rows in their order.</param>
    ReadOnlySpan<float> Logits(int index);

    /// <summary>Gives a page what another holds.</summary>
    void CopyPage(int from, int to);
}
