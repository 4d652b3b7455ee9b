// B batch, T tokens, D width, F feed-forward width.
using Phi4R.Foundation;
using Phi4R.Kernels;

namespace Phi4R.Model;

/// <summary>The gated feed-forward layer: down(up(x) * silu(gate(x))), gate and up in one matrix, gate first.</summary>
/// <remarks>Source: Shazeer 2020, arXiv 2002.05202 (SwiGLU).</remarks>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "gate_up_proj")]
    private readonly Projection _gateUp;

    [ComponentName(Name = "down_proj")]
    private readonly Projection _down;

    public FeedForward(ModelConfig config, Device device, ScalarType dtype)
        : base(nameof(FeedForward))
    {
        _gateUp = new Projection(config.Width, 2 * config.FeedForwardWidth, device, dtype);
        _down = new Projection(config.FeedForwardWidth, config.Width, device, dtype);
        RegisterComponents();
    }

    /// <summary>[2F, D], then [D, F].</summary>
    public IEnumerable<Tensor> Weights => [_gateUp.Weight, _down.Weight];

    /// <summary>As in <see cref="Projection"/>, of both matrices.</summary>
    public bool IsPlain => _gateUp.IsPlain && _down.IsPlain;

    /// <param name="x">[B, T, D].</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor x)
    {
        var joined = _gateUp.call(x);                                                    // [B, T, 2F]
        // [B, T, D]
        return _down.call(FusedGate.Applies(joined) ? Host.Apply(() => FusedGate.apply(joined)) : Plain(joined));
    }

    /// <summary>
    /// The gate in libtorch's operators: for devices and types without a kernel of ours, and the kernel's oracle.
    /// </summary>
    /// <param name="joined">[B, T, 2F] gate, then up.</param>
    /// <returns>[B, T, F].</returns>
    internal static Tensor Plain(Tensor joined)
    {
        var parts = joined.chunk(2, -1); // [B, T, F] twice
        return parts[1] * nn.functional.silu(parts[0]);
    }
}
