using Phi4R.Model;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Model;

// Operators that accelerators take, on the processor, which has them too.
public sealed class AtenTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    public void The_norm_in_one_operator_is_the_norm_in_many(ScalarType dtype, double bound)
    {
        using var scope = NewDisposeScope();
        var (x, weight, above) = (randn(3, 5, 32, dtype: dtype), randn(32, dtype: dtype), randn(3, 5, 32, dtype: dtype));
        var one = Gradients((a, b) => Aten.RootMeanSquareNorm(a, b, 1e-5), x, weight, above);
        var many = Gradients((a, b) => RootMeanSquareNorm.Plain(a, b, 1e-5), x, weight, above);
        foreach (var (i, expected) in many.Index())
        {
            Compare.Close(expected, one[i], bound * Math.Max(1, expected.abs().max().ToDouble()), $"result {i}");
        }
    }

    [Fact]
    public void One_query_attends_as_libtorchs_attention_does()
    {
        using var scope = NewDisposeScope();
        var (queries, keys, values) = (randn(2, 6, 1, 16), randn(2, 2, 9, 16), randn(2, 2, 9, 16));
        var mask = arange(9).view(1, 1, 1, 9) <= tensor(new long[] { 3, 8 }).view(2, 1, 1, 1);
        Compare.Close(Aten.GroupedAttention(queries, keys, values, mask), Aten.SingleQueryAttention(queries, keys, values, mask), 1e-6, "a mixture");
    }

    private static Tensor[] Gradients(Func<Tensor, Tensor, Tensor> norm, Tensor x, Tensor weight, Tensor above)
    {
        var (a, b) = (x.detach().clone().requires_grad_(true), weight.detach().clone().requires_grad_(true));
        var y = norm(a, b);
        y.backward([above]);
        return [y.detach(), a.grad!, b.grad!];
    }
}
