using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>Sizes of low-rank adapters.</summary>
/// <remarks>Source: Hu et al. 2021, arXiv 2106.09685.</remarks>
public sealed record LoraConfig
{
    /// <summary>Inner width of an adapter; at most the model's width.</summary>
    public required int Rank { get; init => field = Require.Positive(value); }

    /// <summary>What an adapter says is multiplied by Alpha / Rank.</summary>
    public required double Alpha { get; init => field = Require.Positive(value); }
}
