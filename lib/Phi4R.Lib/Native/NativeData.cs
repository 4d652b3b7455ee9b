using System.Security.Cryptography;

namespace Phi4R.Native;

/// <summary>The memory behind a tensor on the CPU.</summary>
internal static unsafe class NativeData
{
    private const int Part = 1 << 26;
    private const int HashedPart = 1 << 22;

    /// <summary>The address of the first element; valid while the tensor lives.</summary>
    /// <param name="tensor">[any] contiguous, on the CPU.</param>
    public static void* Of(Tensor tensor)
    {
        if (!tensor.is_contiguous() || tensor.device_type != DeviceType.CPU)
        {
            throw new ShapeException("A kernel needs contiguous memory on the processor; it was given "
                + $"{tensor.device} memory with strides [{string.Join(", ", tensor.stride())}].");
        }

        return (void*)Pointer(tensor.Handle);
    }

    /// <summary>The address of the first element on whatever device; valid while the tensor lives.</summary>
    /// <param name="tensor">[any] contiguous.</param>
    public static void* OnDevice(Tensor tensor) => tensor.is_contiguous()
        ? (void*)Pointer(tensor.Handle)
        : throw new ShapeException($"Contiguous memory is needed; strides are [{string.Join(", ", tensor.stride())}].");

    /// <summary>The elements as a span of 32-bit numbers.</summary>
    /// <param name="tensor">[any] contiguous 32-bit floats on the CPU.</param>
    public static Span<float> Floats(Tensor tensor) => new(Of(tensor), checked((int)tensor.numel()));

    /// <summary>
    /// The bytes of all elements in order, a part at a time: an embedding of the real model has more than one span
    /// holds.
    /// </summary>
    /// <param name="tensor">[any] contiguous, on the CPU.</param>
    public static void Parts(Tensor tensor, Action<ReadOnlySpan<byte>> take)
    {
        var bytes = tensor.numel() * tensor.element_size();
        var source = bytes > 0 ? (byte*)Of(tensor) : null;
        for (long done = 0; done < bytes; done += Part)
        {
            take(new ReadOnlySpan<byte>(source + done, (int)Math.Min(bytes - done, Part)));
        }

        GC.KeepAlive(tensor);
    }

    /// <summary>SHA-256 of each part of the elements' bytes, one after the other.</summary>
    /// <param name="tensor">[any] contiguous, on the CPU.</param>
    public static byte[] HashesOfParts(Tensor tensor)
    {
        var bytes = tensor.numel() * tensor.element_size();
        var source = bytes > 0 ? (nint)Of(tensor) : 0;
        var hashes = new byte[(bytes + HashedPart - 1) / HashedPart * SHA256.HashSizeInBytes];
        Parallel.For(0, hashes.Length / SHA256.HashSizeInBytes, i =>
        {
            var done = (long)i * HashedPart;
            var part = new ReadOnlySpan<byte>((byte*)source + done, (int)Math.Min(bytes - done, HashedPart));
            SHA256.HashData(part, hashes.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
        });
        GC.KeepAlive(tensor);
        return hashes;
    }

    /// <summary>Whether two tensors of one shape and type have the same bytes.</summary>
    /// <param name="one">[any] contiguous, on the CPU.</param>
    /// <param name="other">[as the first] contiguous, on the CPU.</param>
    public static bool Same(Tensor one, Tensor other)
    {
        var bytes = one.numel() * one.element_size();
        byte* left = (byte*)Of(one), right = (byte*)Of(other);
        var same = true;
        for (long done = 0; same && done < bytes; done += Part)
        {
            var count = (int)Math.Min(bytes - done, Part);
            same = new ReadOnlySpan<byte>(left + done, count).SequenceEqual(
                new ReadOnlySpan<byte>(right + done, count));
        }

        GC.KeepAlive(one);
        GC.KeepAlive(other);
        return same;
    }

    [System.Runtime.InteropServices.DllImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static extern IntPtr Pointer(IntPtr tensor);
}
