// N tokens, D width, V vocabulary.
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Native;
using static TorchSharp.torch.autograd;

namespace Phi4R.Training;

/// <summary>
/// The log-probability of each target token, with the logits of one chunk of tokens in memory at a time.
/// </summary>
/// <remarks>
/// One function serves the next-token loss, the preference loss and the policy gradient. At V = 200,064 the logits of a
/// 16,384-token row would take 13 GB in 32 bits; a chunk of 1,024 takes 0.8 GB. Gradients are the exact ones, computed
/// in closed form: for one token with upstream gradient g, the gradient of the logits is g (1[target] - softmax) /
/// temperature.
/// </remarks>
public sealed class TokenLogProbs : SingleTensorFunction<TokenLogProbs>
{
    private const int Chunk = 1024;

    public override string Name => nameof(TokenLogProbs);

    /// <summary>Log-probabilities under the model.</summary>
    /// <param name="hidden">[N, D] hidden state that predicts each target.</param>
    /// <param name="headWeight">[V, D].</param>
    /// <param name="targets">[N] token ids.</param>
    /// <param name="temperature">
    /// What logits are divided by: 1, or the temperature that the tokens were sampled at.
    /// </param>
    /// <returns>[N] in nats.</returns>
    public static Tensor Of(Tensor hidden, Tensor headWeight, Tensor targets, double temperature = 1)
    {
        hidden.Shaped([targets.shape[0], headWeight.shape[1]]);
        return Host.Apply(() => apply(hidden, headWeight, targets, temperature));
    }

    /// <summary>Mean entropy of the model's distributions, in nats; no gradient flows.</summary>
    /// <param name="hidden">[N, D].</param>
    /// <param name="headWeight">[V, D].</param>
    public static double MeanEntropy(Tensor hidden, Tensor headWeight, double temperature = 1)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var sum = 0.0;
        for (long start = 0; start < hidden.shape[0]; start += Chunk)
        {
            var part = hidden.narrow(0, start, Math.Min(Chunk, hidden.shape[0] - start));             // [n, D]
            var logs = nn.functional.log_softmax(Logits(part, headWeight, temperature), 1);           // [n, V]
            sum -= (logs * logs.exp()).sum().ToDouble();
        }

        return sum / Math.Max(1, hidden.shape[0]);
    }

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (hidden, weight, targets, temperature) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2],
            (double)vars[3]);
        using var scope = NewDisposeScope();
        var count = targets.shape[0];
        var output = empty([count], ScalarType.Float32, hidden.device);                               // [N]
        var normalizers = empty([count], ScalarType.Float32, hidden.device);                          // [N]
        for (long start = 0; start < count; start += Chunk)
        {
            using var chunk = NewDisposeScope();
            var size = Math.Min(Chunk, count - start);
            var logits = Logits(hidden.narrow(0, start, size), weight, temperature);                  // [n, V]
            var normalizer = logits.logsumexp(1);                                                     // [n]
            var chosen = logits.gather(1, targets.narrow(0, start, size).unsqueeze(1)).squeeze(1);    // [n]
            normalizers.narrow(0, start, size).copy_(normalizer);
            output.narrow(0, start, size).copy_(chosen - normalizer);
        }

        ctx.save_for_backward([hidden, weight, targets, normalizers]);
        ctx.save_data("temperature", temperature);
        ctx.save_data("learnsHead", weight.requires_grad);
        normalizers.MoveToOuterDisposeScope();
        return output.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var called = Host.Called();
        using var scope = NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (hidden, weight, targets, normalizers) = (saved[0], saved[1], saved[2], saved[3]);
        var temperature = (double)ctx.get_data("temperature");
        var hiddenGradient = empty_like(hidden);                                                      // [N, D]
        // [V, D]; added up in 32 bits
        var weightGradient = (bool)ctx.get_data("learnsHead") ? zeros_like(weight, ScalarType.Float32) : null;
        for (long start = 0; start < targets.shape[0]; start += Chunk)
        {
            using var chunk = NewDisposeScope();
            var size = Math.Min(Chunk, targets.shape[0] - start);
            var part = hidden.narrow(0, start, size);                                                 // [n, D]
            var upstream = grad_output.narrow(0, start, size).unsqueeze(1);                           // [n, 1]
            var logits = Logits(part, weight, temperature);                                           // [n, V]
            // [n, V]
            var gradient = logits.sub_(normalizers.narrow(0, start, size).unsqueeze(1)).exp_().mul_(-upstream);
            gradient.scatter_add_(1, targets.narrow(0, start, size).unsqueeze(1), upstream);
            gradient = Cooled(gradient, temperature).to_type(weight.dtype);                           // [n, V]
            hiddenGradient.narrow(0, start, size).copy_(gradient.mm(weight));
            weightGradient?.add_(gradient.t().mm(part));
        }

        return GradientLifetime.Of(hiddenGradient, weightGradient?.to_type(weight.dtype), null, null);
    }

    // [n, V] in 32 bits.
    private static Tensor Logits(Tensor hidden, Tensor weight, double temperature) =>
        Cooled(OutputHead.Logits(hidden, weight), temperature);

    // In place: these are the largest tensors of a step.
    private static Tensor Cooled(Tensor logits, double temperature) =>
        temperature == 1 ? logits : logits.div_(RootedScalar.Of(temperature));
}
