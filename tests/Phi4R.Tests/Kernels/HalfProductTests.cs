using Phi4R.Data;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Kernels;

// bf16 keeps 8 bits: a rounding is off by 2^-9 of a number at the most, and three of them, two factors and the result,
// by 0.6 %.
public sealed class HalfProductTests
{
    private static readonly MemoryConfig Half = new() { ActivationCheckpointEvery = 0, Bf16Matmul = true };

    // 1 + 2^-9 lies halfway between two bf16 numbers and falls to the even one, 1; 257 such ones sum to 257, which is
    // halfway between 256 and 258.
    [Fact]
    public void Factors_and_results_are_rounded_and_sums_are_not()
    {
        using var scope = NewDisposeScope();
        var x = full([1, 257], RootedScalar.Of(1 + Math.Pow(2, -9)), ScalarType.Float32).requires_grad_(true);
        var weight = ones(2, 257).requires_grad_(true);
        var y = Bf16Matmul.Of(x, weight);
        Assert.Equal([256f, 256f], Compare.Bits(y));
        y.backward([tensor(new[] { 1f, 3f }).view(1, 2)]);
        Assert.All(Compare.Bits(x.grad!), gradient => Assert.Equal(4, gradient));
        Assert.Equal([.. Enumerable.Repeat(1f, 257), .. Enumerable.Repeat(3f, 257)],
            Compare.Bits(weight.grad!.flatten()));
    }

    [Fact]
    public void A_products_value_and_gradients_are_three_roundings_from_those_of_32_bits()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        Tensor[] leaves = [randn([2, 37, 96], generator: generator), randn([64, 96], generator: generator),
            randn([2, 37, 64], generator: generator)];
        Tensor[] Both(Func<Tensor, Tensor, Tensor> product)
        {
            var (x, weight) = (leaves[0].clone().requires_grad_(true), leaves[1].clone().requires_grad_(true));
            var y = product(x, weight);
            y.backward([leaves[2]]);
            return [y, x.grad!, weight.grad!];
        }

        foreach (var (expected, found) in Both((x, weight) => nn.functional.linear(x, weight)).Zip(Both(Bf16Matmul.Of)))
        {
            Assert.Equal(expected.shape, found.shape);
            Assert.Equal(ScalarType.Float32, found.dtype);
            Assert.InRange(Apart(expected, found), 1e-4, 0.006);
        }
    }

    // The model's weights are ten times a fresh one's, which makes its softmaxes steep: each of its eight products may
    // add its roundings to what follows.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Losses_and_gradients_are_near_those_of_32_bits(int recomputeEvery)
    {
        using var scope = NewDisposeScope();
        using var half = SmallModel.Create();
        using var full = SmallModel.Create();
        half.Memory = Half with { ActivationCheckpointEvery = recomputeEvery };
        TrainingExample[] documents = [.. new[]
        {
            7,
            12,
            20,
        }.Select((length, d) => new TrainingExample($"document {d}", SmallModel.Ids(length, d), 0))];
        using var batch = TokenBatch.From([new PackedSequence(documents, 40)], padTokenId: 0, CPU);
        var found = ModelLosses.TokenLogProbs(half, batch);
        var expected = ModelLosses.TokenLogProbs(full, batch);
        found.mean().backward();
        expected.mean().backward();
        Assert.InRange(Apart(expected, found), 1e-5, 0.02);
        foreach (var ((name, weight), (_, other)) in half.Parameters.Zip(full.Parameters))
        {
            Assert.True(Apart(other.grad!, weight.grad!) < 8 * 0.01,
                $"{name}: {Apart(other.grad!, weight.grad!):P2} off");
            Assert.Equal(ScalarType.Float32, weight.grad!.dtype);
        }
    }

    [Fact]
    public void A_frozen_matrix_gets_no_gradient_and_hands_one_on()
    {
        using var scope = NewDisposeScope();
        var x = randn([3, 8], generator: new Generator(1)).requires_grad_(true);
        var weight = randn([4, 8], generator: new Generator(2));
        Bf16Matmul.Of(x, weight).sum().backward();
        Compare.Close(weight.to_type(ScalarType.BFloat16).to_type(ScalarType.Float32).sum(dim: 0L).expand(3, 8),
            x.grad!, 0.02, "the input's gradient");
        Assert.Null(weight.grad);
    }

    [Fact]
    public void Unset_it_is_not_written_and_changes_no_key()
    {
        var plain = new MemoryConfig { ActivationCheckpointEvery = 0 };
        Assert.DoesNotContain(nameof(MemoryConfig.Bf16Matmul), System.Text.Json.JsonSerializer.Serialize(plain),
            StringComparison.Ordinal);
        Assert.Equal("settings", plain.KeyOf("settings"));
        Assert.NotEqual(Half.KeyOf("settings"), plain.KeyOf("settings"));
    }

    private static double Apart(Tensor expected, Tensor found) =>
        (found - expected).norm().AsDouble() / expected.norm().AsDouble();
}
