// O outputs, I inputs, b blocks of a row.
using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>A frozen matrix in 8 bits: a code for each number, and a scale for each 32 of a row.</summary>
/// <remarks>
/// Accuracy: a number is off by half a step of its block, 1/254 of the block's largest, and by the rounding of the
/// scale and of the product to 16 bits, 2^-8 of itself; by the tests. Source: Dettmers et al. 2022, arXiv 2208.07339,
/// section 2 (absmax quantization), with the blocks of GGUF's Q8_0.
/// </remarks>
internal sealed class EightBitMatrix : IDisposable
{
    /// <summary>Numbers that share a scale.</summary>
    public const int Block = 32;

    private const int Most = 127;
    private const float SmallestScale = 1e-37f; // A block of zeros has no scale to be divided by.

    private readonly Tensor _codes;
    private readonly Tensor _scales;

    /// <param name="matrix">[O, I].</param>
    /// <exception cref="ArgumentException">A row is no whole number of blocks.</exception>
    public EightBitMatrix(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        Check(matrix);
        var blocks = matrix.detach().to_type(ScalarType.Float32).reshape(matrix.shape[0], -1, Block);  // [O, b, 32]
        var scales = (blocks.abs().amax([2], keepdim: true) * RootedScalar.Of(1.0 / Most))
            .to_type(ScalarType.BFloat16);                                                             // [O, b, 1]
        var steps = scales.to_type(ScalarType.Float32).clamp_min(RootedScalar.Of(SmallestScale));
        _codes = (blocks / steps).round().clamp(RootedScalar.Of(-Most), RootedScalar.Of(Most))
            .to_type(ScalarType.Int8).DetachFromDisposeScope();
        _scales = scales.DetachFromDisposeScope();
    }

    /// <summary>Throws where a matrix cannot be kept in 8 bits.</summary>
    /// <param name="matrix">[O, I].</param>
    /// <exception cref="ArgumentException">A row is no whole number of blocks.</exception>
    public static void Check(Tensor matrix)
    {
        if (matrix.shape[1] % Block != 0)
        {
            throw new ArgumentException($"Memory.Weights is {nameof(WeightPrecision.EightBit)}, which keeps {Block} "
                + $"numbers of a row together; a matrix of this model has rows of {matrix.shape[1]}. Say "
                + $"{nameof(WeightPrecision.BFloat16)}.");
        }
    }

    /// <summary>Bytes that are kept.</summary>
    public long Bytes => _codes.numel() + (_scales.numel() * sizeof(ushort));

    /// <summary>The numbers that the codes stand for; the caller's.</summary>
    /// <returns>[O, I].</returns>
    public Tensor Dense(ScalarType type)
    {
        using var scope = NewDisposeScope();
        return (_codes.to_type(ScalarType.BFloat16) * _scales).flatten(1).to_type(type).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        _codes.Dispose();
        _scales.Dispose();
    }
}
