namespace Phi4R.Sampling;

/// <summary>One token to feed.</summary>
/// <param name="Slot">The cached sequence that it belongs to.</param>
/// <param name="Position">Its place there; tokens of one slot come in order, without gaps.</param>
/// <param name="Wanted">Whether the logits after it are needed.</param>
internal readonly record struct TokenRow(int Token, int Slot, int Position, bool Wanted);

/// <summary>A model that remembers several sequences and goes on with any of them by a token.</summary>
internal interface IDecoder : IDisposable
{
    /// <summary>Cached sequences.</summary>
    int Slots { get; }

    /// <summary>Rows that one call may feed.</summary>
    int MaxRows { get; }

    /// <summary>Feeds tokens and writes the logits after each wanted one, V numbers each, in the order of the rows.</summary>
    void Feed(ReadOnlySpan<TokenRow> rows, Span<float> logits);

    /// <summary>Gives a slot the first tokens of another.</summary>
    void CopyPrefix(int from, int to, int tokens);
}
