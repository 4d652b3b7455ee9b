// O outputs, I inputs.
using Phi4R.Kernels;
using TorchSharp.Modules;

namespace Phi4R.Model;

/// <summary>
/// A matrix without a bias. Its memory is not filled: a fresh model is initialized and a released one is read, and
/// neither is to wait for numbers that nobody sees.
/// </summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    public Projection(int inputs, int outputs, Device device, ScalarType dtype)
        : base(nameof(Projection))
    {
        _weight = nn.Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>[O, I].</summary>
    public Parameter Weight => _weight;

    /// <summary>What is learned beside the matrix, or null where the matrix itself is.</summary>
    public LowRankAdapter? Adapter { get; set; }

    /// <summary>As in <see cref="MemoryConfig"/>.</summary>
    public bool UsesBf16Matmul { get; set; }

    /// <summary>Whether the matrix is all there is, in its own precision.</summary>
    public bool IsPlain => Adapter is null && !UsesBf16Matmul;

    /// <param name="x">[..., I].</param>
    /// <returns>[..., O].</returns>
    public override Tensor forward(Tensor x)
    {
        // [..., O]
        var y = UsesBf16Matmul && Bf16Matmul.Applies(x) ? Bf16Matmul.Of(x, _weight)
            : FusedLinear.Applies(x, _weight) ? FusedLinear.Of(x, _weight)
            : nn.functional.linear(x, _weight);
        return Adapter is null ? y : y + Adapter.Of(x);
    }
}
