using System.Runtime.InteropServices;

namespace Phi4R.Native;

/// <summary>NCCL by its C interface, from where libtorch has it.</summary>
/// <remarks>
/// Source: NCCL's documentation of its API (types.html, comms.html, colls.html, group.html). libtorch's own CUDA
/// library holds it and exports its functions, or stands on a libnccl.so.2 that is loaded with it: two of them in one
/// process hang (pytorch issue 42517), so that a second one is never loaded beside the first. Never called on a card
/// where this was written: how its functions are called is seen through a library of the tests with the same names.
/// </remarks>
internal sealed unsafe class NcclLibrary
{
    /// <summary>Bytes of what ranks find each other by.</summary>
    public const int IdBytes = 128;

    private const int InProgress = 7;
    private const int Uint8 = 1;
    private const int Float32 = 7;
    private const int Plus = 0;

    private static readonly string[] Names = ["libtorch_cuda.so", "libnccl.so.2", "libnccl.so"];
    private readonly nint _library;

    private NcclLibrary(nint library) => _library = library;

    /// <summary>Finds the library; nothing is begun with it.</summary>
    /// <param name="names">Files to look in, in their order; null: libtorch's, and what it stands on.</param>
    /// <param name="why">What was looked at and not found; empty where it was.</param>
    /// <returns>Null where no file has all functions.</returns>
    public static NcclLibrary? Find(out string why, IReadOnlyList<string>? names = null)
    {
        List<string> looked = [];
        foreach (var name in names ?? [.. Mapped(), .. Names])
        {
            if (!NativeLibrary.TryLoad(name, out var library))
            {
                looked.Add($"{name} cannot be loaded");
            }
            else if (Functions.FirstOrDefault(function => !NativeLibrary.TryGetExport(library, function, out _))
                is { } missing)
            {
                looked.Add($"{name} does not export {missing}");
            }
            else
            {
                why = "";
                return new NcclLibrary(library);
            }
        }

        why = string.Join(", ", looked);
        return null;
    }

    private static string[] Functions =>
    [
        "ncclGetUniqueId", "ncclCommInitRank", "ncclCommDestroy", "ncclCommAbort", "ncclCommGetAsyncError",
        "ncclGroupStart", "ncclGroupEnd", "ncclReduce", "ncclBroadcast", "ncclGetErrorString",
    ];

    /// <summary>What one rank makes and all are given.</summary>
    public byte[] NewId()
    {
        Id id;
        Check(((delegate* unmanaged<Id*, int>)Export("ncclGetUniqueId"))(&id), "ncclGetUniqueId");
        return new ReadOnlySpan<byte>(&id, IdBytes).ToArray();
    }

    /// <summary>Joins the others, on the device that is this thread's current one; returns when all have.</summary>
    public nint Join(byte[] id, int rank, int size)
    {
        Id given;
        id.AsSpan(0, IdBytes).CopyTo(new Span<byte>(&given, IdBytes));
        nint communicator;
        Check(((delegate* unmanaged<nint*, int, Id, int, int>)Export("ncclCommInitRank"))(
            &communicator, size, given, rank), "ncclCommInitRank");
        return communicator;
    }

    /// <summary>Adds up 32-bit numbers over ranks: each range comes to its own rank.</summary>
    /// <param name="whole">Address of all numbers.</param>
    /// <param name="own">Address of where this rank's range of the sum is to be.</param>
    public void SumScatter(nint communicator, nint whole, nint own, IReadOnlyList<long> counts) =>
        Ranges(communicator, counts, (start, count, rank) => Check(
            ((delegate* unmanaged<nint, nint, nuint, int, int, int, nint, nint, int>)Export("ncclReduce"))(
                whole + (nint)(start * sizeof(float)), own, (nuint)count, Float32, Plus, rank, communicator, 0),
            "ncclReduce"));

    /// <summary>Gives all ranks the range of each, in place.</summary>
    /// <param name="bytes">Of an element: 4, or 1 where elements are bytes.</param>
    public void Gather(nint communicator, nint whole, IReadOnlyList<long> counts, int bytes) =>
        Ranges(communicator, counts, (start, count, rank) => Check(
            ((delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Export("ncclBroadcast"))(
                whole + (nint)(start * bytes), whole + (nint)(start * bytes), (nuint)count,
                bytes == 1 ? Uint8 : Float32, rank, communicator, 0), "ncclBroadcast"));

    public void Destroy(nint communicator) => _ = ((delegate* unmanaged<nint, int>)Export("ncclCommDestroy"))(
        communicator);

    /// <summary>Ends what is under way, also where another rank is lost.</summary>
    public void Abort(nint communicator) => _ = ((delegate* unmanaged<nint, int>)Export("ncclCommAbort"))(
        communicator);

    // Ranges differ in length at the end and may be empty, which the collectives of equal parts cannot have; those of a
    // group run as one. All on the default stream, which is where libtorch computes.
    private void Ranges(nint communicator, IReadOnlyList<long> counts, Action<long, long, int> one)
    {
        Check(((delegate* unmanaged<int>)Export("ncclGroupStart"))(), "ncclGroupStart");
        try
        {
            var start = 0L;
            for (var rank = 0; rank < counts.Count; start += counts[rank++])
            {
                if (counts[rank] > 0)
                {
                    one(start, counts[rank], rank);
                }
            }
        }
        finally
        {
            Check(((delegate* unmanaged<int>)Export("ncclGroupEnd"))(), "ncclGroupEnd");
        }

        int state;
        Check(((delegate* unmanaged<nint, int*, int>)Export("ncclCommGetAsyncError"))(communicator, &state),
            "ncclCommGetAsyncError");
        Check(state, "NCCL");
    }

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);

    private void Check(int code, string function)
    {
        if (code is not (0 or InProgress))
        {
            var text = ((delegate* unmanaged<int, nint>)Export("ncclGetErrorString"))(code);
            throw new InvalidOperationException($"{function} failed: {Marshal.PtrToStringUTF8(text)}. Another rank is "
                + "likely lost, or a card cannot be reached; NCCL_DEBUG=WARN says more. Start the same command again: "
                + "it goes on from the last checkpoint.");
        }
    }

    private static IEnumerable<string> Mapped() => !OperatingSystem.IsLinux() ? [] : File.ReadLines("/proc/self/maps")
        .Where(line => line.Contains("/libtorch_cuda.so", StringComparison.Ordinal)
            || line.Contains("/libnccl", StringComparison.Ordinal))
        .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
        .Distinct()
        .OrderByDescending(name => name.Contains("/libtorch_cuda.so", StringComparison.Ordinal));

    [StructLayout(LayoutKind.Sequential, Size = IdBytes)]
    private struct Id
    {
        private readonly byte _first;
    }
}
