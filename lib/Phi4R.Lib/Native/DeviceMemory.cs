using System.Runtime.InteropServices;

namespace Phi4R.Native;

/// <summary>How much of a CUDA device's memory is taken, by this process and by others, and free.</summary>
/// <remarks>
/// TorchSharp binds no memory statistics; the CUDA runtime that libtorch has loaded is asked instead. libtorch's
/// allocator keeps what tensors gave back, so that the figure never falls: read after some work, it is what the work
/// needed at the most, with what was kept in pieces too small to be used. Checked by reading alone where this was
/// written, on a machine without a card: that the runtime is found under the name of each package, and that a second
/// card is asked without moving this thread to it.
/// </remarks>
internal static unsafe class DeviceMemory
{
    // The ones that a build of libtorch may stand on; where its file bears another name, such as
    // libcudart-9335f6a2.so.12, it is found among what this process has mapped.
    private static readonly string[] Runtimes = ["libcudart.so.13", "libcudart.so.12"];

    private static readonly Lazy<nint> Runtime = new(() => Mapped().Concat(Runtimes)
        .Select(name => NativeLibrary.TryLoad(name, out var library) ? library : 0)
        .FirstOrDefault(library => library != 0));

    /// <summary>Bytes taken on a device; null where no CUDA runtime is loaded.</summary>
    public static long? Taken(Device device) => Asked(device) is var (free, all) ? all - free : null;

    /// <summary>
    /// Bytes free on a device, without what libtorch's allocator keeps for its next tensors; null where no CUDA runtime
    /// is loaded.
    /// </summary>
    public static long? Free(Device device) => Asked(device)?.Free;

    /// <summary>Makes a device this thread's current one, as libraries beside libtorch take it to be.</summary>
    /// <exception cref="InvalidOperationException">There is no CUDA runtime, or no such device.</exception>
    public static void Select(Device device)
    {
        if (Runtime.Value == 0 || !Function("cudaSetDevice", out var set)
            || ((delegate* unmanaged<int, int>)set)(Math.Max(0, device.index)) != 0)
        {
            throw new InvalidOperationException($"{device} cannot be chosen by the CUDA runtime. Is there one rank to "
                + "a card, and as many cards as ranks on a machine?");
        }
    }

    // The runtime answers for this thread's current device, which need not be the one that is meant.
    private static (long Free, long All)? Asked(Device device)
    {
        if (Runtime.Value == 0 || !Function("cudaGetDevice", out var get) || !Function("cudaSetDevice", out var set)
            || !Function("cudaMemGetInfo", out var info))
        {
            return null;
        }

        var current = 0;
        if (((delegate* unmanaged<int*, int>)get)(&current) != 0)
        {
            return null;
        }

        var meant = device.index < 0 ? current : device.index;
        if (meant != current && ((delegate* unmanaged<int, int>)set)(meant) != 0)
        {
            return null;
        }

        nuint free, all;
        var failed = ((delegate* unmanaged<nuint*, nuint*, int>)info)(&free, &all);
        if (meant != current)
        {
            _ = ((delegate* unmanaged<int, int>)set)(current);
        }

        return failed == 0 ? ((long)free, (long)all) : null;
    }

    private static bool Function(string name, out nint address) =>
        NativeLibrary.TryGetExport(Runtime.Value, name, out address);

    private static IEnumerable<string> Mapped() => !OperatingSystem.IsLinux() ? [] : File.ReadLines("/proc/self/maps")
        .Where(line => line.Contains("/libcudart", StringComparison.Ordinal))
        .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
        .Distinct();
}
