using System.Runtime.Intrinsics;
using Phi4R.Foundation;

namespace Phi4R.Sampling;

/// <summary>Draws one token from logits.</summary>
internal sealed class TokenDraw(int vocabulary, SamplingConfig config)
{
    private readonly float[] _weights = new float[(vocabulary + 15) / 16 * 16];
    private readonly int[] _order = new int[vocabulary];
    private readonly float[] _sorted = new float[vocabulary];

    /// <summary>The token drawn, and its log-probability at the temperature over the whole vocabulary, in nats.</summary>
    /// <remarks>At temperature 0 it is the likeliest token, and the log-probability is that at temperature 1.</remarks>
    public (int Token, float LogProbability) Next(ReadOnlySpan<float> logits, RandomStream stream)
    {
        var temperature = (float)(config.Temperature > 0 ? config.Temperature : 1);
        var largest = float.NegativeInfinity;
        var likeliest = 0;
        for (var i = 0; i < vocabulary; i++)
        {
            if (logits[i] > largest)
            {
                (largest, likeliest) = (logits[i], i);
            }
        }

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

        double total = Vector512.Sum(sums);
        var token = config.Temperature == 0 ? likeliest
            : config.TopP < 1 ? DrawNucleus(total, stream.NextDouble())
            : DrawAny(total * stream.NextDouble());
        return (token, (float)(((logits[token] - largest) / temperature) - Math.Log(total)));
    }

    private int DrawAny(double left)
    {
        for (var i = 0; i < vocabulary - 1; i++)
        {
            left -= _weights[i];
            if (left < 0)
            {
                return i;
            }
        }

        return vocabulary - 1;
    }

    // The likeliest tokens until their share reaches top-p. Tokens whose own share is below (1 - p) / V cannot be among them:
    // together they hold less than 1 - p. So only the others are sorted.
    private int DrawNucleus(double total, double uniform)
    {
        var least = (float)((1 - config.TopP) * total / vocabulary);
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
        var (held, size) = (0.0, 0);
        while (size < count && held < config.TopP * total)
        {
            held -= _sorted[size++];
        }

        var left = held * uniform;
        for (var i = 0; i < size - 1; i++)
        {
            left += _sorted[i];
            if (left < 0)
            {
                return _order[i];
            }
        }

        return _order[size - 1];
    }
}
