namespace Phi4R.Native;

/// <summary>
/// Single values out of tensors, and sums of tensors, with every number held while libtorch reads it.
/// </summary>
/// <remarks>
/// TorchSharp 0.107 reads a value by a Scalar that nothing holds, and hands sums a factor of 1 that nothing holds. The
/// collector may free either during the call; libtorch then ends the process ("Scalar.h:140"), as it did to a run of
/// the tests, twice. The analyzer refuses those ways: BannedSymbols.txt.
/// </remarks>
internal static class TensorValues
{
    private static readonly Scalar One = 1L.ToScalar();

    /// <summary>The value of a tensor of one element.</summary>
    public static double AsDouble(this Tensor value)
    {
        using var scalar = value.ToScalar();
        return scalar.ToDouble();
    }

    /// <summary>The value of a tensor of one element, a whole number.</summary>
    public static long AsInt64(this Tensor value)
    {
        using var scalar = value.ToScalar();
        return scalar.ToInt64();
    }

    /// <summary>The value of a tensor of one element, true or false.</summary>
    public static bool AsBoolean(this Tensor value)
    {
        using var scalar = value.ToScalar();
        return scalar.ToBoolean();
    }

    /// <summary>The sum of two tensors.</summary>
    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>The sum of a tensor and a number.</summary>
    public static Tensor Plus(this Tensor left, double right) => left.add(RootedScalar.Of(right), One);

    /// <summary>Adds a tensor to this one's own elements.</summary>
    public static Tensor PlusInPlace(this Tensor left, Tensor right) => left.add_(right, One);

    /// <summary>Adds a number to this tensor's own elements.</summary>
    public static Tensor PlusInPlace(this Tensor left, double right) => left.add_(RootedScalar.Of(right), One);
}
