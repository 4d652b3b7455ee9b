using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>What training keeps in memory, and what it computes again.</summary>
/// <remarks>Nothing here changes a weight: stages are not made again when it changes.</remarks>
public sealed record MemoryConfig
{
    /// <summary>
    /// Of every so many blocks one keeps its input only, and is run again for its gradient: 1 does so with all, 2 with every other, 0 keeps everything.
    /// Losses and gradients are the same to the last bit.
    /// </summary>
    public required int RecomputeEvery { get; init => field = Require.NotNegative(value); }
}
