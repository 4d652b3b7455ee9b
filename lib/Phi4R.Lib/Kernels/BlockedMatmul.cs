// N rows, O outputs, I inputs, K terms of each sum.
using System.Runtime.Intrinsics;
using Phi4R.Foundation;

namespace Phi4R.Kernels;

/// <summary>
/// The three products of a layer without a bias, y = x W^T and its two gradients, in 32 bits on all cores: eight rows
/// by thirty-two columns are summed in registers, from panels that stay in the caches.
/// </summary>
/// <remarks>
/// Source of the blocking: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication", ACM TOMS
/// 34. Each number is a chain of fused multiply-adds in an order that depends on the shapes alone: neither the count of
/// threads nor the rows beside it change its bits. libtorch's own products take half the width of the vectors on
/// processors of one maker.
/// </remarks>
internal static unsafe partial class BlockedMatmul
{
    /// <summary>Columns that are computed at a time; outputs and inputs are to be multiples of it.</summary>
    public const int Panel = 32;

    private const int Line = 16; // Numbers of a cache line.

    // Terms that are summed before the next panel: so many rows of a panel are 32 KB, two thirds of a core's first
    // cache where that has 48.
    private const int Depth = 256;

    // Of a gradient of weights so many outputs are one core's work at a time.
    private const int OutputsTogether = 256;

    // A gradient of fewer numbers is summed over four runs of rows apart.
    private const long FewNumbers = 1 << 18;
    private const int Runs = 4;
    private const int RunRows = 128;
    private const long SummedTogether = 1 << 14;

    /// <summary>Whether the shapes fit, and the processor's vectors are wide enough for this to be of use.</summary>
    /// <param name="outputs">O.</param>
    /// <param name="inputs">I.</param>
    public static bool Applies(long outputs, long inputs) =>
        Vector512.IsHardwareAccelerated && outputs % Panel == 0 && inputs % Panel == 0;

    /// <summary>
    /// Rows that one core computes before it takes more: a sixteenth of them in whole eights, but 64 to 128.
    /// </summary>
    public static int RowsTogether(int rows) => Math.Clamp((rows + 127) / 128 * 8, 64, 128);

    /// <summary>y = x W^T.</summary>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="y">[N, O], written.</param>
    public static void Multiply(float* x, float* weight, float* y, int rows, int inputs, int outputs)
    {
        var together = ColumnsTogether(inputs);
        using var panels = AlignedMemory.Of((long)Math.Min(together, outputs) * inputs);
        for (var first = 0; first < outputs; first += together)
        {
            var count = Math.Min(together, outputs - first);
            PackAcross(weight + ((long)first * inputs), panels.Start, count, inputs);
            Chunks(x, panels.Start, y + first, rows, inputs, count, outputs);
        }
    }

    /// <summary>The gradient of x: g W.</summary>
    /// <param name="upstream">[N, O].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="gradient">[N, I], written.</param>
    public static void InputGradient(float* upstream, float* weight, float* gradient, int rows, int inputs, int outputs)
    {
        var together = ColumnsTogether(outputs);
        using var panels = AlignedMemory.Of((long)Math.Min(together, inputs) * outputs);
        for (var first = 0; first < inputs; first += together)
        {
            var count = Math.Min(together, inputs - first);
            Pack(weight + first, panels.Start, outputs, count, inputs);
            Chunks(upstream, panels.Start, gradient + first, rows, outputs, count, inputs);
        }
    }

