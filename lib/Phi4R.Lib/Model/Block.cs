// B batch, T tokens, D width.
using Phi4R.Kernels;
using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>One layer: attention, then feed-forward, each behind a norm and added to the stream.</summary>
internal sealed class Block : nn.Module<Tensor, ForwardContext, Tensor>
{
    private readonly (AttentionHeads Heads, double Epsilon) _settings;

    [ComponentName(Name = "input_layernorm")]
    private readonly RootMeanSquareNorm _attentionNorm;

    [ComponentName(Name = "self_attn")]
    private readonly Attention _attention;

    [ComponentName(Name = "post_attention_layernorm")]
    private readonly RootMeanSquareNorm _feedForwardNorm;

    [ComponentName(Name = "mlp")]
    private readonly FeedForward _feedForward;

    public Block(ModelConfig config, int layer, Device device, ScalarType dtype)
        : base(nameof(Block))
    {
        _settings = (config.Heads, config.NormEpsilon);
        _attentionNorm = new RootMeanSquareNorm(config, device, dtype);
        _attention = new Attention(config, layer, device, dtype);
        _feedForwardNorm = new RootMeanSquareNorm(config, device, dtype);
        _feedForward = new FeedForward(config, device, dtype);
        RegisterComponents();
    }

    /// <param name="x">[B, T, D].</param>
    /// <param name="pass">Positions and what may look at what.</param>
    /// <returns>[B, T, D].</returns>
    public override Tensor forward(Tensor x, ForwardContext pass)
    {
        using var scope = NewDisposeScope();
        if (pass.Packed is { } packed && IsPlain && FusedBlock.Applies(x, Weights, _settings.Heads))
        {
            return FusedBlock.Of(x, Weights, packed.Angles, packed.Spans, _settings).MoveToOuterDisposeScope();
        }

        var attended = x.Plus(_attention.call(_attentionNorm.call(x), pass));         // [B, T, D]
        var fed = attended.Plus(_feedForward.call(_feedForwardNorm.call(attended))); // [B, T, D]
        return fed.MoveToOuterDisposeScope();
    }

    // Whether the matrices are all there is: nothing learned beside them, nothing rounded.
    private bool IsPlain => _attention.IsPlain && _feedForward.IsPlain;

    private FusedBlock.Weights Weights => new([_attentionNorm.Weight, .. _attention.Weights, _feedForwardNorm.Weight,
        .. _feedForward.Weights]);
}
