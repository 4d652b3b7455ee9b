using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Phi4R.Kernels;

/// <summary>
/// Memory that a kernel computes in, at whole cache lines; small pieces are kept for the next who asks, since fresh
/// pages cost more than many a product.
/// </summary>
internal readonly unsafe ref struct AlignedMemory
{
    private const int Line = 64;
    private const int KeptBits = 24; // Pieces of up to 2^24 bytes are kept.

    private static readonly ConcurrentBag<nint>[] Kept = [.. Enumerable.Range(0, KeptBits + 1)
        .Select(_ => new ConcurrentBag<nint>())];

    private readonly int _bits;

    private AlignedMemory(float* start, int bits)
    {
        Start = start;
        _bits = bits;
    }

    /// <summary>The first number; nothing is known of what stands there.</summary>
    public float* Start { get; }

    /// <summary>Memory for some numbers, until it is disposed.</summary>
    public static AlignedMemory Of(long numbers)
    {
        var bits = Math.Max(12, BitOperations.Log2((ulong)Math.Max(1, (numbers * sizeof(float)) - 1)) + 1);
        if (bits <= KeptBits && Kept[bits].TryTake(out var kept))
        {
            return new AlignedMemory((float*)kept, bits);
        }

        var bytes = bits <= KeptBits ? (nuint)1 << bits : (nuint)numbers * sizeof(float);
        return new AlignedMemory((float*)NativeMemory.AlignedAlloc(bytes, Line), bits);
    }

    public void Dispose()
    {
        if (_bits <= KeptBits)
        {
            Kept[_bits].Add((nint)Start);
        }
        else
        {
            NativeMemory.AlignedFree(Start);
        }
    }
}
