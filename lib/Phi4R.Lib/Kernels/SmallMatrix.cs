using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Phi4R.Kernels;

/// <summary>
/// Products of matrices that fit in the cache, four rows by thirty-two columns at a time, and the row operations of
/// attention.
/// </summary>
internal static unsafe class SmallMatrix
{
    /// <summary>
    /// Four rows of a product: y[r, j] = sum over k from <paramref name="start"/> to <paramref name="end"/> of a[r, k]
    /// b[k, j].
    /// </summary>
    /// <param name="rowStep">From one row of a to the next.</param>
    /// <param name="innerStep">From one k of a to the next.</param>
    /// <param name="columns">Of y, a multiple of 16.</param>
    /// <param name="add">Whether to add to y or replace it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, int rowStep, int innerStep, float* b, int bStep, float* y, int yStep,
        int start, int end, int columns, bool add)
    {
        var j = 0;
        for (; j + 32 <= columns; j += 32)
        {
            Vector512<float> l0 = default, r0 = default, l1 = default, r1 = default, l2 = default, r2 = default,
                l3 = default, r3 = default;
            float* weights = b + ((long)start * bStep) + j, inputs = a + ((long)start * innerStep);
            for (var k = start; k < end; k++, weights += bStep, inputs += innerStep)
            {
                var left = Vector512.Load(weights);
                var right = Vector512.Load(weights + 16);
                var value = Vector512.Create(inputs[0]);
                l0 = Vector512.FusedMultiplyAdd(value, left, l0);
                r0 = Vector512.FusedMultiplyAdd(value, right, r0);
                value = Vector512.Create(inputs[rowStep]);
                l1 = Vector512.FusedMultiplyAdd(value, left, l1);
                r1 = Vector512.FusedMultiplyAdd(value, right, r1);
                value = Vector512.Create(inputs[2 * rowStep]);
                l2 = Vector512.FusedMultiplyAdd(value, left, l2);
                r2 = Vector512.FusedMultiplyAdd(value, right, r2);
                value = Vector512.Create(inputs[3 * rowStep]);
                l3 = Vector512.FusedMultiplyAdd(value, left, l3);
                r3 = Vector512.FusedMultiplyAdd(value, right, r3);
            }

            BlockedMatmul.Put(y + j, l0, r0, add);
            BlockedMatmul.Put(y + yStep + j, l1, r1, add);
            BlockedMatmul.Put(y + (2 * yStep) + j, l2, r2, add);
            BlockedMatmul.Put(y + (3 * yStep) + j, l3, r3, add);
        }

        if (j < columns)
        {
            MultiplyLast(a, rowStep, innerStep, b + j, bStep, y + j, yStep, start, end, add);
        }
    }

    /// <summary>Turns the first scores into e^(score - largest), and the others into zero.</summary>
    /// <param name="seen">Scores that count.</param>
    /// <param name="columns">All of them, a multiple of 32.</param>
    /// <returns>The largest score, and the sum of the exponentials.</returns>
    public static (float Largest, float Sum) Soften(float* scores, int seen, int columns)
    {
        var lowest = Vector512.Create(float.NegativeInfinity);
        var most = lowest;
        for (var i = 0; i < seen; i += 16)
        {
            most = Vector512.MaxNative(most, Vector512.ConditionalSelect(Seen(i, seen), Vector512.Load(scores + i),
                lowest));
        }

        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < 16; lane++)
        {
            largest = MathF.Max(largest, most[lane]);
        }

        Exponentials(scores, largest, seen, columns);
        var sums = Vector512<float>.Zero;
        for (var i = 0; i < seen; i += 16)
        {
            sums += Vector512.Load(scores + i);
        }

        return (largest, Vector512.Sum(sums));
    }

    /// <summary>
    /// Scores become shares p = e^(score - logSum), and slopes of the shares become slopes of the scores: p (slope -
    /// sum of p slope).
    /// </summary>
    /// <param name="seen">Scores that count; the others get share and slope zero.</param>
    /// <param name="columns">All of them, a multiple of 32.</param>
    public static void SoftenedSlopes(float* scores, float* slopes, float logSum, int seen, int columns)
    {
        Exponentials(scores, logSum, seen, columns);
        var products = Vector512<float>.Zero;
        for (var i = 0; i < columns; i += 16)
        {
            products = Vector512.FusedMultiplyAdd(Vector512.Load(scores + i), Vector512.Load(slopes + i), products);
        }

        var mean = Vector512.Create(Vector512.Sum(products));
        for (var i = 0; i < columns; i += 16)
        {
            (Vector512.Load(scores + i) * (Vector512.Load(slopes + i) - mean)).Store(slopes + i);
        }
    }

    /// <summary>Multiplies a row by a number.</summary>
    /// <param name="columns">A multiple of 16.</param>
    public static void Scale(float* row, float factor, int columns)
    {
        for (var i = 0; i < columns; i += 16)
        {
            (Vector512.Load(row + i) * factor).Store(row + i);
        }
    }

    // The last sixteen columns. Even and odd k are summed apart, so that a sum need not wait for the one before.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyLast(float* a, int rowStep, int innerStep, float* b, int bStep, float* y, int yStep,
        int start, int end, bool add)
    {
        Vector512<float> e0 = default, o0 = default, e1 = default, o1 = default, e2 = default, o2 = default,
            e3 = default, o3 = default;
        float* weights = b + ((long)start * bStep), inputs = a + ((long)start * innerStep);
        var k = start;
        for (; k + 1 < end; k += 2, weights += 2 * bStep, inputs += 2 * innerStep)
        {
            Vector512<float> even = Vector512.Load(weights), odd = Vector512.Load(weights + bStep);
            var next = inputs + innerStep;
            e0 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[0]), even, e0);
            o0 = Vector512.FusedMultiplyAdd(Vector512.Create(next[0]), odd, o0);
            e1 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[rowStep]), even, e1);
            o1 = Vector512.FusedMultiplyAdd(Vector512.Create(next[rowStep]), odd, o1);
            e2 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[2 * rowStep]), even, e2);
            o2 = Vector512.FusedMultiplyAdd(Vector512.Create(next[2 * rowStep]), odd, o2);
            e3 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[3 * rowStep]), even, e3);
            o3 = Vector512.FusedMultiplyAdd(Vector512.Create(next[3 * rowStep]), odd, o3);
        }

        if (k < end)
        {
            var even = Vector512.Load(weights);
            e0 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[0]), even, e0);
            e1 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[rowStep]), even, e1);
            e2 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[2 * rowStep]), even, e2);
            e3 = Vector512.FusedMultiplyAdd(Vector512.Create(inputs[3 * rowStep]), even, e3);
        }

        Put(y, e0 + o0, add);
        Put(y + yStep, e1 + o1, add);
        Put(y + (2 * yStep), e2 + o2, add);
        Put(y + (3 * yStep), e3 + o3, add);

        static void Put(float* to, Vector512<float> sum, bool add) =>
            (add ? Vector512.Load(to) + sum : sum).Store(to);
    }

    private static void Exponentials(float* scores, float shift, int seen, int columns)
    {
        var less = Vector512.Create(shift);
        var i = 0;
        for (; i < seen; i += 16)
        {
            Vector512.ConditionalSelect(Seen(i, seen), VectorMath.Exp(Vector512.Load(scores + i) - less),
                Vector512<float>.Zero).Store(scores + i);
        }

        for (; i < columns; i += 16)
        {
            Vector512<float>.Zero.Store(scores + i);
        }
    }

    // Which of sixteen places from the first on are below the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Seen(int first, int end) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(end - first)).AsSingle();
}
