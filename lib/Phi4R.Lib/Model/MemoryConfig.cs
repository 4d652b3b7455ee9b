using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Model;

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
    /// lost between stages. Rates of adapters are mostly far above that; one of 5e-7 is not. With
    /// <see cref="WeightPrecision.EightBit"/> the next stage keeps the sums in 8 bits again: changes below half a step,
    /// 1/254 of the largest weight of a block of 32, are lost between stages, which is much more.
    /// </remarks>
    public LoraConfig? Lora { get; init; }

    /// <summary>What the weights are kept in.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public WeightPrecision Weights { get; init; }

    /// <summary>Where the optimizer's moments, and masters, are kept.</summary>
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
