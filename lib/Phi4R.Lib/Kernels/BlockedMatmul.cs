// N rows, O outputs, I inputs, K terms of each sum.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Phi4R.Foundation;

namespace Phi4R.Kernels;

/// <summary>
/// The three products of a layer without a bias, y = x W^T and its two gradients, in 32 bits on all cores: eight rows
/// by thirty-two columns are summed in registers, from panels that stay in the caches.
/// </summary>
/// <remarks>
/// Source of the blocking: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication", ACM TOMS 34.
/// Each number is a chain of fused multiply-adds in an order that depends on the shapes alone: neither the count of
/// threads nor the rows beside it change its bits. libtorch's own products take half the width of the vectors on
/// processors of one maker.
/// </remarks>
internal static unsafe class BlockedMatmul
{
    /// <summary>Columns that are computed at a time; outputs and inputs are to be multiples of it.</summary>
    public const int Panel = 32;

    /// <summary>Rows that one core computes before it asks for more.</summary>
    public const int RowsTogether = 128;

    private const int Line = 16; // Numbers of a cache line.

    // Terms that are summed before the next panel: a panel of so many rows is two thirds of a core's first cache.
    private const int Depth = 256;

    // Of a gradient of weights so many outputs are one core's work at a time.
    private const int OutputsTogether = 256;

    // A gradient of fewer numbers is summed over four runs of rows apart.
    private const long FewNumbers = 1 << 18;
    private const int Runs = 4;
    private const int RunRows = 128;

    /// <summary>Whether the shapes fit, and the processor's vectors are wide enough for this to be of use.</summary>
    /// <param name="outputs">O.</param>
    /// <param name="inputs">I.</param>
    public static bool Applies(long outputs, long inputs) =>
        Vector512.IsHardwareAccelerated && outputs % Panel == 0 && inputs % Panel == 0;

    /// <summary>y = x W^T.</summary>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="y">[N, O], written.</param>
    public static void Multiply(float* x, float* weight, float* y, int rows, int inputs, int outputs)
    {
        using var panels = AlignedMemory.Of((long)inputs * outputs);
        PackAcross(weight, panels.Start, outputs, inputs);
        Chunks(x, panels.Start, y, rows, inputs, outputs);
    }

    /// <summary>The gradient of x: g W.</summary>
    /// <param name="upstream">[N, O].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="gradient">[N, I], written.</param>
    public static void InputGradient(float* upstream, float* weight, float* gradient, int rows, int inputs, int outputs)
    {
        using var panels = AlignedMemory.Of((long)inputs * outputs);
        Pack(weight, panels.Start, outputs, inputs);
        Chunks(upstream, panels.Start, gradient, rows, outputs, inputs);
    }

    /// <summary>The gradient of the weights: g^T x.</summary>
    /// <param name="upstream">[N, O].</param>
    /// <param name="x">[N, I].</param>
    /// <param name="gradient">[O, I], written.</param>
    public static void WeightGradient(float* upstream, float* x, float* gradient, int rows, int inputs, int outputs)
    {
        var numbers = (long)outputs * inputs;
        var runs = numbers <= FewNumbers ? Math.Clamp(rows / RunRows, 1, Runs) : 1;
        var blocks = (outputs + OutputsTogether - 1) / OutputsTogether;
        using var partial = AlignedMemory.Of((runs - 1) * numbers);
        var others = partial.Start;
        Parallelism.Each(runs * blocks, task =>
        {
            var (run, block) = (task / blocks, task % blocks);
            var first = block * OutputsTogether;
            WeightGradientPart(upstream + first, outputs, x, inputs,
                (run == 0 ? gradient : others + ((run - 1) * numbers)) + ((long)first * inputs),
                (int)((long)rows * run / runs), (int)((long)rows * (run + 1) / runs),
                Math.Min(OutputsTogether, outputs - first));
        });
        for (var run = 0; run < runs - 1; run++)
        {
            var other = others + (run * numbers);
            for (long i = 0; i < numbers; i += 16)
            {
                (Vector512.Load(gradient + i) + Vector512.Load(other + i)).Store(gradient + i);
            }
        }
    }

