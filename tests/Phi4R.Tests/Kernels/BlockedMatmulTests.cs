// B batch, T tokens, N rows, O outputs, I inputs, D width, F feed-forward width.
using System.Runtime.Intrinsics;
using Phi4R.Kernels;
using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Kernels;

// Products against libtorch's of 64-bit numbers; a layer as one function against its parts in libtorch's operators,
// with libtorch's gradients.
public sealed class BlockedMatmulTests
{
    // Rows that are no multiple of eight, sums in one and in several blocks, gradients of weights over one and over
    // four runs of rows, outputs of one core and of two.
    [Theory]
    [InlineData(33, 32, 64)]
    [InlineData(517, 96, 320)]
    [InlineData(70, 608, 32)]
    [InlineData(300, 1056, 288)]
    public void Products_and_their_gradients_are_those_of_64_bit_numbers(int rows, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        Tensor[] leaves = [Normal(1, rows, inputs), Normal(2, outputs, inputs), Normal(3, rows, outputs)];
        var found = Run(ScalarType.Float32, FusedLinear.Of);
        var expected = Run(ScalarType.Float64, (x, weight) => x.matmul(weight.t()));
        int[] terms = [inputs, outputs, rows];
        foreach (var ((reference, value), count) in expected.Zip(found).Zip(terms))
        {
            Compare.Close(reference, value.to_type(ScalarType.Float64), 3e-6 * Math.Sqrt(count), $"sums of {count}");
        }

        Tensor[] Run(ScalarType type, Func<Tensor, Tensor, Tensor> product)
        {
            var (x, weight) = (leaves[0].to_type(type).detach().clone().requires_grad_(true),
                leaves[1].to_type(type).detach().clone().requires_grad_(true));
            var y = product(x, weight);
            y.backward([leaves[2].to_type(type)]);
            return [y, x.grad!, weight.grad!];
        }
    }

    // By hand: where all sums are added up, each input's gradient is the sum of its column of the weights.
    [Fact]
    public void An_input_that_is_a_view_gets_its_gradient_and_frozen_weights_get_none()
    {
        using var scope = NewDisposeScope();
        var (across, weight) = (Normal(1, 64, 40).requires_grad_(true), Normal(2, 96, 64));
        FusedLinear.Of(across.t(), weight).sum().backward();
        Compare.Close(weight.sum(dim: 0L).unsqueeze(1).expand(64, 40), across.grad!, 1e-4);
        Assert.Null(weight.grad);
    }

    [Fact]
    public void A_row_has_the_same_bits_whichever_rows_are_beside_it()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (x, weight) = (Normal(1, 333, 320), Normal(2, 96, 320));
        var all = FusedLinear.Of(x, weight);
        foreach (var (start, count) in new[] { (0L, 33L), (5L, 1L), (130L, 200L) })
        {
            Assert.Equal(Compare.Bits(all.narrow(0, start, count)),
                Compare.Bits(FusedLinear.Of(x.narrow(0, start, count), weight)));
        }
    }

    // Two documents in the first row, one in each other, and tokens that are of none.
    [Fact]
    public void A_layer_as_one_function_has_the_values_and_gradients_of_its_parts()
    {
        using var scope = NewDisposeScope();
        const int Rows = 3, Tokens = 75, Width = 64, Inner = 96, Rotary = 24;
        var heads = new AttentionHeads(2, 1, 32, Rotary);
        DocumentSpan[] spans = [new(0, 0, 40), new(0, 40, 35), new(1, 0, 75), new(2, 3, 61)];
        var angles = Angles(Tokens, Rotary);
        Tensor[] leaves =
        [
            Normal(1, Rows, Tokens, Width), 1 + (0.3 * Normal(2, Width)), 0.2 * Normal(3, heads.JoinedWidth, Width),
            0.2 * Normal(4, Width, heads.QueryWidth), 1 + (0.3 * Normal(5, Width)), 0.2 * Normal(6, 2 * Inner, Width),
            0.2 * Normal(7, Width, Inner),
        ];
        var upstream = Normal(8, Rows, Tokens, Width);
        Assert.Equal(Vector512.IsHardwareAccelerated,
            FusedBlock.Applies(leaves[0], new FusedBlock.Weights(leaves[1..]), heads));
        var found = Run(inputs => FusedBlock.Of(inputs[0], new FusedBlock.Weights(inputs[1..]), angles, spans,
            (heads, 1e-5)));
        var again = Run(inputs => FusedBlock.Of(inputs[0], new FusedBlock.Weights(inputs[1..]), angles, spans,
            (heads, 1e-5)));
        string[] names = ["value", "stream", "attention norm", "qkv", "o", "feed-forward norm", "gate and up", "down"];
        foreach (var ((reference, value), (second, name)) in Run(Plain).Zip(found).Zip(again.Zip(names)))
        {
            Compare.Close(reference, value, 2e-5 * Math.Max(1, reference.abs().max().AsDouble()), name);
            Assert.Equal(Compare.Bits(value), Compare.Bits(second));
        }

        Tensor[] Run(Func<Tensor[], Tensor> layer)
        {
            Tensor[] inputs = [.. leaves.Select(leaf => leaf.detach().clone().requires_grad_(true))];
            var output = layer(inputs);
            output.backward([upstream]);
            return [output, .. inputs.Select(input => input.grad!)];
        }

        Tensor Plain(Tensor[] inputs)
        {
            var joined = nn.functional.linear(RootMeanSquareNorm.Plain(inputs[0], inputs[1], 1e-5), inputs[2])
                .view(Rows, Tokens, 4, 32);
            var documents = full([Rows, Tokens], -1, ScalarType.Int64);
            var positions = zeros([Rows, Tokens], ScalarType.Int64);
            foreach (var (number, span) in spans.Index())
            {
                documents[span.Row].narrow(0, span.Start, span.Length).fill_(number);
                positions[span.Row].narrow(0, span.Start, span.Length).copy_(arange(span.Length));
            }

            var turns = angles.index_select(0, positions.flatten()).view(Rows, Tokens, 1, 2 * Rotary);
            var turned = RotaryEmbedding.Rotate(joined.narrow(2, 0, 3), turns.narrow(-1, 0, Rotary),
                turns.narrow(-1, Rotary, Rotary));
            var mask = (documents.unsqueeze(2) == documents.unsqueeze(1))
                & ones([Tokens, Tokens], ScalarType.Bool).tril();
            var mixed = Aten.GroupedAttention(turned.narrow(2, 0, 2).transpose(1, 2),
                turned.narrow(2, 2, 1).transpose(1, 2), joined.narrow(2, 3, 1).transpose(1, 2), mask.unsqueeze(1));
            var attended = mixed.transpose(1, 2).reshape(Rows, Tokens, Width) * (documents >= 0).unsqueeze(-1);
            var middle = inputs[0] + nn.functional.linear(attended, inputs[3]);
            return middle + nn.functional.linear(
                FeedForward.Plain(nn.functional.linear(RootMeanSquareNorm.Plain(middle, inputs[4], 1e-5), inputs[5])),
                inputs[6]);
        }
    }

    // [positions, 2R] cosines, then sines, each half of the R twice.
    private static Tensor Angles(int positions, int rotary)
    {
        var half = arange(positions).unsqueeze(1)
            * (arange(rotary / 2) * (-2 * Math.Log(10_000) / rotary)).exp().unsqueeze(0);
        var both = cat([half, half], -1);
        return cat([both.cos(), both.sin()], -1).to_type(ScalarType.Float32);
    }

    private static Tensor Normal(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }
}
