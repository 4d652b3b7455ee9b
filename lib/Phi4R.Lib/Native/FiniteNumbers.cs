using System.Numerics;
using System.Runtime.InteropServices;

namespace Phi4R.Native;

/// <summary>Tells numbers from NaN and infinity by their bits, as fast as memory brings them.</summary>
internal static class FiniteNumbers
{
    /// <summary>How many of the numbers are NaN or infinite; 0 where the type has neither.</summary>
    /// <param name="numbers">As they lie in memory.</param>
    public static long CountOthers(ReadOnlySpan<byte> numbers, ScalarType type) => type switch
    {
        ScalarType.BFloat16 => Count<ushort>(numbers, 0x7f80),
        ScalarType.Float16 => Count<ushort>(numbers, 0x7c00),
        ScalarType.Float32 => Count<uint>(numbers, 0x7f80_0000),
        ScalarType.Float64 => Count<ulong>(numbers, 0x7ff0_0000_0000_0000),
        _ => 0,
    };

    // Infinite, or none, is a number whose exponent is all ones.
    private static long Count<T>(ReadOnlySpan<byte> bytes, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var numbers = MemoryMarshal.Cast<byte, T>(bytes);
        var vectors = MemoryMarshal.Cast<T, Vector<T>>(numbers);
        var ones = new Vector<T>(exponent);
        var found = 0L;
        for (var i = 0; i < vectors.Length; i++)
        {
            if (Vector.EqualsAny(vectors[i] & ones, ones))
            {
                found += OneByOne(numbers.Slice(i * Vector<T>.Count, Vector<T>.Count), exponent);
            }
        }

        return found + OneByOne(numbers[(vectors.Length * Vector<T>.Count)..], exponent);
    }

    private static long OneByOne<T>(ReadOnlySpan<T> numbers, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var found = 0L;
        foreach (var number in numbers)
        {
            found += (number & exponent) == exponent ? 1 : 0;
        }

        return found;
    }
}
