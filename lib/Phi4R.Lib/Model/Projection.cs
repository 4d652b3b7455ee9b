// O outputs, I inputs.
using Phi4R.Kernels;
using Phi4R.Native;
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

    private EightBitMatrix? _eightBit;

    public Projection(int inputs, int outputs, Device device, ScalarType dtype)
        : base(nameof(Projection))
    {
        _weight = nn.Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>[O, I]; [0] where the matrix is kept in 8 bits.</summary>
    public Parameter Weight => _weight;

    /// <summary>[O, I]: what is computed with, however it is kept.</summary>
    public Tensor Dense => _eightBit?.Dense(_weight.dtype) ?? _weight;

    /// <summary>Bytes of what is kept in 8 bits.</summary>
    public long EightBitBytes => _eightBit?.Bytes ?? 0;

    /// <summary>What is learned beside the matrix, or null where the matrix itself is.</summary>
    public LowRankAdapter? Adapter { get; set; }

    /// <summary>As in <see cref="MemoryConfig"/>.</summary>
    public bool UsesBf16Matmul { get; set; }

    /// <summary>Whether the matrix is all there is, in its own precision.</summary>
    public bool IsPlain => Adapter is null && _eightBit is null && !UsesBf16Matmul;

    /// <param name="x">[..., I].</param>
    /// <returns>[..., O].</returns>
    public override Tensor forward(Tensor x)
    {
        // [..., O]
        var y = _eightBit is not null ? EightBitMatmul.Of(x, _eightBit)
            : UsesBf16Matmul && Bf16Matmul.Applies(x) ? Bf16Matmul.Of(x, _weight)
            : FusedLinear.Applies(x, _weight) ? FusedLinear.Of(x, _weight)
            : nn.functional.linear(x, _weight);
        return Adapter is null ? y : y.Plus(Adapter.Of(x));
    }

    /// <summary>Keeps a frozen matrix in 8 bits alone, from which it can be computed with and not learned.</summary>
    /// <exception cref="ArgumentException">Its rows are no whole number of blocks.</exception>
    public void KeepInEightBits()
    {
        using var frozen = no_grad();
        _eightBit = new EightBitMatrix(_weight);
        using var nothing = empty(0, dtype: _weight.dtype, device: _weight.device);
        _weight.set_(nothing); // What it returns is itself.
    }

    /// <summary>Keeps the matrix as it is computed with again; nothing where it is.</summary>
    public void Widen()
    {
        if (_eightBit is null)
        {
            return;
        }

        using var frozen = no_grad();
        using var wide = _eightBit.Dense(_weight.dtype);
        _weight.set_(wide);
        _eightBit.Dispose();
        _eightBit = null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _eightBit?.Dispose();
        }

        base.Dispose(disposing);
    }
}