    /// <summary>Lays out W^T for <see cref="Rows"/>: panels of 32 outputs, inputs running inside a panel.</summary>
    /// <param name="weight">[O, I].</param>
    /// <param name="panels">[O / 32, I, 32], written.</param>
    public static void PackAcross(float* weight, float* panels, int outputs, int inputs) =>
        Parallelism.Each(outputs / Panel, panel =>
        {
            float* source = weight + ((long)panel * Panel * inputs), target = panels + ((long)panel * Panel * inputs);
            for (var first = 0; first < inputs; first += Line, source += Line, target += Line * Panel)
            {
                for (var o = 0; o < Panel; o++)
                {
                    var line = source + ((long)o * inputs);
                    for (var i = 0; i < Line; i++)
                    {
                        target[(i * Panel) + o] = line[i];
                    }
                }
            }
        });

    /// <summary>Lays out W for <see cref="Rows"/>: panels of 32 inputs, outputs running inside a panel.</summary>
    /// <param name="weight">[O, I].</param>
    /// <param name="panels">[I / 32, O, 32], written.</param>
    public static void Pack(float* weight, float* panels, int outputs, int inputs) =>
        Parallelism.Each(inputs / Panel, panel =>
            CopyPanel(weight + (panel * Panel), inputs, panels + ((long)panel * Panel * outputs), outputs));

    /// <summary>Some rows of a product, on the calling thread: y = a B, or y + a B.</summary>
    /// <param name="a">[N, K], its rows <paramref name="aStep"/> apart.</param>
    /// <param name="panels">[C / 32, K, 32].</param>
    /// <param name="y">[N, C].</param>
    public static void Rows(float* a, int aStep, float* panels, float* y, int rows, int depth, int columns,
        bool add = false)
    {
        var blocks = (depth + Depth - 1) / Depth;
        for (var block = 0; block < blocks; block++)
        {
            int start = (int)((long)depth * block / blocks), end = (int)((long)depth * (block + 1) / blocks);
            var adds = add || block > 0;
            for (var column = 0; column < columns; column += Panel)
            {
                var panel = panels + ((long)column * depth) + ((long)start * Panel);
                var next = column + Panel < columns ? panel + ((long)Panel * depth) : panel;
                var row = 0;
                for (; row + 8 <= rows; row += 8)
                {
                    // The first two passes over a panel call the next one up, half each.
                    var ahead = row < 16 ? next + ((long)row / 8 * (end - start) * Line) : panel;
                    Eight(a + ((long)row * aStep) + start, aStep, 1, panel, ahead,
                        y + ((long)row * columns) + column, columns, end - start, adds);
                }

                for (; row < rows; row++)
                {
                    One(a + ((long)row * aStep) + start, panel, y + ((long)row * columns) + column, end - start, adds);
                }
            }
        }
    }

    private static void Chunks(float* a, float* panels, float* y, int rows, int depth, int columns) =>
        Parallelism.Each((rows + RowsTogether - 1) / RowsTogether, chunk =>
        {
            var first = chunk * RowsTogether;
            Rows(a + ((long)first * depth), depth, panels, y + ((long)first * columns),
                Math.Min(RowsTogether, rows - first), depth, columns);
        });

    // Outputs from the first on, over some rows.
    private static void WeightGradientPart(float* upstream, int outputs, float* x, int inputs, float* gradient,
        int start, int end, int count)
    {
        using var memory = AlignedMemory.Of((long)Depth * (count + Panel));
        float* across = memory.Start, panel = across + (Depth * count);
        for (var first = start; first < end; first += Depth)
        {
            var depth = Math.Min(Depth, end - first);
            PackEights(upstream + ((long)first * outputs), outputs, across, depth, count);
            for (var column = 0; column < inputs; column += Panel)
            {
                CopyPanel(x + ((long)first * inputs) + column, inputs, panel, depth);
                for (var o = 0; o < count; o += 8)
                {
                    Eight(across + (o * depth), 1, 8, panel, panel, gradient + ((long)o * inputs) + column, inputs,
                        depth, first > start);
                }
            }
        }
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

    // Eight rows of a, "rowStep" apart, whose terms are "termStep" apart.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(float* x, long rowStep, long termStep, float* w, float* ahead, float* y, long yStep,
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* x, float* w, float* y, int depth, bool add)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* y, Vector512<float> left, Vector512<float> right, bool add)
    {
        if (add)
        {
            left += Vector512.Load(y);
            right += Vector512.Load(y + 16);
        }

        left.Store(y);
        right.Store(y + 16);
    }
}
