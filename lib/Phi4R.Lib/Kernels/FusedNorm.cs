// N tokens, D width.
using System.Runtime.Intrinsics;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Kernels;

/// <summary>
/// The root-mean-square norm and its gradient in one pass over memory each, on the CPU in 32 bits.
/// </summary>
/// <remarks>
/// Accuracy: agrees with <see cref="RootMeanSquareNorm.Plain"/> to 1e-6 in value and gradient, by the tests.
/// </remarks>
internal sealed unsafe class FusedNorm : SingleTensorFunction<FusedNorm>
{
    public override string Name => nameof(FusedNorm);

    /// <summary>Whether this kernel serves such a tensor.</summary>
    /// <param name="x">[..., D].</param>
    /// <param name="weight">[D].</param>
    public static bool Applies(Tensor x, Tensor weight) =>
        x.device_type == DeviceType.CPU && x.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32
            && weight.shape[0] % 16 == 0;

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, weight, epsilon) = (((Tensor)vars[0]).contiguous(), (Tensor)vars[1], (double)vars[2]);
        var width = (int)weight.shape[0];
        var rows = (int)(x.numel() / width);
        var output = empty_like(x);                                  // [..., D]
        var inverse = empty(rows);  // [N]; not disposed here: it is saved when this method has returned
        float* from = Data(x), scale = Data(weight), to = Data(output), roots = Data(inverse);

        Parallelism.Over(rows, (_, first, end) =>
        {
            var offset = (long)first * width;
            Rows(from + offset, scale, to + offset, roots + first, end - first, width, (float)epsilon);
        });

        ctx.save_for_backward([x, weight, inverse]);
        return output;
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var scope = NewDisposeScope();
        using var given = grad_output;
        var saved = ctx.get_saved_variables();
        var (x, weight, inverse) = (saved[0], saved[1], saved[2]);
        using var upstream = given.contiguous();
        var width = (int)weight.shape[0];
        var rows = (int)(x.numel() / width);
        var runs = Parallelism.Runs(rows);
        var inputGradient = empty_like(x);                           // [..., D]
        using var partial = zeros(runs, width);  // [runs, D]: summed in order, so the count of threads does not matter
        float* from = Data(x), scale = Data(weight), roots = Data(inverse), above = Data(upstream),
            to = Data(inputGradient), sums = Data(partial);

        Parallelism.Over(rows, (run, first, end) =>
        {
            var offset = (long)first * width;
            GradientRows(from + offset, scale, roots + first, above + offset, null, to + offset,
                sums + ((long)run * width), end - first, width);
        });

        return GradientLifetime.Of(inputGradient, partial.sum(dim: 0L), null);
    }

    /// <summary>Some rows, on the calling thread.</summary>
    /// <param name="from">[N, D].</param>
    /// <param name="scale">[D].</param>
    /// <param name="to">[N, D], written.</param>
    /// <param name="roots">[N] one over each row's root mean square, written.</param>
    public static void Rows(float* from, float* scale, float* to, float* roots, int rows, int width, float epsilon)
    {
        for (var row = 0; row < rows; row++, from += width, to += width)
        {
            var squares = Vector512<float>.Zero;
            for (var i = 0; i < width; i += 16)
            {
                var value = Vector512.Load(from + i);
                squares = Vector512.FusedMultiplyAdd(value, value, squares);
            }

            var root = 1f / MathF.Sqrt((Vector512.Sum(squares) / width) + epsilon);
            roots[row] = root;
            for (var i = 0; i < width; i += 16)
            {
                (Vector512.Load(scale + i) * (Vector512.Load(from + i) * root)).Store(to + i);
            }
        }
    }

    /// <summary>The gradients of some rows, on the calling thread.</summary>
    /// <param name="from">[N, D] what was normalized.</param>
    /// <param name="scale">[D].</param>
    /// <param name="roots">[N].</param>
    /// <param name="above">[N, D] the gradient of the norm's output.</param>
    /// <param name="residual">[N, D] what is added to the gradient of the input; null for nothing.</param>
    /// <param name="to">[N, D] the gradient of the input, written.</param>
    /// <param name="weightGradient">[D], added to.</param>
    public static void GradientRows(float* from, float* scale, float* roots, float* above, float* residual, float* to,
        float* weightGradient, int rows, int width)
    {
        for (var row = 0; row < rows; row++, from += width, above += width, to += width)
        {
            var root = roots[row];
            var product = Vector512<float>.Zero;
            for (var i = 0; i < width; i += 16)
            {
                var normal = Vector512.Load(from + i) * root;
                var g = Vector512.Load(above + i);
                product = Vector512.FusedMultiplyAdd(g * Vector512.Load(scale + i), normal, product);
                Vector512.FusedMultiplyAdd(g, normal, Vector512.Load(weightGradient + i)).Store(weightGradient + i);
            }

            var mean = Vector512.Sum(product) / width;
            for (var i = 0; i < width; i += 16)
            {
                var normal = Vector512.Load(from + i) * root;
                var gradient = ((Vector512.Load(above + i) * Vector512.Load(scale + i)) - (normal * mean)) * root;
                (residual is null ? gradient : gradient + Vector512.Load(residual + i)).Store(to + i);
            }

            residual = residual is null ? null : residual + width;
        }
    }

    private static float* Data(Tensor tensor) => (float*)NativeData.Of(tensor);
}
