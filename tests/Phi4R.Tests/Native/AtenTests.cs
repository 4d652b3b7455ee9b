using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Native;

// Operators that accelerators take, on the processor, which has them too.
public sealed class AtenTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    public void The_norm_in_one_operator_is_the_norm_in_many(ScalarType dtype, double bound)
    {
        using var scope = NewDisposeScope();
        var (x, weight, above) = (randn(3, 5, 32, dtype: dtype), randn(32, dtype: dtype),
            randn(3, 5, 32, dtype: dtype));
        var one = Gradients((a, b) => Aten.RootMeanSquareNorm(a, b, 1e-5), x, weight, above);
        var many = Gradients((a, b) => RootMeanSquareNorm.Plain(a, b, 1e-5), x, weight, above);
        foreach (var (i, expected) in many.Index())
        {
            Compare.Close(expected, one[i], bound * Math.Max(1, expected.abs().max().AsDouble()), $"result {i}");
        }
    }

    [Fact]
    public void One_query_attends_as_libtorchs_attention_does()
    {
        using var scope = NewDisposeScope();
        var (queries, keys, values) = (randn(2, 6, 1, 16), randn(2, 2, 9, 16), randn(2, 2, 9, 16));
        var mask = arange(9).view(1, 1, 1, 9) <= tensor(new long[] { 3, 8 }).view(2, 1, 1, 1);
        Compare.Close(Aten.GroupedAttention(queries, keys, values, mask),
            Aten.SingleQueryAttention(queries, keys, values, mask), 1e-6, "a mixture");
    }

    // All raw scores lie near 16 * 4 * 4.6875 = 300, where 16-bit numbers are 2 apart: half a step is 0.25 in the
    // exponent, and a quarter of a weight.
    [Fact]
    public void One_query_in_16_bits_weighs_its_keys_by_scores_of_32_bits()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var queries = full([1, 4, 1, 16], 4, dtype: ScalarType.BFloat16);
        var keys = (4.6875 + (0.2 * randn(1, 2, 24, 16))).to_type(ScalarType.BFloat16);
        var values = randn(1, 2, 24, 16).to_type(ScalarType.BFloat16);
        var found = Aten.SingleQueryAttention(queries, keys, values, ones(1, 1, 1, 24, dtype: ScalarType.Bool));
        var (q, k, v) = (queries.to_type(ScalarType.Float64), Shared(keys), Shared(values));
        Compare.Close((q.matmul(k.transpose(2, 3)) / 4).softmax(-1).matmul(v), found, 0.015, "a mixture");

        static Tensor Shared(Tensor heads) => heads.to_type(ScalarType.Float64).repeat_interleave(2, 1);
    }

    private static Tensor[] Gradients(Func<Tensor, Tensor, Tensor> norm, Tensor x, Tensor weight, Tensor above)
    {
        var (a, b) = (x.detach().clone().requires_grad_(true), weight.detach().clone().requires_grad_(true));
        var y = norm(a, b);
        y.backward([above]);
        return [y.detach(), a.grad!, b.grad!];
    }
}
