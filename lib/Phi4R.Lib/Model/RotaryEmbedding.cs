// B batch, T tokens, N heads of one kind, C channels per head, R rotated channels.
using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>
/// Turns pairs of a head's channels by an angle that grows with the token's position; the last C - R channels keep
/// theirs.
/// </summary>
/// <remarks>
/// Source: Su et al. 2021, arXiv 2104.09864; LongRoPE: Ding et al. 2024, arXiv 2402.13753. The pairs are channel i and
/// i + R / 2. Cosines and sines are multiplied by <see cref="ModelConfig.AttentionFactor"/> with either list of
/// factors.
/// </remarks>
internal sealed class RotaryEmbedding : IDisposable
{
    // Positions that a table begins with; it doubles when a pass goes further, since few come near the last of a long
    // model.
    private const long FirstPositions = 4096;
    private readonly ModelConfig _config;
    private readonly Device _device;
    private Tensor? _shortAngles;
    private Tensor? _longAngles;

    public RotaryEmbedding(ModelConfig config, Device device) => (_config, _device) = (config, device);

    /// <summary>Radians per position of each pair, R / 2 of them, in 32 bits as the reference computes them.</summary>
    public static float[] InverseFrequencies(ModelConfig config, bool useLong)
    {
        var factors = useLong ? config.LongFactors : config.ShortFactors;
        var inverse = new float[config.RotaryWidth / 2];
        for (var i = 0; i < inverse.Length; i++)
        {
            var power = MathF.Pow((float)config.RopeTheta, 2f * i / config.RotaryWidth);
            inverse[i] = 1f / ((float)(factors?[i] ?? 1) * power);
        }

        return inverse;
    }

    /// <summary>
    /// Whether a pass whose largest position is <paramref name="lastPosition"/> takes the long factors.
    /// </summary>
    public static bool UsesLong(ModelConfig config, long lastPosition) =>
        config.LongFactors is not null
            && (config.RopePolicy == RopePolicy.AlwaysLong || lastPosition + 1 > config.OriginalMaxPositions);

    /// <summary>The angles of all positions up to the last of a pass, and of some beyond it.</summary>
    /// <param name="lastPosition">The largest position of the pass.</param>
    /// <returns>[positions, 2R] cosines of the R channels, then sines.</returns>
    public Tensor Angles(bool useLong, long lastPosition)
    {
        ref var table = ref (useLong ? ref _longAngles : ref _shortAngles);
        if (table is null || table.shape[0] <= lastPosition)
        {
            // A table that drawing makes is learned with later, which libtorch refuses for tensors of its inference
            // mode.
            using var learnable = inference_mode(false);

            // A pass that is not yet learned from may hold the smaller table, so that it is left to the collector.
            table = Table(InverseFrequencies(_config, useLong), Positions(lastPosition),
                _config.AttentionFactor, _device);
        }

        return table;
    }

    /// <summary>Cosines and sines of a pass.</summary>
    /// <param name="positions">[B, T], or [1, T] for all rows.</param>
    /// <param name="lastPosition">The largest of them.</param>
    /// <param name="useLong">Whether the long factors hold.</param>
    /// <returns>[B, T, 1, R] twice.</returns>
    public (Tensor Cosines, Tensor Sines) At(Tensor positions, long lastPosition, bool useLong)
    {
        if (lastPosition >= _config.MaxPositions)
        {
            throw new ArgumentException($"A position is {lastPosition}; the model's last is "
                + $"{_config.MaxPositions - 1} (MaxPositions {_config.MaxPositions}).");
        }

        var rows = Angles(useLong, lastPosition).index_select(0, positions.flatten())
            .view(positions.shape[0], positions.shape[1], 1, 2 * _config.RotaryWidth);
        // [B, T, 1, R] twice
        return (rows.narrow(-1, 0, _config.RotaryWidth), rows.narrow(-1, _config.RotaryWidth, _config.RotaryWidth));
    }

    /// <summary>Turns the first R channels of each head.</summary>
    /// <param name="heads">[B, T, N, C].</param>
    /// <param name="cosines">[B, T, 1, R].</param>
    /// <param name="sines">[B, T, 1, R].</param>
    /// <returns>[B, T, N, C].</returns>
    public static Tensor Rotate(Tensor heads, Tensor cosines, Tensor sines)
    {
        var (width, rotary) = (heads.shape[3], cosines.shape[3]);
        var turning = heads.narrow(-1, 0, rotary);                                       // [B, T, N, R]
        var halves = turning.chunk(2, -1);                                               // [B, T, N, R / 2] twice
        var quarter = cat([-halves[1], halves[0]], -1);                                  // [B, T, N, R]
        var turned = (turning * cosines).PlusInPlace(quarter * sines).to_type(heads.dtype);     // [B, T, N, R]
        return rotary == width ? turned : cat([turned, heads.narrow(-1, rotary, width - rotary)], -1);
    }

    public void Dispose()
    {
        _shortAngles?.Dispose();
        _longAngles?.Dispose();
    }

    private long Positions(long last)
    {
        var positions = FirstPositions;
        while (positions <= last)
        {
            positions *= 2;
        }

        return Math.Min(positions, _config.MaxPositions);
    }

    // [positions, 2R]: cosines of all R channels, then sines; each half of the R repeats the R / 2 angles.
    private static Tensor Table(float[] inverse, long positions, double factor, Device device)
    {
        using var scope = NewDisposeScope();
        // [positions, R / 2]
        var angles = arange(RootedScalar.Of(positions), dtype: ScalarType.Float32).unsqueeze(1)
            * tensor(inverse).unsqueeze(0);
        var both = cat([angles, angles], -1);  // [positions, R]
        // [positions, 2R]
        var table = cat([both.cos() * RootedScalar.Of(factor), both.sin() * RootedScalar.Of(factor)], -1).to(device);
        return table.DetachFromDisposeScope();
    }
}
