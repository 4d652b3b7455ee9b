using System.Runtime.Intrinsics;
using Phi4R.Foundation;
using Phi4R.Kernels;

namespace Phi4R.Inference.Local;

/// <summary>Draws one token from logits.</summary>
internal sealed class TokenSampler(int vocabulary)
{
    // Weights are positive floats of at most 1: the upper bits of their patterns order them in so many buckets.
    private const int BucketShift = 15;
    private const int FewTokens = 4096;

    private readonly float[] _weights = new float[(vocabulary + 15) / 16 * 16];
    private readonly int[] _order = new int[vocabulary];
    private readonly float[] _sorted = new float[vocabulary];
    private readonly int[] _buckets = new int[(0x3F800000 >> BucketShift) + 1];

    /// <summary>
    /// The token sampled, and its log-probability under the distribution sampled from and under the plain one, in nats.
    /// </summary>
    public (int Token, float LogProbability, float Plain) Next(
        ReadOnlySpan<float> logits, SamplingConfig config, RandomStream stream)
    {
        var greedy = (float)config.Temperature == 0;
        var temperature = greedy ? 1 : (float)config.Temperature;
        var largest = float.NegativeInfinity;
        var likeliest = 0;
        for (var i = 0; i < vocabulary; i++)
        {
            if (logits[i] > largest)
            {
                (largest, likeliest) = (logits[i], i);
            }
        }

        var total = Weigh(logits, largest, temperature);
        var all = config.TopP >= 1 && (config.TopK == 0 || config.TopK >= vocabulary);
        var (token, held) = greedy ? (likeliest, total)
            : config.TopK == 1 ? (likeliest, _weights[likeliest])
            : all ? (DrawAny(stream.NextDouble(), likeliest), total)
            : DrawLikely(total, config, stream.NextDouble());
        var score = (logits[token] - largest) / temperature;
        var logProbability = greedy ? 0 : (float)(score - Math.Log(held));
        var plain = temperature == 1
            ? (float)(score - Math.Log(total))
            : (float)(logits[token] - largest - Math.Log(Weigh(logits, largest, 1)));
        return (token, logProbability, plain);
    }

    /// <summary>The likeliest tokens and their plain log-probabilities, likeliest first.</summary>
    public IReadOnlyList<(int Token, float LogProbability)> Likeliest(ReadOnlySpan<float> logits, int count)
    {
        if (count == 0)
        {
            return [];
        }

        for (var i = 0; i < vocabulary; i++)
        {
            (_order[i], _sorted[i]) = (i, -logits[i]);
        }

        Array.Sort(_sorted, _order);
        var largest = -_sorted[0];
        var offset = Math.Log(Weigh(logits, largest, 1));
        return [.. _order.Take(count).Select((token, rank) => (token, (float)(-_sorted[rank] - largest - offset)))];
    }

    // Weights are e^((logit - largest) / temperature); their sum is returned.
    private double Weigh(ReadOnlySpan<float> logits, float largest, float temperature)
    {
        for (var i = 0; i < vocabulary; i++)
        {
            _weights[i] = (logits[i] - largest) / temperature;
        }

        for (var i = vocabulary; i < _weights.Length; i++)
        {
            _weights[i] = float.NegativeInfinity;
        }

        var sums = Vector512<float>.Zero;
        for (var i = 0; i < _weights.Length; i += 16)
        {
            var exponential = VectorMath.Exp(Vector512.LoadUnsafe(ref _weights[i]));
            exponential.StoreUnsafe(ref _weights[i]);
            sums += exponential;
        }

        return Vector512.Sum(sums);
    }

    // The share is one of a sum in 64 bits: of a sum in 32, the rounding would be added to the last ids' chances or
    // taken from them.
    private int DrawAny(double uniform, int likeliest)
    {
        var sums = Vector512<double>.Zero;
        for (var i = 0; i < _weights.Length; i += 16)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref _weights[i]));
            sums += lower + upper;
        }

        var left = Vector512.Sum(sums) * uniform;
        for (var i = 0; i < vocabulary; i++)
        {
            left -= _weights[i];
            if (left < 0)
            {
                return i;
            }
        }

        return likeliest; // What the last bits of 64 left over.
    }

    // The likeliest K tokens, and of them the likeliest until their share reaches P. Only tokens that can be among them
    // are sorted: those whose own share is below (1 - P) / V hold less than 1 - P together.
    private (int Token, double Held) DrawLikely(double total, SamplingConfig config, double uniform)
    {
        var least = config.TopK > 0 ? LeastOf(config.TopK) : (float)((1 - config.TopP) * total / vocabulary);
        var count = 0;
        for (var i = 0; i < vocabulary; i++)
        {
            if (_weights[i] >= least)
            {
                (_order[count], _sorted[count]) = (i, -_weights[i]);
                count++;
            }
        }

        Array.Sort(_sorted, _order, 0, count);
        if (config.TopK > 0)
        {
            count = Math.Min(count, config.TopK);
            total = 0;
            for (var i = 0; i < count; i++)
            {
                total -= _sorted[i];
            }
        }

        var (held, size) = (0.0, 0);
        while (size < count && (size == 0 || held < config.TopP * total))
        {
            held -= _sorted[size++];
        }

        var left = held * uniform;
        for (var i = 0; i < size; i++)
        {
            left += _sorted[i];
            if (left < 0)
            {
                return (_order[i], held);
            }
        }

        return (_order[0], held);
    }

    // A weight that K tokens reach, and few more do.
    private float LeastOf(int k)
    {
        if (vocabulary <= FewTokens)
        {
            return 0;
        }

        Array.Clear(_buckets);
        for (var i = 0; i < vocabulary; i++)
        {
            _buckets[Math.Clamp(BitConverter.SingleToInt32Bits(_weights[i]) >> BucketShift, 0, _buckets.Length - 1)]++;
        }

        var bucket = _buckets.Length - 1;
        for (var seen = _buckets[bucket]; seen < k && bucket > 0; seen += _buckets[bucket])
        {
            bucket--;
        }

        return BitConverter.Int32BitsToSingle(bucket << BucketShift);
    }
}
