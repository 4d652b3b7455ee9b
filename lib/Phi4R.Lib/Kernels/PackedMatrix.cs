// M rows, N outputs, I inputs.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Phi4R.Native;

namespace Phi4R.Kernels;

/// <summary>
/// A weight matrix laid out for multiplying a few rows quickly: panels of 32 outputs, inputs running inside a panel.
/// </summary>
/// <remarks>
/// Each output is one chain of fused multiply-adds over the inputs in order, whatever the count of rows and the width
/// of the CPU's vectors. A row's result is therefore the same to the last bit whichever rows it is computed with:
/// what a sampler draws does not depend on its batch.
/// </remarks>
internal sealed unsafe class PackedMatrix : IDisposable
{
    private const int Panel = BlockedMatmul.Panel;
    private const int PartNumbers = 1 << 24;
    private const int Line = 16; // Numbers of a cache line: half of a panel's for one input.
    private readonly float* _panels;

    /// <param name="weights">N * I numbers, [N, I].</param>
    public PackedMatrix(ReadOnlySpan<float> weights, int outputs, int inputs)
        : this(outputs, inputs) => Fill(weights, 0);

    /// <param name="weights">[N, I] of any type, on the CPU; widened a part at a time.</param>
    public PackedMatrix(Tensor weights)
        : this((int)weights.shape[0], (int)weights.shape[1])
    {
        var together = Math.Max(1, PartNumbers / Inputs / Panel) * Panel;
        for (var start = 0; start < Outputs; start += together)
        {
            using var scope = NewDisposeScope();
            Fill(
                NativeData.Floats(weights.narrow(0, start, Math.Min(together, Outputs - start))
                    .to_type(ScalarType.Float32)), start / Panel);
        }
    }

    private PackedMatrix(int outputs, int inputs)
    {
        (Outputs, Inputs, PaddedOutputs) = (outputs, inputs, (outputs + Panel - 1) / Panel * Panel);
        _panels = (float*)NativeMemory.AlignedAlloc((nuint)PaddedOutputs * (nuint)inputs * sizeof(float), 64);
    }

    public int Outputs { get; }

    public int Inputs { get; }

    /// <summary>
    /// Numbers per row of a result: the outputs rounded up to a panel; those past the last output are zero.
    /// </summary>
    public int PaddedOutputs { get; }

    /// <summary>Panels of outputs, which can be computed apart.</summary>
    public int Panels => PaddedOutputs / Panel;

    /// <summary>Multiplies rows, and adds the result to what stands there or replaces it.</summary>
    /// <param name="x">M * I numbers.</param>
    /// <param name="y">M * PaddedOutputs numbers.</param>
    public void Multiply(float* x, float* y, int rows, bool add) => Multiply(x, y, rows, add, 0, Panels, Panels);

    /// <summary>The same for some panels only.</summary>
    /// <param name="end">The panel after the last.</param>
    /// <param name="next">The panel that this thread is likely to be given after them.</param>
    public void Multiply(float* x, float* y, int rows, bool add, int start, int end, int next)
    {
        for (var panel = start; panel < end; panel++)
        {
            var weights = Home(panel);
            var row = 0;
            for (; row + 8 <= rows; row += 8)
            {
                // The first two passes over a panel call the next one up, half each, so that no pass waits for memory.
                var ahead = row < 16
                    ? Home(panel + 1 < end ? panel + 1 : next) + ((long)row / 8 * Inputs * Line)
                    : weights;
                BlockedMatmul.Eight(x + ((long)row * Inputs), Inputs, 1, weights, ahead,
                    y + ((long)row * PaddedOutputs) + (panel * Panel), PaddedOutputs, Inputs, add);
            }

            for (; row + 4 <= rows; row += 4)
            {
                Four(x + ((long)row * Inputs), weights, y + ((long)row * PaddedOutputs) + (panel * Panel), add);
            }

            for (; row < rows; row++)
            {
                BlockedMatmul.One(x + ((long)row * Inputs), weights,
                    y + ((long)row * PaddedOutputs) + (panel * Panel), Inputs, add);
            }
        }
    }

    /// <summary>The weights of one output.</summary>
    /// <param name="row">I numbers, which are written.</param>
    public void Row(int output, float* row)
    {
        var source = Home(output / Panel) + (output % Panel);
        for (var i = 0; i < Inputs; i++)
        {
            row[i] = source[(long)i * Panel];
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_panels);
        GC.SuppressFinalize(this);
    }

    ~PackedMatrix() => NativeMemory.AlignedFree(_panels);

    // Rows of whole panels, the last of them perhaps not full.
    private void Fill(ReadOnlySpan<float> rows, int firstPanel)
    {
        fixed (float* source = rows)
        {
            var from = source;
            var outputs = rows.Length / Inputs;
            Parallel.For(0, (outputs + Panel - 1) / Panel, panel =>
            {
                var row = from + ((long)panel * Panel * Inputs);
                var target = Home(firstPanel + panel);
                var held = Math.Min(Panel, outputs - (panel * Panel));
                for (var i = 0; i < Inputs; i++, target += Panel)
                {
                    for (var o = 0; o < Panel; o++)
                    {
                        target[o] = o < held ? row[((long)o * Inputs) + i] : 0;
                    }
                }
            });
        }
    }

    private float* Home(int panel) => _panels + ((long)panel * Inputs * Panel);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Four(float* x, float* w, float* y, bool add)
    {
        var (n, p) = ((long)Inputs, (long)PaddedOutputs);
        float* x1 = x + n, x2 = x1 + n, x3 = x2 + n;
        Vector512<float> a0 = default, b0 = default, a1 = default, b1 = default, a2 = default, b2 = default,
            a3 = default, b3 = default;
        for (long i = 0; i < n; i++, w += Panel)
        {
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
        }

        BlockedMatmul.Put(y, a0, b0, add);
        BlockedMatmul.Put(y + p, a1, b1, add);
        BlockedMatmul.Put(y + (2 * p), a2, b2, add);
        BlockedMatmul.Put(y + (3 * p), a3, b3, add);
    }
}
