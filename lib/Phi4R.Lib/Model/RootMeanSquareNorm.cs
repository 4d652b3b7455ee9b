// D width.
using Phi4R.Foundation;
using Phi4R.Kernels;
using Phi4R.Native;
using TorchSharp.Modules;

namespace Phi4R.Model;

/// <summary>Divides each token's numbers by their root mean square and scales them by a learned weight.</summary>
/// <remarks>
/// Source: Zhang and Sennrich 2019, arXiv 1910.07467. Computed in 32 bits whatever the weights' type.
/// </remarks>
internal sealed class RootMeanSquareNorm : nn.Module<Tensor, Tensor>
{
    private readonly double _epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    public RootMeanSquareNorm(ModelConfig config, Device device, ScalarType dtype)
        : base(nameof(RootMeanSquareNorm))
    {
        _epsilon = config.NormEpsilon;
        _weight = nn.Parameter(ones(config.Width, dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>[D].</summary>
    public Parameter Weight => _weight;

    /// <param name="x">[..., D].</param>
    /// <returns>[..., D].</returns>
    public override Tensor forward(Tensor x) => FusedNorm.Applies(x, _weight)
        ? Host.Apply(() => FusedNorm.apply(x, _weight, _epsilon))
        : x.device_type == DeviceType.CUDA
            ? Aten.RootMeanSquareNorm(x, _weight, _epsilon)
            : Plain(x, _weight, _epsilon);

    /// <summary>
    /// The same in libtorch's operators: for devices and types without a kernel of ours, and the kernel's oracle.
    /// </summary>
    /// <param name="x">[..., D].</param>
    /// <param name="weight">[D].</param>
    internal static Tensor Plain(Tensor x, Tensor weight, double epsilon)
    {
        var wide = x.to_type(ScalarType.Float32);
        var scaled = wide * rsqrt((wide * wide).mean([-1], keepdim: true).Plus(epsilon)); // [..., D]
        return weight * scaled.to_type(x.dtype);
    }
}
