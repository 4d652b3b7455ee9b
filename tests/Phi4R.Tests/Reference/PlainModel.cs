using Phi4R.Model;

namespace Phi4R.Tests.Reference;

/// <summary>The decoder in plain loops of doubles, from the papers: shares no code with the library.</summary>
internal static class PlainModel
{
    /// <summary>Logits of a sequence, [tokens][vocabulary].</summary>
    /// <param name="weights">Each by its released name, row by row.</param>
    public static double[][] Logits(ModelConfig config, IReadOnlyDictionary<string, float[]> weights, int[] ids)
    {
        var (width, heads, shared) = (config.Width, config.QueryHeads, config.KeyValueHeads);
        var channels = width / heads;
        var embedding = weights["model.embed_tokens.weight"];
        var stream = ids.Select(id => Enumerable.Range(0, width).Select(i => (double)embedding[(id * width) + i]).ToArray()).ToArray();
        var useLong = config.LongFactors is not null && (config.RopePolicy == RopePolicy.AlwaysLong || ids.Length > config.OriginalMaxPositions);
        for (var layer = 0; layer < config.Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            var joined = stream.Select(x => Times(weights[name + "self_attn.qkv_proj.weight"], Norm(x, weights[name + "input_layernorm.weight"], config.NormEpsilon))).ToArray();
            for (var t = 0; t < ids.Length; t++)
            {
                for (var head = 0; head < heads + shared; head++)
                {
                    Rotate(config, joined[t], head * channels, t, useLong);
                }
            }

            for (var t = 0; t < ids.Length; t++)
            {
                var mixed = new double[width];
                for (var head = 0; head < heads; head++)
                {
                    var key = (heads + (head / (heads / shared))) * channels;
                    var value = key + (shared * channels);
                    var scores = Enumerable.Range(0, t + 1).Select(s => Enumerable.Range(0, channels).Sum(c => joined[t][(head * channels) + c] * joined[s][key + c]) / Math.Sqrt(channels)).ToArray();
                    var largest = scores.Max();
                    var shares = scores.Select(score => Math.Exp(score - largest)).ToArray();
                    var sum = shares.Sum();
                    for (var s = 0; s <= t; s++)
                    {
                        for (var c = 0; c < channels; c++)
                        {
                            mixed[(head * channels) + c] += shares[s] / sum * joined[s][value + c];
                        }
                    }
                }

                Add(stream[t], Times(weights[name + "self_attn.o_proj.weight"], mixed));
            }

            foreach (var x in stream)
            {
                var both = Times(weights[name + "mlp.gate_up_proj.weight"], Norm(x, weights[name + "post_attention_layernorm.weight"], config.NormEpsilon));
                var half = both.Length / 2;
                Add(x, Times(weights[name + "mlp.down_proj.weight"], [.. Enumerable.Range(0, half).Select(i => both[half + i] * both[i] / (1 + Math.Exp(-both[i])))]));
            }
        }

        var head1 = config.TiedEmbeddings ? embedding : weights["lm_head.weight"];
        return [.. stream.Select(x => Times(head1, Norm(x, weights["model.norm.weight"], config.NormEpsilon)))];
    }

    private static void Rotate(ModelConfig config, double[] row, int start, int position, bool useLong)
    {
        var rotary = (int)((double)config.Width / config.QueryHeads * config.RotaryFraction);
        var factor = config.LongFactors is null || config.MaxPositions <= config.OriginalMaxPositions ? 1 : Math.Sqrt(1 + (Math.Log((double)config.MaxPositions / config.OriginalMaxPositions) / Math.Log(config.OriginalMaxPositions)));
        for (var i = 0; i < rotary / 2; i++)
        {
            var stretch = (useLong ? config.LongFactors : config.ShortFactors)?[i] ?? 1;
            var angle = position / (stretch * Math.Pow(config.RopeTheta, 2.0 * i / rotary));
            var (a, b) = (row[start + i], row[start + i + (rotary / 2)]);
            row[start + i] = ((a * Math.Cos(angle)) - (b * Math.Sin(angle))) * factor;
            row[start + i + (rotary / 2)] = ((b * Math.Cos(angle)) + (a * Math.Sin(angle))) * factor;
        }
    }

    private static double[] Norm(double[] x, float[] weight, double epsilon)
    {
        var root = Math.Sqrt(x.Average(value => value * value) + epsilon);
        return [.. x.Select((value, i) => value / root * weight[i])];
    }

    private static double[] Times(float[] matrix, double[] x) => [.. Enumerable.Range(0, matrix.Length / x.Length).Select(row =>
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += matrix[(row * x.Length) + i] * x[i];
        }

        return sum;
    })];

    private static void Add(double[] x, double[] y)
    {
        for (var i = 0; i < x.Length; i++)
        {
            x[i] += y[i];
        }
    }
}
