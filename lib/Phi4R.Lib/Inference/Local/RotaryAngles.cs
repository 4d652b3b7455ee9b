// R rotated channels.
using Phi4R.Model;

namespace Phi4R.Inference.Local;

/// <summary>Cosines and sines of the first positions, by LongRoPE's short and long factors.</summary>
internal sealed class RotaryAngles
{
    private readonly int _half;
    private readonly float[] _short;
    private readonly float[] _long;

    public RotaryAngles(ModelConfig config, int positions)
    {
        (Positions, _half) = (positions, config.RotaryWidth / 2);
        _long = Table(RotaryEmbedding.InverseFrequencies(config, useLong: true), positions, config.AttentionFactor);
        _short = config.LongFactors is null ? _long
            : Table(RotaryEmbedding.InverseFrequencies(config, useLong: false),
                Math.Min(positions, config.OriginalMaxPositions), config.AttentionFactor);
    }

    /// <summary>Positions that are there.</summary>
    public int Positions { get; }

    /// <summary>R / 2 cosines, then as many sines.</summary>
    public ReadOnlySpan<float> At(int position, bool useLong) =>
        (useLong ? _long : _short).AsSpan(2 * position * _half, 2 * _half);

    private static float[] Table(float[] inverse, int positions, double factor)
    {
        var table = new float[2 * positions * inverse.Length];
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < inverse.Length; i++)
            {
                var angle = position * inverse[i];
                table[(2 * position * inverse.Length) + i] = (float)(MathF.Cos(angle) * factor);
                table[(((2 * position) + 1) * inverse.Length) + i] = (float)(MathF.Sin(angle) * factor);
            }
        }

        return table;
    }
}
