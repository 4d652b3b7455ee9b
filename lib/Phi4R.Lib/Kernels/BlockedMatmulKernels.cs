// K terms of each sum.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Phi4R.Kernels;

// What is done in registers.
internal static unsafe partial class BlockedMatmul
{
    /// <summary>Eight rows of a product by 32 columns, added to what stands there or put in its place.</summary>
    /// <param name="x">Eight rows of K terms.</param>
    /// <param name="rowStep">From one row of x to the next.</param>
    /// <param name="termStep">From one term of a row to the next.</param>
    /// <param name="w">[K, 32].</param>
    /// <param name="ahead">16 K numbers that are called up meanwhile.</param>
    /// <param name="y">Eight rows of 32 numbers.</param>
    /// <param name="yStep">From one row of y to the next.</param>
    /// <param name="depth">K.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Eight(float* x, long rowStep, long termStep, float* w, float* ahead, float* y, long yStep,
        int depth, bool add)
    {
        float* x1 = x + rowStep, x2 = x1 + rowStep, x3 = x2 + rowStep, x4 = x3 + rowStep, x5 = x4 + rowStep,
            x6 = x5 + rowStep, x7 = x6 + rowStep;
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default,
            a3 = default, b3 = default;
        Vector512<float> a4 = default, b4 = default, a5 = default, b5 = default, a6 = default, b6 = default,
            a7 = default, b7 = default;
        var end = depth * termStep;
        for (long i = 0; i < end; i += termStep, w += Panel, ahead += Line)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch1(ahead);
            }

            var left = Vector512.Load(w);
            var right = Vector512.Load(w + 16);
            var value = Vector512.Create(x[i]);
            a0 = Vector512.FusedMultiplyAdd(value, left, a0);
            b0 = Vector512.FusedMultiplyAdd(value, right, b0);
            value = Vector512.Create(x1[i]);
            a1 = Vector512.FusedMultiplyAdd(value, left, a1);
            b1 = Vector512.FusedMultiplyAdd(value, right, b1);
            value = Vector512.Create(x2[i]);
            a2 = Vector512.FusedMultiplyAdd(value, left, a2);
            b2 = Vector512.FusedMultiplyAdd(value, right, b2);
            value = Vector512.Create(x3[i]);
            a3 = Vector512.FusedMultiplyAdd(value, left, a3);
            b3 = Vector512.FusedMultiplyAdd(value, right, b3);
            value = Vector512.Create(x4[i]);
            a4 = Vector512.FusedMultiplyAdd(value, left, a4);
            b4 = Vector512.FusedMultiplyAdd(value, right, b4);
            value = Vector512.Create(x5[i]);
            a5 = Vector512.FusedMultiplyAdd(value, left, a5);
            b5 = Vector512.FusedMultiplyAdd(value, right, b5);
            value = Vector512.Create(x6[i]);
            a6 = Vector512.FusedMultiplyAdd(value, left, a6);
            b6 = Vector512.FusedMultiplyAdd(value, right, b6);
            value = Vector512.Create(x7[i]);
            a7 = Vector512.FusedMultiplyAdd(value, left, a7);
            b7 = Vector512.FusedMultiplyAdd(value, right, b7);
        }

        Put(y, a0, b0, add);
        Put(y + yStep, a1, b1, add);
        Put(y + (2 * yStep), a2, b2, add);
        Put(y + (3 * yStep), a3, b3, add);
        Put(y + (4 * yStep), a4, b4, add);
        Put(y + (5 * yStep), a5, b5, add);
        Put(y + (6 * yStep), a6, b6, add);
        Put(y + (7 * yStep), a7, b7, add);
    }

    /// <summary>One row, likewise.</summary>
    /// <param name="x">[K].</param>
    /// <param name="w">[K, 32].</param>
    /// <param name="y">[32].</param>
    /// <param name="depth">K.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(float* x, float* w, float* y, int depth, bool add)
    {
        Vector512<float> left = default, right = default;
        for (var i = 0; i < depth; i++, w += Panel)
        {
            var value = Vector512.Create(x[i]);
            left = Vector512.FusedMultiplyAdd(value, Vector512.Load(w), left);
            right = Vector512.FusedMultiplyAdd(value, Vector512.Load(w + 16), right);
        }

        Put(y, left, right, add);
    }

    /// <summary>Writes 32 sums, or adds them to what stands there.</summary>
    /// <param name="y">[32].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(float* y, Vector512<float> left, Vector512<float> right, bool add)
    {
        if (add)
        {
            left += Vector512.Load(y);
            right += Vector512.Load(y + 16);
        }

        left.Store(y);
        right.Store(y + 16);
    }

    // [K, count] to [count / 8, K, 8], a cache line of each row at a time.
    private static void PackEights(float* source, int step, float* target, int depth, int count)
    {
        for (var o = 0; o < count; o += 16)
        {
            float* from = source + o, left = target + (o * depth), right = left + (8 * depth);
            for (var k = 0; k < depth; k++, from += step, left += 8, right += 8)
            {
                var line = Vector512.Load(from);
                line.GetLower().Store(left);
                line.GetUpper().Store(right);
            }
        }
    }

    private static void CopyPanel(float* source, int step, float* target, int depth)
    {
        for (var k = 0; k < depth; k++, source += step, target += Panel)
        {
            Vector512.Load(source).Store(target);
            Vector512.Load(source + 16).Store(target + 16);
        }
    }
}
