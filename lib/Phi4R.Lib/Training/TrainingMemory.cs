using Phi4R.Model;

namespace Phi4R.Training;

/// <summary>Memory that a step of training is expected to take, by adding up what is kept.</summary>
/// <remarks>
/// Weights, sums, masters, moments and adapters are counted exactly. What a pass keeps is an estimate for a card with
/// fused attention, held against steps of all 3.8 billion weights on one H100 (data/runs/LOG.md, 27 November 2026):
/// within 4 % of the six figures measured. That of adapters was measured once, at 16,384 tokens, and is more than what
/// is known to be kept explains; it is taken as it was found.
/// </remarks>
public sealed record TrainingMemory
{
    // The context of a card, its libraries' workspaces, and what is lost between blocks.
    private const long Fixed = 2_100_000_000;

    // Of the numbers that autograd keeps of a block, so many times as much while its gradient is computed: what the
    // block says, its gradients, and what is made on the way.
    private const long LiveTimes = 3;
    private const long LiveTimesWithAdapters = 10;

    // Of the logits that are there at a time, in 32 bits: they, their gradient and what is made on the way.
    private const long HeadTimes = 3;

    /// <summary>
    /// What stays on the device from step to step: weights, gradients' sums, and masters, moments and adapters that
    /// are kept there.
    /// </summary>
    public required long DeviceStateBytes { get; init; }

    /// <summary>What the host keeps from step to step: masters and moments that the device does not.</summary>
    public required long HostBytes { get; init; }

    /// <summary>Gradients of one pass in 16 bits, before they are added to the sums.</summary>
    public required long PassGradientBytes { get; init; }

    /// <summary>What the pass keeps of all blocks until it comes back for them.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>What one block takes while its gradient is computed.</summary>
    public required long LiveBytes { get; init; }

    /// <summary>What the logits of the tokens that are looked at together take.</summary>
    public required long HeadBytes { get; init; }

    /// <summary>
    /// The most that a step takes of the device: when its way back begins, or when it ends and all gradients are there.
    /// </summary>
    public long DeviceBytes => DeviceStateBytes + LiveBytes + Fixed
        + Math.Max(ActivationBytes + HeadBytes, PassGradientBytes);

    /// <summary>Adds up what a model takes.</summary>
    /// <param name="tokens">Of one pass: those of a row times the rows that are passed together.</param>
    public static TrainingMemory Of(ModelConfig model, MemoryConfig memory, long tokens)
    {
        var rounded = memory.Weights != WeightPrecision.Full;
        long bytes = rounded ? sizeof(ushort) : sizeof(float);
        var shapes = model.WeightShapes().Select(pair => pair.Shape).ToList();
        var adapters = memory.Lora is { } lora ? AdapterSizes(model, lora) : [];
        var trained = memory.Lora is null ? shapes.Select(Numbers).ToList() : adapters;
        var masters = rounded && memory.Lora is null ? model.ParameterCount * sizeof(float) : 0;
        var moments = trained.Sum(numbers => MomentBytes(numbers, memory.OptimizerState));
        var mastersOnHost = memory.OptimizerState == OptimizerStateStorage.HostWithMasters;
        var onHost = mastersOnHost || memory.OptimizerState == OptimizerStateStorage.Host;
        var kept = tokens * bytes * ((2L * model.Width * 3) + model.JoinedHeadsWidth + (4L * model.FeedForwardWidth));
        var again = memory.ActivationCheckpointEvery == 0
            ? 0
            : (model.Layers + memory.ActivationCheckpointEvery - 1) / memory.ActivationCheckpointEvery;
        return new TrainingMemory
        {
            DeviceStateBytes = (memory is { Weights: WeightPrecision.EightBit, Lora: not null }
                    ? model.WeightShapes().Sum(pair => EightBitBytes(pair.Name, pair.Shape))
                    : model.ParameterCount * bytes)
                + (trained.Sum() * sizeof(float)) + (adapters.Sum() * sizeof(float))
                + (mastersOnHost ? 0 : masters) + (onHost ? 0 : moments),
            HostBytes = (mastersOnHost ? masters : 0) + (onHost ? moments : 0),
            PassGradientBytes = masters > 0 ? model.ParameterCount * bytes : 0,
            ActivationBytes = ((model.Layers - again) * kept) + (again * tokens * model.Width * bytes),
            LiveBytes = kept * (memory.Lora is null ? LiveTimes : LiveTimesWithAdapters),
            HeadBytes = Math.Min(tokens, TokenLogProbs.MostTokens) * model.VocabularySize * sizeof(float) * HeadTimes,
        };
    }

    private static long Numbers(long[] shape) => shape.Aggregate(1L, (all, size) => all * size);

    private static List<long> AdapterSizes(ModelConfig model, LoraConfig lora) => [.. model.WeightShapes()
        .Where(pair => IsInBlock(pair.Name, pair.Shape))
        .SelectMany(pair => pair.Shape).Select(size => size * lora.Rank)];

    private static bool IsInBlock(string name, long[] shape) =>
        shape.Length > 1 && name.Contains(".layers.", StringComparison.Ordinal);

    private static long EightBitBytes(string name, long[] shape) => IsInBlock(name, shape)
        ? Numbers(shape) + (Numbers(shape) / EightBitMatrix.Block * sizeof(ushort))
        : Numbers(shape) * sizeof(ushort);

    // Two of each number; in 8 bits a code each, and a scale of 32 bits for each block.
    private static long MomentBytes(long numbers, OptimizerStateStorage kept)
    {
        var blocks = (numbers + OptimizerState.Block - 1) / OptimizerState.Block;
        return kept == OptimizerStateStorage.EightBit && numbers >= OptimizerState.SmallestInEightBits
            ? 2 * blocks * (OptimizerState.Block + sizeof(float))
            : 2 * numbers * sizeof(float);
    }
}
