using Phi4R.Model;

namespace Phi4R.Tests.Reference;

/// <summary>
/// The decoder in loops of doubles, from the papers: no tensor, no batch, no cache, no code of the library but the
/// numbers of its settings.
/// </summary>
internal sealed class PlainModel(ModelConfig config, IReadOnlyDictionary<string, float[]> weights)
{
    private readonly int _channels = config.Width / config.QueryHeads;

    /// <summary>Scores of the next token after each token of one document.</summary>
    public double[][] Logits(int[] ids, bool useLong)
    {
        var embedding = weights["model.embed_tokens.weight"];
        var stream = ids.Select(id => Enumerable.Range(0, config.Width)
            .Select(i => (double)embedding[(id * config.Width) + i]).ToArray()).ToArray();
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            Add(stream, Attention(Norm(stream, weights[name + "input_layernorm.weight"]), name, useLong));
            Add(stream, FeedForward(Norm(stream, weights[name + "post_attention_layernorm.weight"]), name));
        }

        return Times(Norm(stream, weights["model.norm.weight"]),
            weights[config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"], config.VocabularySize);
    }

    /// <summary>Log-probabilities from scores.</summary>
    public static double[] LogSoftmax(double[] scores)
    {
        var largest = scores.Max();
        var sum = Math.Log(scores.Sum(score => Math.Exp(score - largest))) + largest;
        return [.. scores.Select(score => score - sum)];
    }

    private double[][] Attention(double[][] x, string name, bool useLong)
    {
        var (heads, groups, c) = (config.QueryHeads, config.KeyValueHeads, _channels);
        var joined = Times(x, weights[name + "self_attn.qkv_proj.weight"], (heads + groups + groups) * c);
        var output = new double[x.Length][];
        for (var t = 0; t < x.Length; t++)
        {
            output[t] = new double[heads * c];
            for (var h = 0; h < heads; h++)
            {
                var g = h / (heads / groups);
                var query = Rotate(joined[t], h * c, t, useLong);
                var scores = new double[t + 1];
                for (var s = 0; s <= t; s++)
                {
                    var key = Rotate(joined[s], (heads + g) * c, s, useLong);
                    scores[s] = Enumerable.Range(0, c).Sum(i => query[i] * key[i]) / Math.Sqrt(c);
                }

                var shares = LogSoftmax(scores);
                for (var s = 0; s <= t; s++)
                {
                    for (var i = 0; i < c; i++)
                    {
                        output[t][(h * c) + i] += Math.Exp(shares[s]) * joined[s][((heads + groups + g) * c) + i];
                    }
                }
            }
        }

        return Times(output, weights[name + "self_attn.o_proj.weight"], config.Width);
    }

    private double[] Rotate(double[] joined, int from, int position, bool useLong)
    {
        var rotary = (int)(_channels * config.RotaryFraction);
        var factors = useLong ? config.LongFactors : config.ShortFactors;
        var growth = (double)config.MaxPositions / config.OriginalMaxPositions;
        var scale = factors is null || growth <= 1
            ? 1
            : Math.Sqrt(1 + (Math.Log(growth) / Math.Log(config.OriginalMaxPositions)));
        var head = joined[from..(from + _channels)];
        for (var i = 0; i < rotary / 2; i++)
        {
            var angle = position / ((factors?[i] ?? 1) * Math.Pow(config.RopeTheta, 2.0 * i / rotary));
            var (a, b) = (joined[from + i], joined[from + i + (rotary / 2)]);
            head[i] = scale * ((a * Math.Cos(angle)) - (b * Math.Sin(angle)));
            head[i + (rotary / 2)] = scale * ((b * Math.Cos(angle)) + (a * Math.Sin(angle)));
        }

        return head;
    }

    private double[][] FeedForward(double[][] x, string name)
    {
        var width = config.FeedForwardWidth;
        var joined = Times(x, weights[name + "mlp.gate_up_proj.weight"], 2 * width);
        var gated = joined.Select(row => Enumerable.Range(0, width)
            .Select(i => row[i] / (1 + Math.Exp(-row[i])) * row[width + i]).ToArray()).ToArray();
        return Times(gated, weights[name + "mlp.down_proj.weight"], config.Width);
    }

    private double[][] Norm(double[][] x, float[] weight) => [.. x.Select(row =>
    {
        var root = Math.Sqrt((row.Sum(value => value * value) / row.Length) + config.NormEpsilon);
        return row.Select((value, i) => value / root * weight[i]).ToArray();
    })];

    private static double[][] Times(double[][] x, float[] matrix, int outputs) => [.. x.Select(row =>
        Enumerable.Range(0, outputs).Select(o => row.Select((value, i) => value * matrix[(o * row.Length) + i]).Sum())
            .ToArray())];

    private static void Add(double[][] stream, double[][] change)
    {
        foreach (var (row, other) in stream.Zip(change))
        {
            for (var i = 0; i < row.Length; i++)
            {
                row[i] += other[i];
            }
        }
    }
}
