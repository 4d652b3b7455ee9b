using System.Runtime.InteropServices;
using Phi4R.Foundation;
using Phi4R.Inference.Local;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Inference;

public sealed class DecoderTests
{
    // Prompts of unlike length, fed in parts, with two of them going on from a copy of a third's beginning.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_decoders_have_the_log_probabilities_of_a_whole_forward_pass(bool useLong)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = SmallModel.Create(SmallModel.Config with
        {
            RopePolicy = useLong ? RopePolicy.AlwaysLong : RopePolicy.ByLength,
        });
        var length = useLong ? 50 : 15;
        var trunk = SmallModel.Ids(length);
        int[][] rows = [trunk, [.. trunk[..9], .. SmallModel.Ids(length - 9, 2)],
            [.. trunk[..9], .. SmallModel.Ids(length - 9, 3)]];
        using var weights = new CpuWeights(model);
        using var team = new CpuThreadPool(3);
        using var processor = new CpuDecoder(weights, maxRows: 32);
        using var together = new CpuDecoder(weights, maxRows: 32, () => team);
        using var libtorch = new TorchDecoder(model);
        var expected = nn.functional.log_softmax(model.call(SmallModel.AsTensor(rows)), -1);
        // libtorch's products of few rows and of many add in other orders, which ones depends on the processor; its own
        // two paths differ by up to 2e-5 here.
        foreach (var (decoder, tolerance) in new (IDecoder, double)[]
        {
            (processor, 1e-5),
            (together, 1e-5),
            (libtorch, 3e-5),
        })
        {
            // Each row in a page of its own; pages are not in the order of the rows.
            int[] pages = [3, 0, 1];
            var sequences = pages.Select(page => new CachedSequence(useLong) { Pages = { page } }).ToArray();
            decoder.Feed(
                [.. Enumerable.Range(0, 9).Select(t => new TokenRow(trunk[t], sequences[0], t, Wanted: t == 8))]);
            Near(expected[0, 8], decoder.Logits(0), tolerance);
            decoder.CopyPage(3, 0);
            decoder.CopyPage(3, 1);
            for (var t = 9; t < length; t++)
            {
                decoder.Feed([.. rows.Select((row, r) => new TokenRow(row[t], sequences[r], t, Wanted: true))]);
                for (var r = 0; r < 3; r++)
                {
                    Near(expected[r, t], decoder.Logits(r), tolerance);
                }
            }
        }

        static void Near(Tensor expected, ReadOnlySpan<float> logits, double tolerance) =>
            Compare.Close(expected, nn.functional.log_softmax(tensor(logits.ToArray()), 0), tolerance,
                "a log-probability");
    }

    [Fact]
    public void A_rows_bits_on_the_processor_do_not_depend_on_what_else_is_fed()
    {
        using var model = SmallModel.Create();
        using var weights = new CpuWeights(model);
        var ids = SmallModel.Ids(20);
        var alone = Feed(others: 0);
        for (var others = 1; others <= 13; others++)
        {
            Assert.Equal(alone, Feed(others));
        }

        float[] Feed(int others)
        {
            using var decoder = new CpuDecoder(weights, maxRows: 32);
            var sequences = Enumerable.Range(0, 14)
                .Select(page => new CachedSequence(useLong: true) { Pages = { page } }).ToArray();
            List<float> seen = [];
            for (var t = 0; t < 20; t++)
            {
                decoder.Feed(
                    [.. Enumerable.Range(0, others)
                        .Select(o => new TokenRow((o + t) % 40, sequences[o], t, Wanted: o % 2 == 0)),
                            new TokenRow(ids[t], sequences[13], t, Wanted: true)]);
                seen.AddRange(decoder.Logits((others + 1) / 2));
            }

            return [.. seen];
        }
    }

    // A prompt over two pages, in parts that are no whole tiles or blocks of rows, beside another; heads of 48
    // channels, three to a key and value head.
    [Fact]
    public void A_prompts_bits_do_not_depend_on_how_many_of_its_tokens_come_at_once_and_who_shares_the_work()
    {
        using var model = SmallModel.Create(SmallModel.Config with
        {
            Width = 288,
            QueryHeads = 6,
            KeyValueHeads = 2,
            MaxPositions = 128,
            ShortFactors = null,
            LongFactors = null,
        });
        using var weights = new CpuWeights(model);
        using var team = new CpuThreadPool(3);
        var ids = SmallModel.Ids(101);
        var singly = Feed(1, null);
        foreach (var part in new[] { 2, 7, 33, 64, 101 })
        {
            Assert.Equal(singly, Feed(part, null));
            Assert.Equal(singly, Feed(part, () => team));
        }

        float[] Feed(int part, Func<CpuThreadPool?>? shares)
        {
            using var decoder = new CpuDecoder(weights, maxRows: 128, shares);
            CachedSequence sequence = new(useLong: true)
            {
                Pages = { 2, 0 },
            }, other = new(useLong: true) { Pages = { 1 } };
            List<float> seen = [];
            for (var start = 0; start < ids.Length; start += part)
            {
                var rows = Enumerable.Range(start, Math.Min(part, ids.Length - start))
                    .Select(t => new TokenRow(ids[t], sequence, t, Wanted: true)).ToList();
                decoder.Feed([.. rows, new TokenRow(1, other, start / part % 64, Wanted: false)]);
                for (var i = 0; i < rows.Count; i++)
                {
                    seen.AddRange(decoder.Logits(i));
                }
            }

            return [.. seen];
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 31, 7)]
    [InlineData(4, 33, 64)]
    [InlineData(13, 80, 96)]
    [InlineData(8, 65, 17)]
    public unsafe void A_packed_matrix_multiplies_as_plain_loops_do(int rows, int outputs, int inputs)
    {
        var stream = Randomness.For(1, "matrix", rows, outputs);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)stream.NextDouble() - 0.5f)];
        var (weights, x) = (Draw(outputs * inputs), Draw(rows * inputs));
        using var matrix = new PackedMatrix(weights, outputs, inputs);
        Assert.Equal((outputs + 31) / 32 * 32, matrix.PaddedOutputs);
        var start = Draw(rows * matrix.PaddedOutputs);
        foreach (var add in new[] { false, true })
        {
            var y = (float*)NativeMemory.AlignedAlloc((nuint)start.Length * sizeof(float), 64);
            start.CopyTo(new Span<float>(y, start.Length));
            fixed (float* source = x)
            {
                matrix.Multiply(source, y, rows, add);
            }

            for (var r = 0; r < rows; r++)
            {
                for (var o = 0; o < matrix.PaddedOutputs; o++)
                {
                    var sum = add ? start[(r * matrix.PaddedOutputs) + o] : 0.0;
                    for (var i = 0; o < outputs && i < inputs; i++)
                    {
                        sum += (double)x[(r * inputs) + i] * weights[(o * inputs) + i];
                    }

                    Assert.Equal(sum, y[(r * matrix.PaddedOutputs) + o], tolerance: 1e-5);
                }
            }

            NativeMemory.AlignedFree(y);
        }
    }
}
