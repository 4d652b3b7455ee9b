namespace Phi4R.Kernels;

/// <summary>The sizes that an attention kernel works with.</summary>
/// <param name="Query">Heads of queries, H.</param>
/// <param name="KeyValue">Heads of keys and of values, K; each serves H / K heads of queries.</param>
/// <param name="Width">Channels of a head, C.</param>
/// <param name="RotaryWidth">The first channels of a head, which are rotated by the position, R.</param>
internal readonly record struct AttentionHeads(int Query, int KeyValue, int Width, int RotaryWidth)
{
    /// <summary>Channels of all query heads side by side: H * C.</summary>
    public int QueryWidth => Query * Width;

    /// <summary>Channels of queries, keys and values side by side: (H + 2K) * C.</summary>
    public int JoinedWidth => (Query + (2 * KeyValue)) * Width;
}