    /// <summary>The gradients of some layers' weights over the same rows: g^T x each.</summary>
    public static void WeightGradients(int rows, params WeightProduct[] products)
    {
        List<(WeightProduct Product, long Partial, int Run, int Runs, int Block)> tasks = [];
        List<(WeightProduct Product, long Partial, int Others, long First)> sums = [];
        var partials = 0L;
        foreach (var product in products)
        {
            var runs = product.Numbers <= FewNumbers ? Math.Clamp(rows / RunRows, 1, Runs) : 1;
            for (var run = 0; run < runs; run++)
            {
                for (var block = 0; block < product.Outputs; block += OutputsTogether)
                {
                    tasks.Add((product, partials, run, runs, block));
                }
            }

            for (var first = 0L; first < product.Numbers && runs > 1; first += SummedTogether)
            {
                sums.Add((product, partials, runs - 1, first));
            }

            partials += (runs - 1) * product.Numbers;
        }

        using var memory = AlignedMemory.Of(partials);
        var others = memory.Start;
        Parallelism.Each(tasks.Count, task =>
        {
            var (product, partial, run, runs, block) = tasks[task];
            var target = run == 0 ? product.Gradient : others + partial + ((run - 1) * product.Numbers);
            WeightGradientPart(product, target, block, (int)((long)rows * run / runs),
                (int)((long)rows * (run + 1) / runs));
        });
        Parallelism.Each(sums.Count, sum =>
        {
            var (product, partial, count, first) = sums[sum];
            var end = Math.Min(first + SummedTogether, product.Numbers);
            for (var i = first; i < end; i += Line)
            {
                var total = Vector512.Load(product.Gradient + i);
                for (var other = 0; other < count; other++)
                {
                    total += Vector512.Load(others + partial + (other * product.Numbers) + i);
                }

                total.Store(product.Gradient + i);
            }
        });
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
    /// <param name="weight">[O, I], of wider rows.</param>
    /// <param name="panels">[I / 32, O, 32], written.</param>
    /// <param name="step">From one row of the weights to the next.</param>
    public static void Pack(float* weight, float* panels, int outputs, int inputs, int step) =>
        Parallelism.Each(inputs / Panel, panel =>
            CopyPanel(weight + (panel * Panel), step, panels + ((long)panel * Panel * outputs), outputs));

    /// <summary>Some rows of a product, on the calling thread: y = a B, or y + a B.</summary>
    /// <param name="a">[N, K].</param>
    /// <param name="panels">[C / 32, K, 32].</param>
    /// <param name="y">[N, C], of wider rows.</param>
    /// <param name="yStep">From one row of y to the next.</param>
    public static void Rows(float* a, float* panels, float* y, int rows, int depth, int columns, int yStep,
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
                    Eight(a + ((long)row * depth) + start, depth, 1, panel, ahead,
                        y + ((long)row * yStep) + column, yStep, end - start, adds);
                }

                for (; row < rows; row++)
                {
                    One(a + ((long)row * depth) + start, panel, y + ((long)row * yStep) + column, end - start, adds);
                }
            }
        }
    }

    // So many columns are laid out at a time that those of a large matrix take 16 MB.
    private static int ColumnsTogether(int depth) => Math.Max(1, (1 << 22) / depth / Panel) * Panel;

    private static void Chunks(float* a, float* panels, float* y, int rows, int depth, int columns, int yStep)
    {
        var together = RowsTogether(rows);
        Parallelism.Each((rows + together - 1) / together, chunk =>
        {
            var first = chunk * together;
            Rows(a + ((long)first * depth), panels, y + ((long)first * yStep), Math.Min(together, rows - first), depth,
                columns, yStep);
        });
    }

    // Outputs from the first on, over some rows.
    private static void WeightGradientPart(WeightProduct product, float* target, int firstOutput, int start, int end)
    {
        var (inputs, count) = (product.Inputs, Math.Min(OutputsTogether, product.Outputs - firstOutput));
        using var memory = AlignedMemory.Of((long)Depth * (count + Panel));
        float* across = memory.Start, panel = across + (Depth * count);
        for (var first = start; first < end; first += Depth)
        {
            var depth = Math.Min(Depth, end - first);
            PackEights(product.Upstream + ((long)first * product.Outputs) + firstOutput, product.Outputs, across, depth,
                count);
            for (var column = 0; column < inputs; column += Panel)
            {
                CopyPanel(product.X + ((long)first * inputs) + column, inputs, panel, depth);
                for (var o = 0; o < count; o += 8)
                {
                    Eight(across + (o * depth), 1, 8, panel, panel,
                        target + ((long)(firstOutput + o) * inputs) + column, inputs, depth, first > start);
                }
            }
        }
    }

    /// <summary>One layer's part in the gradients of weights.</summary>
    /// <param name="upstream">[N, O].</param>
    /// <param name="x">[N, I].</param>
    /// <param name="gradient">[O, I], written.</param>
    internal readonly struct WeightProduct(float* upstream, float* x, float* gradient, int outputs, int inputs)
    {
        public float* Upstream { get; } = upstream;

        public float* X { get; } = x;

        public float* Gradient { get; } = gradient;

        public int Outputs { get; } = outputs;

        public int Inputs { get; } = inputs;

        public long Numbers => (long)Outputs * Inputs;
    }
}
