// N rows, O outputs, I inputs.
using Phi4R.Foundation;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Kernels;

/// <summary>x W^T and its gradients by products of our own, on the CPU in 32 bits.</summary>
/// <remarks>Accuracy: agrees with libtorch's product to 1e-5 in value and gradients, by the tests.</remarks>
internal sealed unsafe class FusedLinear : SingleTensorFunction<FusedLinear>
{
    /// <summary>
    /// Fewer rows are left to libtorch: laying out the weights takes as long as the product of some ten rows.
    /// </summary>
    public const long FewestRows = 32;

    public override string Name => nameof(FusedLinear);

    /// <summary>Whether it serves such tensors.</summary>
    /// <param name="x">[..., I].</param>
    /// <param name="weight">[O, I].</param>
    public static bool Applies(Tensor x, Tensor weight) =>
        x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32
            && BlockedMatmul.Applies(weight.shape[0], weight.shape[1])
            && x.numel() >= FewestRows * weight.shape[1];

    /// <param name="x">[..., I].</param>
    /// <param name="weight">[O, I].</param>
    /// <returns>[..., O].</returns>
    public static Tensor Of(Tensor x, Tensor weight) => Host.Apply(() => apply(x, weight));

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (given, matrix) = ((Tensor)vars[0], (Tensor)vars[1]);
        var (x, weight) = (given.contiguous(), matrix.contiguous());
        var (outputs, inputs) = ((int)weight.shape[0], (int)weight.shape[1]);
        var output = empty([.. x.shape[..^1], outputs]);                                      // [..., O]
        BlockedMatmul.Multiply(Data(x), Data(weight), Data(output), (int)(x.numel() / inputs), inputs, outputs);
        ctx.save_for_backward([x, weight]);
        // Asked of what was given: a copy that is made here requires no gradient.
        ctx.save_data("learns", (given.requires_grad, matrix.requires_grad));
        return output;
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var saved = ctx.get_saved_variables();
        var (x, weight) = (saved[0], saved[1]);
        var (inputLearns, weightLearns) = ((bool, bool))ctx.get_data("learns");
        using var upstream = given.contiguous();                                              // [..., O]
        var (outputs, inputs) = ((int)weight.shape[0], (int)weight.shape[1]);
        var rows = (int)(x.numel() / inputs);
        var inputGradient = inputLearns ? empty_like(x) : null;                               // [..., I]
        if (inputGradient is not null)
        {
            BlockedMatmul.InputGradient(Data(upstream), Data(weight), Data(inputGradient), rows, inputs, outputs);
        }

        var weightGradient = weightLearns ? empty_like(weight) : null;                        // [O, I]
        if (weightGradient is not null)
        {
            BlockedMatmul.WeightGradients(rows,
                new BlockedMatmul.WeightProduct(Data(upstream), Data(x), Data(weightGradient), outputs, inputs));
        }

        return GradientLifetime.Of(inputGradient, weightGradient);
    }

    private static float* Data(Tensor tensor) => (float*)NativeData.Of(tensor);
}
