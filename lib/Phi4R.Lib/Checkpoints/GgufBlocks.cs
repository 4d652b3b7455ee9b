using System.Runtime.InteropServices;

namespace Phi4R.Checkpoints;

/// <summary>Numbers in the forms that a GGUF file holds, written and read.</summary>
/// <remarks>
/// Source: ggml's description of its types (MIT): F32 is 0, F16 is 1, Q8_0 is 8; a block of Q8_0 is a scale in half
/// precision, the largest magnitude over 127, and 32 signed bytes, rounded half away from zero.
/// </remarks>
internal static class GgufBlocks
{
    /// <summary>Numbers of one block of Q8_0.</summary>
    public const int Block = 32;

    private const int BlockBytes = sizeof(ushort) + Block;
    private const float Steps = 127;

    /// <summary>The number that stands for a type in the file.</summary>
    public static uint Code(GgufType type) => type switch { GgufType.F32 => 0, GgufType.F16 => 1, _ => 8 };

    /// <summary>Bytes of so many numbers.</summary>
    public static long Bytes(GgufType type, long count) => type switch
    {
        GgufType.F32 => count * sizeof(float),
        GgufType.F16 => count * sizeof(ushort),
        _ => count / Block * BlockBytes,
    };

    /// <summary>Writes numbers, whole blocks of them, into bytes.</summary>
    public static void Write(GgufType type, ReadOnlySpan<float> numbers, Span<byte> bytes)
    {
        if (type == GgufType.F32)
        {
            MemoryMarshal.AsBytes(numbers).CopyTo(bytes);
            return;
        }

        if (type == GgufType.F16)
        {
            var halves = MemoryMarshal.Cast<byte, Half>(bytes);
            for (var i = 0; i < numbers.Length; i++)
            {
                halves[i] = (Half)numbers[i];
            }

            return;
        }

        for (; !numbers.IsEmpty; numbers = numbers[Block..], bytes = bytes[BlockBytes..])
        {
            var scale = Largest(numbers[..Block]) / Steps;
            var inverse = scale == 0 ? 0 : 1 / scale;
            MemoryMarshal.Write(bytes, (Half)scale);
            for (var i = 0; i < Block; i++)
            {
                bytes[sizeof(ushort) + i] =
                    (byte)(sbyte)MathF.Round(numbers[i] * inverse, MidpointRounding.AwayFromZero);
            }
        }
    }

    /// <summary>The largest magnitude.</summary>
    public static float Largest(ReadOnlySpan<float> numbers)
    {
        var largest = 0f;
        foreach (var number in numbers)
        {
            largest = Math.Max(largest, Math.Abs(number));
        }

        return largest;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static void Read(GgufType type, ReadOnlySpan<byte> bytes, Span<float> numbers)
    {
        if (type == GgufType.F32)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(numbers));
            return;
        }

        if (type == GgufType.F16)
        {
            var halves = MemoryMarshal.Cast<byte, Half>(bytes);
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (float)halves[i];
            }

            return;
        }

        for (; !numbers.IsEmpty; numbers = numbers[Block..], bytes = bytes[BlockBytes..])
        {
            var scale = (float)MemoryMarshal.Read<Half>(bytes);
            for (var i = 0; i < Block; i++)
            {
                numbers[i] = scale * (sbyte)bytes[sizeof(ushort) + i];
            }
        }
    }

    /// <summary>By how much a number may differ once it was written and read.</summary>
    /// <param name="number">The number.</param>
    /// <param name="largest">The largest magnitude of its block; of itself where there are no blocks.</param>
    public static double MostError(GgufType type, float number, float largest)
    {
        const double HalfStep = 1.0 / (1 << 11);
        const double Least = 1.0 / (1 << 25);
        var scale = largest / Steps;
        return type switch
        {
            GgufType.F32 => 0,
            GgufType.F16 => (Math.Abs(number) * HalfStep) + Least,
            _ => (scale * (0.5 + 1e-5)) + (Steps * ((scale * HalfStep) + Least)),
        };
    }
}
