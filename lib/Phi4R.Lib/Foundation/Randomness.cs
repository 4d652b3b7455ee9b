using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Phi4R.Foundation;

/// <summary>
/// Streams of random numbers that are told apart by name and place, never by the order in which they are used.
/// </summary>
public static class Randomness
{
    /// <summary>The stream of one purpose and place; equal arguments give equal streams on every machine.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for, such as "rollouts".</param>
    /// <param name="place">Where in the run: step, problem, sample.</param>
    public static RandomStream For(long seed, string purpose, params ReadOnlySpan<long> place)
    {
        var name = Encoding.UTF8.GetBytes(purpose);
        var bytes = new byte[8 + (8 * place.Length) + name.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, seed);
        for (var i = 0; i < place.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 + (8 * i)), place[i]);
        }

        name.CopyTo(bytes, 8 + (8 * place.Length));
        return new RandomStream(BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(bytes)));
    }
}
