using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>What training keeps in memory, and what it computes again.</summary>
/// <remarks>Nothing but <see cref="Lora"/> changes a weight: stages are not made again when another setting changes.</remarks>
public sealed record MemoryConfig
{
    /// <summary>
    /// Of every so many blocks one keeps its input only, and is run again for its gradient: 1 does so with all, 2 with every other, 0 keeps everything.
    /// Losses and gradients are the same to the last bit.
    /// </summary>
    public required int RecomputeEvery { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Null trains every weight. Otherwise each stage that goes on from a model trains low-rank adapters on its blocks' matrices and adds them
    /// to the matrices at its end; a base that is trained from nothing is always trained whole.
    /// </summary>
    public LoraConfig? Lora { get; init; }
}

/// <summary>Sizes of low-rank adapters.</summary>
/// <remarks>Source: Hu et al. 2021, arXiv 2106.09685.</remarks>
public sealed record LoraConfig
{
    /// <summary>Inner width of an adapter; at most the model's width.</summary>
    public required int Rank { get; init => field = Require.Positive(value); }

    /// <summary>What an adapter says is multiplied by Alpha / Rank.</summary>
    public required double Alpha { get; init => field = Require.Positive(value); }
}
