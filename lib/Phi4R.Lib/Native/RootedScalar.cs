namespace Phi4R.Native;

/// <summary>Numbers handed to libtorch's operators, held until it has read them.</summary>
/// <remarks>
/// TorchSharp 0.107 gives libtorch a Scalar's handle without keeping the Scalar alive over the call. The collector may
/// free it meanwhile; then libtorch reads freed memory: an error at "Scalar.h:279", as a training run met it once, or
/// another number. The analyzer refuses conversions that nothing holds.
/// </remarks>
internal static class RootedScalar
{
    // A call has long returned by the time its thread has made this many more.
    private const int Kept = 1024;

    [ThreadStatic]
    private static Scalar[]? Recent;

    [ThreadStatic]
    private static int Next;

    /// <summary>A scalar of 64-bit floating point.</summary>
    public static Scalar Of(double value) => Hold(value.ToScalar());

    /// <summary>A scalar of 64-bit integer.</summary>
    public static Scalar Of(long value) => Hold(value.ToScalar());

    private static Scalar Hold(Scalar scalar)
    {
        Recent ??= new Scalar[Kept];
        Recent[Next] = scalar;
        Next = (Next + 1) % Kept;
        return scalar;
    }
}
