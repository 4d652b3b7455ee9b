// B batch, T tokens, D width.
using Phi4R.Foundation;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Model;

/// <summary>
/// A block that keeps its input only and is run again for its gradient: less memory for about a third more work.
/// </summary>
/// <remarks>
/// The gradients of the block's weights are added where they belong by a backward pass within the backward pass, so
/// nothing but the input's gradient is handed on. Source: Chen et al. 2016, arXiv 1604.06174.
/// </remarks>
internal sealed class CheckpointedBlock : SingleTensorFunction<CheckpointedBlock>
{
    public override string Name => nameof(CheckpointedBlock);

    /// <summary>What the block says.</summary>
    /// <param name="x">
    /// [B, T, D] requiring a gradient: without one, autograd would not come back for the weights' either.
    /// </param>
    /// <returns>[B, T, D].</returns>
    public static Tensor Of(Block block, Tensor x, ForwardContext pass) => Host.Apply(() => apply(x, block, pass));

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, block, pass) = ((Tensor)vars[0], (Block)vars[1], (ForwardContext)vars[2]);

        // The pass's own tensors are disposed when the model has answered; what is saved is not.
        List<Tensor> saved = [x, pass.Cosines, pass.Sines];
        saved.AddRange(pass.Mask is null ? [] : [pass.Mask]);
        saved.AddRange(pass.Packed is null ? [] : [pass.Packed.Angles]);
        ctx.save_for_backward(saved);
        ctx.save_data("block", block);
        ctx.save_data("pass", pass);
        using var frozen = no_grad();
        return block.call(x, pass);
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var above = grad_output; // Of no use later, and as large as the stream.
        using var scope = NewDisposeScope();
        using var learning = enable_grad();
        var saved = ctx.get_saved_variables();
        var (block, pass) = ((Block)ctx.get_data("block"), (ForwardContext)ctx.get_data("pass"));
        pass = pass with
        {
            Cosines = saved[1],
            Sines = saved[2],
            Mask = pass.Mask is null ? null : saved[3],
            Packed = pass.Packed is null ? null : pass.Packed with { Angles = saved[^1] },
        };
        var x = saved[0].detach().requires_grad_(true);     // [B, T, D]
        block.call(x, pass).backward([above]);
        return GradientLifetime.Of(x.grad, null, null);
    }
}
