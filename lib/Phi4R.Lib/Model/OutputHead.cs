// N rows, D width, V vocabulary.
using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>Hidden states to logits in 32 bits, whatever the weights are kept in.</summary>
/// <remarks>
/// A 16-bit logit between 16 and 32 is one of steps of 0.125. Sampler and trainer, whose hidden states differ in their
/// last bits, would be whole steps apart; the product of two 16-bit numbers is exact in 32 bits.
/// </remarks>
internal static class OutputHead
{
    // Of the matrix so many numbers are widened at a time: few enough for a processor's caches.
    private const long Numbers = 1 << 20;

    /// <param name="hidden">[..., D].</param>
    /// <param name="weight">[V, D].</param>
    /// <returns>[..., V] in 32 bits.</returns>
    public static Tensor Logits(Tensor hidden, Tensor weight)
    {
        if (weight.dtype == ScalarType.Float32)
        {
            return nn.functional.linear(hidden, weight);
        }

        using var scope = NewDisposeScope();
        var (vocabulary, width) = (weight.shape[0], weight.shape[1]);
        var rows = hidden.reshape(-1, width);                                                          // [N, D]
        long[] shape = [.. hidden.shape[..^1], vocabulary];
        if (Aten.HasWideProducts(weight))
        {
            return Aten.WideProduct(rows.unsqueeze(0), weight.t().unsqueeze(0)).view(shape).MoveToOuterDisposeScope();
        }

        var wide = rows.to_type(ScalarType.Float32);                                                   // [N, D]
        var logits = empty([rows.shape[0], vocabulary], ScalarType.Float32, weight.device);            // [N, V]
        var together = Math.Max(1, Numbers / width);
        for (long start = 0; start < vocabulary; start += together)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(together, vocabulary - start);
            var part = weight.narrow(0, start, count).to_type(ScalarType.Float32);                     // [count, D]
            logits.narrow(1, start, count).copy_(nn.functional.linear(wide, part));
        }

        return logits.view(shape).MoveToOuterDisposeScope();
    }
}
