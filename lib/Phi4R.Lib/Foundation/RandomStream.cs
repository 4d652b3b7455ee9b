namespace Phi4R.Foundation;

/// <summary>A stream of random numbers with one word of state, which is all that a checkpoint must keep.</summary>
/// <remarks>
/// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64).
/// </remarks>
public sealed class RandomStream(ulong state)
{
    /// <summary>The state; a stream made from it goes on where this one stands.</summary>
    public ulong State { get; private set; } = state;

    /// <summary>Draws the next 64 random bits.</summary>
    public ulong NextBits()
    {
        State += 0x9E3779B97F4A7C15;
        var bits = State;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    /// <summary>A whole number from 0 up to and without <paramref name="end"/>.</summary>
    public int Next(int end) => Next(0, end);

    /// <summary>A whole number from <paramref name="start"/> up to and without <paramref name="end"/>.</summary>
    public int Next(int start, int end)
    {
        if (end <= start)
        {
            throw new ArgumentException($"The range from {start} up to and without {end} is empty.");
        }

        return start + (int)(((NextBits() >> 32) * (ulong)((long)end - start)) >> 32);
    }

    /// <summary>A number from 0 up to and without 1, in steps of 2^-53.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>One of the values, each as likely as the next.</summary>
    public T Pick<T>(IReadOnlyList<T> values) => values[Next(values.Count)];

    /// <summary>An index, each as likely as its weight; one of weight 0 never comes.</summary>
    public int PickWeighted(IReadOnlyList<double> weights)
    {
        var left = NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Count; i++)
        {
            left -= weights[i];
            if (left < 0)
            {
                return i;
            }
        }

        return weights.Index().MaxBy(weight => weight.Item).Index; // What rounding left over.
    }

    /// <summary>Puts the values in a random order.</summary>
    public void Shuffle<T>(IList<T> values)
    {
        for (var i = values.Count - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}
