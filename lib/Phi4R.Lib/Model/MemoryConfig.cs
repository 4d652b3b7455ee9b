using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Model;

/// <summary>What the weights that a model computes with are kept in while it learns.</summary>
public enum WeightPrecision
{
    /// <summary>32 bits, and nothing beside them.</summary>
    Full,

    /// <summary>
    /// 16 bits, and so are activations and the gradients of one pass. Gradients are added up in 32 bits and change
    /// masters of 32 bits, of which the weights are the roundings: updates far below what a 16-bit weight can tell
    /// apart add up. Checkpoints and files hold the masters.
    /// </summary>
    /// <remarks>
    /// Source: Micikevicius et al. 2017, arXiv 1710.03740, section 3.1. With <see cref="MemoryConfig.Lora"/> the frozen
    /// weights have no masters, and the adapters are kept in 32 bits.
    /// </remarks>
    BFloat16,
}

/// <summary>Where and how the optimizer's two moments of every weight are kept.</summary>
public enum OptimizerStateStorage
{
    /// <summary>In 32 bits beside the weights: 8 bytes a weight.</summary>
    Device,

    /// <summary>
    /// In 32 bits in the host's memory; they pass through the device a part at a time. The same bits as on the device.
    /// </summary>
    Host,

    /// <summary>
    /// In 8 bits beside the weights: 2.03 bytes a weight, and updates that differ from those of 32 bits by rounding.
    /// </summary>
    /// <remarks>Source: Dettmers et al. 2021, arXiv 2110.02861.</remarks>
    EightBit,
}

/// <summary>What training keeps in memory, and what it computes again.</summary>
/// <remarks>
/// <see cref="Lora"/>, <see cref="Weights"/>, <see cref="Bf16Matmul"/> and moments in 8 bits change what is learned,
/// and so a stage's key; stages are not made again when another setting changes.
/// </remarks>
public sealed record MemoryConfig
{
    /// <summary>
    /// Of every so many blocks one keeps its input only, and is run again for its gradient: 1 does so with all, 2 with
    /// every other, 0 keeps everything. Losses and gradients are the same to the last bit.
    /// </summary>
    public required int ActivationCheckpointEvery { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Null trains every weight. Otherwise each stage that goes on from a model trains low-rank adapters on its blocks'
    /// matrices and adds them to the matrices at its end; a base that is trained from nothing is always trained whole.
    /// </summary>
    /// <remarks>
    /// Files hold the sums in 32 bits. With <see cref="WeightPrecision.BFloat16"/> the next stage, and an engine in 16
    /// bits, take them rounded: of what a stage learned, changes below half a unit of a 16-bit weight's last place are
    /// lost between stages. Rates of adapters are mostly far above that; one of 5e-7 is not.
    /// </remarks>
    public LoraConfig? Lora { get; init; }

    /// <summary>What the weights are kept in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public WeightPrecision Weights { get; init; }

    /// <summary>Where the optimizer's moments are kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public OptimizerStateStorage OptimizerState { get; init; }

    /// <summary>
    /// Whether weights of 32 bits are rounded for the products with the blocks' matrices, forward and backward, on the
    /// processor; weights, gradients, attention, norms and the head stay in 32 bits. Faster where the processor
    /// multiplies bf16 (avx512_bf16, AMX), slower where it does not. In reinforcement the forward pass then differs
    /// from the engine that sampled by about as much as 16-bit rounding does, and its gauge shows it.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Bf16Matmul { get; init; }

    /// <summary>
    /// What a stage's result depends on: its own settings, and those of these that are not at their defaults and change
    /// what is learned.
    /// </summary>
    internal object KeyOf(object settings)
    {
        Dictionary<string, object> key = new(StringComparer.Ordinal) { ["settings"] = settings };
        if (Lora is { } lora)
        {
            key["lora"] = lora;
        }

        if (Weights != WeightPrecision.Full)
        {
            key["weights"] = Weights;
        }

        if (OptimizerState == OptimizerStateStorage.EightBit)
        {
            key["optimizerState"] = OptimizerState;
        }

        if (Bf16Matmul)
        {
            key["halfProducts"] = true;
        }

        return key.Count > 1 ? key : settings;
    }
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
