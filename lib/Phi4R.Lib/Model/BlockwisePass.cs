// T tokens, D width, V vocabulary.
using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>
/// A pass in 32 bits on the CPU that holds one block's weights at a time, for models of which little else would
/// fit.
/// </summary>
internal static class BlockwisePass
{
    private const int VocabularyRows = 8192;

    /// <summary>Logits of one sequence.</summary>
    /// <param name="weights">Every weight by its released name, of any type and on any device.</param>
    /// <param name="ids">T token ids.</param>
    /// <param name="release">Told the name of each weight when it was used, a tied embedding twice.</param>
    /// <returns>[T, V], of the caller's dispose scope.</returns>
    public static Tensor Logits(ModelConfig config, IReadOnlyDictionary<string, Tensor> weights, long[] ids,
        Action<string> release)
    {
        const string Embedding = "model.embed_tokens.weight";
        const string Norm = "model.norm.weight";
        var last = ids.Length - 1;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var rotary = new RotaryEmbedding(config, CPU);
        var (cosines, sines) = rotary.At(arange(RootedScalar.Of(ids.Length)).unsqueeze(0), last,
            RotaryEmbedding.UsesLong(config, last));
        var pass = new ForwardContext(cosines, sines, Mask: null);
        var rows = weights[Embedding].index_select(0, tensor(ids, device: weights[Embedding].device));
        var x = rows.to_type(ScalarType.Float32).cpu().unsqueeze(0);                                      // [1, T, D]
        release(Embedding);
        using var block = new Block(config, layer: 0, CPU, ScalarType.Float32);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            foreach (var (part, weight) in block.named_parameters())
            {
                var name = $"model.layers.{layer}.{part}";
                weight.copy_(weights[name]);
                release(name);
            }

            x = block.call(x, pass);                                                                      // [1, T, D]
        }

        using var norm = new RootMeanSquareNorm(config, CPU, ScalarType.Float32);
        norm.named_parameters().Single().parameter.copy_(weights[Norm]);
        release(Norm);
        var headName = config.TiedEmbeddings ? Embedding : "lm_head.weight";
        var (head, hidden) = (weights[headName], norm.call(x).squeeze(0));
        var logits = cat(
            [.. Enumerable.Range(0, (config.VocabularySize + VocabularyRows - 1) / VocabularyRows).Select(Part)], -1);
        release(headName);
        return logits.MoveToOuterDisposeScope();                                                          // [T, V]

        Tensor Part(int part)
        {
            using var inner = NewDisposeScope();
            var (start, count) = (part * VocabularyRows,
                Math.Min(VocabularyRows, config.VocabularySize - (part * VocabularyRows)));
            var matrix = head.narrow(0, start, count).to_type(ScalarType.Float32).cpu();                  // [count, D]
            return nn.functional.linear(hidden, matrix).MoveToOuterDisposeScope();                        // [T, count]
        }
    }
}
