// N rows, O outputs, I inputs.
using Phi4R.Foundation;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Kernels;

/// <summary>
/// x W^T and its gradients as products of 16-bit numbers, on the CPU: factors and results are rounded to bf16,
/// sums are of 32 bits, and what goes in and comes out is of 32 bits. The input is kept in 16 bits for the gradient.
/// </summary>
/// <remarks>
/// Source of the split between products in 16 bits and everything else in 32: Micikevicius et al. 2017, arXiv
/// 1710.03740; of the type: Kalamkar et al. 2019, arXiv 1905.12322. Accuracy: value and gradients of one product within
/// 0.6 % of those in 32 bits, in norm; by the tests.
/// </remarks>
internal sealed class Bf16Matmul : SingleTensorFunction<Bf16Matmul>
{
    public override string Name => nameof(Bf16Matmul);

    /// <summary>Whether it serves such a tensor.</summary>
    /// <param name="x">[..., I].</param>
    public static bool Applies(Tensor x) => x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32;

    /// <param name="x">[..., I].</param>
    /// <param name="weight">[O, I].</param>
    /// <returns>[..., O].</returns>
    public static Tensor Of(Tensor x, Tensor weight) => Host.Apply(() => apply(x, weight));

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        // [N, I]; not disposed here, as it is saved when this method has returned
        var rows = Half(x.reshape(-1, weight.shape[1]));
        using var matrix = Half(weight);                             // [O, I]
        using var across = matrix.t();                               // [I, O]
        using var product = rows.mm(across);                         // [N, O]
        ctx.save_for_backward([rows, weight]);
        ctx.save_data("shape", x.shape);
        ctx.save_data("learns", (x.requires_grad, weight.requires_grad));
        return product.to_type(ScalarType.Float32).view([.. x.shape[..^1], weight.shape[0]]);
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var scope = NewDisposeScope();
        using var above = grad_output; // Of no use later, and as large as the product.
        var saved = ctx.get_saved_variables();
        var (rows, weight) = (saved[0], saved[1]);
        var (inputLearns, weightLearns) = ((bool, bool))ctx.get_data("learns");
        var upstream = Half(above.reshape(-1, weight.shape[0])); // [N, O]
        // [..., I]
        var inputGradient = inputLearns
            ? upstream.mm(Half(weight)).to_type(ScalarType.Float32).view((long[])ctx.get_data("shape"))
            : null;
        var weightGradient = weightLearns ? upstream.t().mm(rows).to_type(ScalarType.Float32) : null; // [O, I]
        return GradientLifetime.Of(inputGradient, weightGradient);
    }

    private static Tensor Half(Tensor tensor) => tensor.to_type(ScalarType.BFloat16);
}
