// O outputs, I inputs.
using Phi4R.Foundation;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Model;

/// <summary>
/// x W^T with a frozen matrix in 8 bits, widened for the product alone, and again for the input's gradient: autograd
/// would keep the wide one in between.
/// </summary>
internal sealed class EightBitMatmul : SingleTensorFunction<EightBitMatmul>
{
    public override string Name => nameof(EightBitMatmul);

    /// <param name="x">[..., I].</param>
    /// <param name="matrix">[O, I].</param>
    /// <returns>[..., O].</returns>
    public static Tensor Of(Tensor x, EightBitMatrix matrix) => Host.Apply(() => apply(x, matrix));

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, matrix) = ((Tensor)vars[0], (EightBitMatrix)vars[1]);
        ctx.save_data("matrix", matrix);
        using var wide = matrix.Dense(x.dtype); // [O, I]
        return nn.functional.linear(x, wide);   // [..., O]
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var scope = NewDisposeScope();
        using var above = grad_output; // [..., O]
        return GradientLifetime.Of(above.matmul(((EightBitMatrix)ctx.get_data("matrix")).Dense(above.dtype)), null);
    }
}
