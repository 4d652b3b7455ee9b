using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Training;
using Phi4R.Training;

namespace Phi4R.Tests.Model;

/// <summary>Frozen matrices in 8 bits, under adapters.</summary>
public sealed class EightBitBaseTests
{
    // Half a step of the block is 1/254 of its largest; the scale and the product are rounded to 16 bits, 2^-9 each.
    [Fact]
    public void A_number_is_off_by_half_a_step_of_its_block_and_by_rounding()
    {
        const int Rows = 48, Columns = 96;
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var matrix = randn([Rows, Columns], generator: generator) * 0.02;
        matrix[0, 5].fill_(3);                          // One that dwarfs its block.
        matrix.narrow(0, 1, 1).zero_();                 // And a row of nothing.
        using var kept = new EightBitMatrix(matrix);
        var (exact, found) = (matrix.data<float>().ToArray(),
            kept.Dense(ScalarType.Float32).contiguous().data<float>().ToArray());
        var worst = 0.0;
        for (var block = 0; block < exact.Length; block += 32)
        {
            var largest = exact.Skip(block).Take(32).Max(Math.Abs);
            for (var i = block; i < block + 32; i++)
            {
                var most = (largest / 254.0 * 1.01) + (Math.Abs(exact[i]) * Math.Pow(2, -8));
                Assert.InRange(Math.Abs(found[i] - exact[i]), 0, most);
                worst = Math.Max(worst, largest > 0 ? Math.Abs(found[i] - exact[i]) / largest : 0);
            }
        }

        Assert.InRange(worst, 0.5 / 254, 2.0 / 254);    // The bound is near.
        Assert.Equal(Rows * Columns * (1 + (2 / 32.0)), kept.Bytes);
    }

    [Fact]
    public void Products_and_gradients_are_those_of_the_numbers_that_the_codes_stand_for()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        using var kept = new EightBitMatrix(randn([24, 64], generator: generator));
        var one = randn([2, 5, 64], generator: generator).requires_grad_(true);
        var other = one.detach().clone().requires_grad_(true);
        var (found, expected) = (EightBitMatmul.Of(one, kept),
            nn.functional.linear(other, kept.Dense(ScalarType.Float32)));
        var weights = randn(found.shape, generator: generator);
        (found * weights).sum().backward();
        (expected * weights).sum().backward();
        Assert.Equal(Numbers(expected), Numbers(found));
        Assert.Equal(Numbers(other.grad!), Numbers(one.grad!));
    }

    // A weight is off by at most 0.4 % of its block's largest. Through two layers of large weights logits were 4.1 % of
    // their norm from those over 16 bits, which are rounded themselves.
    [Fact]
    public void Logits_of_a_model_over_8_bits_stay_near_those_over_16()
    {
        using var scope = NewDisposeScope();
        using var wide = Prepared(WeightPrecision.BFloat16);
        using var small = Prepared(WeightPrecision.EightBit);
        var ids = SmallModel.AsTensor(SmallModel.Ids(20));
        using (no_grad())
        {
            var (exact, near) = (wide.call(ids).to_type(ScalarType.Float32),
                small.call(ids).to_type(ScalarType.Float32));
            Assert.InRange(((exact - near).norm() / exact.norm()).AsDouble(), 1e-5, 0.06);
        }
    }

    // What adapters learn over either goes the same way.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Adapters_over_8_bits_learn_and_are_merged_as_over_16(int every)
    {
        using var scope = NewDisposeScope();
        using var wide = Prepared(WeightPrecision.BFloat16, every);
        using var small = Prepared(WeightPrecision.EightBit, every);
        var ids = SmallModel.AsTensor(SmallModel.Ids(20));
        var (losses, others) = (Learn(wide, ids), Learn(small, ids));
        Assert.InRange(losses[^1], 0, losses[0] * 0.9);
        Assert.All(losses.Zip(others), pair => Assert.Equal(pair.First, pair.Second, tolerance: 0.15 * losses[0]));

        // What is kept of blocks is a little more than half, and the sums with adapters are whole matrices again.
        var matrices = SmallModel.Config.WeightShapes()
            .Where(pair => pair.Shape.Length > 1 && pair.Name.Contains(".layers.", StringComparison.Ordinal))
            .Sum(pair => pair.Shape[0] * pair.Shape[1]);
        Assert.Equal(matrices * 1.0625, small.EightBitBytes);
        var before = Numbers(small.call(ids));
        var sums = small.MergedWeights.Select(pair => Numbers(pair.Weight)).ToList();
        small.Adapters!.Merge();
        Assert.Equal(sums, small.MasterWeights!.Select(pair => Numbers(pair.Weight)));
        Assert.Equal(0, small.EightBitBytes);
        Assert.All(small.Parameters.Zip(SmallModel.Config.WeightShapes().OrderBy(pair => pair.Name,
            StringComparer.Ordinal)), pair => Assert.Equal(pair.Second.Shape, pair.First.Weight.shape));
        var after = Numbers(small.call(ids));
        var length = Math.Sqrt(before.Sum(value => (double)value * value));
        Assert.InRange(Math.Sqrt(before.Zip(after).Sum(pair => Math.Pow(pair.First - pair.Second, 2))) / length, 0,
            0.06);
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_are_refused_by_name()
    {
        using var matrix = zeros(4, 40);
        Assert.Contains("a matrix of this model has rows of 40",
            Assert.Throws<ArgumentException>(() => new EightBitMatrix(matrix)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_refused_stays_as_it_was()
    {
        var lora = new LoraConfig { Rank = 4, Alpha = 8 };
        using var model = SmallModel.Create(SmallModel.Config with
        {
            Width = 40,
            QueryHeads = 2,
            KeyValueHeads = 1,
            RotaryFraction = 0.5,
            ShortFactors = null,
            LongFactors = null,
        });
        model.Memory = new MemoryConfig
        {
            ActivationCheckpointEvery = 0,
            Weights = WeightPrecision.EightBit,
            Lora = lora,
        };
        Assert.Throws<ArgumentException>(() => LowRankAdapters.On(model, lora, 3));
        Assert.Null(model.Adapters);
        Assert.All(model.Parameters, pair => Assert.True(pair.Weight.requires_grad, pair.Name));
    }

    private static LanguageModel Prepared(WeightPrecision weights, int every = 0)
    {
        var memory = new MemoryConfig
        {
            ActivationCheckpointEvery = every,
            Weights = weights,
            Lora = new LoraConfig { Rank = 4, Alpha = 8 },
        };
        return LanguageModel.PrepareForTraining(SmallModel.Create(), memory, 3);
    }

    private static double[] Learn(LanguageModel model, Tensor ids)
    {
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer with { PeakLearningRate = 5e-3 });
        return [.. Enumerable.Range(0, 12).Select(step =>
        {
            using var scope = NewDisposeScope();
            var loss = nn.functional.cross_entropy(model.call(ids)[0], ids[0].roll(-1));
            optimizer.Backward(loss);
            optimizer.Step(step, 12);
            return loss.AsDouble();
        })];
    }

    private static float[] Numbers(Tensor tensor) =>
        tensor.detach().to_type(ScalarType.Float32).contiguous().flatten().data<float>().ToArray();
}
