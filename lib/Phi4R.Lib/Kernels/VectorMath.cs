using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Phi4R.Kernels;

/// <summary>
/// Elementary functions on sixteen 32-bit numbers at a time, with the same bits at every vector width.
/// </summary>
internal static class VectorMath
{
    /// <summary>e^x, with inputs held within -87.3 and 88.3.</summary>
    /// <remarks>
    /// Source: the polynomial of Cephes' expf (Moshier 1992) after Cody and Waite's reduction.
    /// Accuracy: relative error below 3e-7 over the range, by the test against Math.Exp.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // The processor's own operations, which may give the second argument where either is NaN: x stands second, so
        // that NaN stays NaN.
        x = Vector512.MinNative(Vector512.Create(88.3f), Vector512.MaxNative(Vector512.Create(-87.3f), x));
        var n = Vector512.Round(x * 1.44269504f);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        return p * ((Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23).AsSingle();
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) =>
        Vector512<float>.One / (Vector512<float>.One + Exp(-x));
}
