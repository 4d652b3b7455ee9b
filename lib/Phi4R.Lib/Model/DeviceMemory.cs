using System.Runtime.InteropServices;

namespace Phi4R.Model;

/// <summary>How much of a CUDA device's memory is taken, by this process and by others, and free.</summary>
/// <remarks>
/// TorchSharp binds no memory statistics; the CUDA runtime that libtorch has loaded is asked instead. libtorch's allocator keeps what tensors gave back, so
/// that the figure never falls: read after some work, it is what the work needed at the most, with what was kept in pieces too small to be used.
/// </remarks>
internal static unsafe class DeviceMemory
{
    // The ones that a build of libtorch may stand on.
    private static readonly string[] Runtimes = ["libcudart.so.13", "libcudart.so.12"];

    private static readonly Lazy<nint> Ask = new(() => Runtimes
        .Select(name => NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "cudaMemGetInfo", out var address) ? address : 0)
        .FirstOrDefault(address => address != 0));

    /// <summary>Bytes taken on the current device; null where no CUDA runtime is loaded.</summary>
    public static long? Taken() => Asked() is var (free, all) ? all - free : null;

    /// <summary>Bytes free on the current device, without what libtorch's allocator keeps for its next tensors; null where no CUDA runtime is loaded.</summary>
    public static long? Free() => Asked()?.Free;

    private static (long Free, long All)? Asked()
    {
        nuint free, all;
        return Ask.Value != 0 && ((delegate* unmanaged<nuint*, nuint*, int>)Ask.Value)(&free, &all) == 0 ? ((long)free, (long)all) : null;
    }
}
