using System.Runtime.InteropServices;

namespace Phi4R.Foundation;

/// <summary>
/// Measures how much native memory is in use at the most while something runs: what tensors take, on the CPU.
/// </summary>
/// <remarks>
/// The process's size would not tell, since the allocator keeps what is freed. Needs glibc, as libtorch for Linux does.
/// </remarks>
internal static class PeakMemory
{
    /// <summary>Runs it.</summary>
    /// <returns>Bytes in use at the most, above those at the start, looked at a thousand times a second.</returns>
    public static long During(Action body)
    {
        using var done = new ManualResetEventSlim();
        var start = InUse();
        var peak = start;
        var watcher = new Thread(() =>
        {
            do
            {
                peak = Math.Max(peak, InUse());
            }
            while (!done.Wait(1));
        });
        watcher.Start();
        try
        {
            body();
        }
        finally
        {
            done.Set();
            watcher.Join();
        }

        return peak - start;
    }

    // Blocks within the heaps, and blocks that were mapped alone.
    private static long InUse()
    {
        var all = mallinfo2();
        return (long)(all.InHeaps + all.Mapped);
    }

    [DllImport("libc")]
    private static extern Allocations mallinfo2();

    // As glibc lays it out.
    private readonly record struct Allocations(
        nuint Arena, nuint Free, nuint Bins, nuint Maps, nuint Mapped, nuint Unused, nuint FreeFast, nuint InHeaps,
        nuint FreeInHeaps, nuint Releasable);
}
