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
/// 16,384-token row would take 13 GB in 32 bits; a chunk of 1,024 takes 0.8 GB, and one on the CPU a quarter of a
/// gigabyte. Gradients are the exact ones, computed in closed form: for one token with upstream gradient g, the
/// gradient of the logits is g (1[target] - softmax) / temperature.
/// </remarks>
public sealed class TokenLogProbs : SingleTensorFunction<TokenLogProbs>
{
    /// <summary>Tokens of a chunk on an accelerator, and the most on the CPU.</summary>
    /// <remarks>Adding up the head's gradient costs the same for each chunk, however few tokens it has.</remarks>
    internal const long MostTokens = 1024;

    // Logits of one chunk on the CPU, whose memory is that of everything else too. A softmax takes as much again.
    private const long CpuLogits = 1 << 26;

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
        var (sum, most) = (0.0, Chunk(headWeight));
        for (long start = 0; start < hidden.shape[0]; start += most)
        {
            var part = hidden.narrow(0, start, Math.Min(most, hidden.shape[0] - start));              // [n, D]
            var logs = nn.functional.log_softmax(Logits(part, headWeight, temperature), 1);           // [n, V]
            sum -= (logs * logs.exp()).sum().AsDouble();
        }

        return sum / Math.Max(1, hidden.shape[0]);
    }

    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (hidden, weight, targets, temperature) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2],
            (double)vars[3]);
        using var scope = NewDisposeScope();
        var (count, most) = (targets.shape[0], Chunk(weight));
        var output = empty([count], ScalarType.Float32, hidden.device);                               // [N]
        var normalizers = empty([count], ScalarType.Float32, hidden.device);                          // [N]
        for (long start = 0; start < count; start += most)
        {
            using var chunk = NewDisposeScope();
            var size = Math.Min(most, count - start);
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
        var (temperature, most) = ((double)ctx.get_data("temperature"), Chunk(weight));
        var hiddenGradient = empty_like(hidden);                                                      // [N, D]
        // [V, D]; added up in 32 bits
        var weightGradient = (bool)ctx.get_data("learnsHead") ? zeros_like(weight, ScalarType.Float32) : null;
        for (long start = 0; start < targets.shape[0]; start += most)
        {
            using var chunk = NewDisposeScope();
            var size = Math.Min(most, targets.shape[0] - start);
            var part = hidden.narrow(0, start, size);                                                 // [n, D]
            var upstream = grad_output.narrow(0, start, size).unsqueeze(1);                           // [n, 1]
            var logits = Logits(part, weight, temperature);                                           // [n, V]
            // [n, V]
            var gradient = logits.sub_(normalizers.narrow(0, start, size).unsqueeze(1)).exp_().mul_(-upstream);
            gradient.scatter_add_(1, targets.narrow(0, start, size).unsqueeze(1), upstream);
            gradient = Cooled(gradient, temperature).to_type(weight.dtype);                           // [n, V]
            hiddenGradient.narrow(0, start, size).copy_(gradient.mm(weight));
            weightGradient?.PlusInPlace(gradient.t().mm(part));
        }

        return GradientLifetime.Of(hiddenGradient, weightGradient?.to_type(weight.dtype), null, null);
    }

    // The tokens of a chunk.
    private static long Chunk(Tensor headWeight) => headWeight.device.type == DeviceType.CPU
        ? Math.Clamp(CpuLogits / headWeight.shape[0], 1, MostTokens)
        : MostTokens;

    // [n, V] in 32 bits.
    private static Tensor Logits(Tensor hidden, Tensor weight, double temperature) =>
        Cooled(OutputHead.Logits(hidden, weight), temperature);

    // In place: these are the largest tensors of a step.
    private static Tensor Cooled(Tensor logits, double temperature) =>
        temperature == 1 ? logits : logits.div_(RootedScalar.Of(temperature));
}
