using System.Runtime.InteropServices;
using System.Text;

namespace Phi4R.Native;

/// <summary>Open MPI's library by its C interface, found when it is asked for.</summary>
/// <remarks>
/// Its constants are addresses of what the library exports, such as <c>ompi_mpi_comm_world</c>: the interface of Open
/// MPI 3 to 5. Another MPI has other constants, and does not export these.
/// </remarks>
internal sealed unsafe class MpiLibrary
{
    /// <summary>What a call is given for "the data stand in the other buffer already".</summary>
    public const nint InPlace = 1;

    private const int Serialized = 2;
    private const int LongestError = 512;
    private static readonly string[] Names = ["libmpi.so.40", "libmpi.so", "libmpi.dylib"];
    private readonly nint _library;
    private readonly nint _world;

    private MpiLibrary(nint library)
    {
        _library = library;
        _world = Export("ompi_mpi_comm_world");
        (Float, Bytes, Plus) = (Export("ompi_mpi_float"), Export("ompi_mpi_byte"), Export("ompi_mpi_op_sum"));
    }

    /// <summary>The type of 32-bit numbers.</summary>
    public nint Float { get; }

    /// <summary>The type of bytes.</summary>
    public nint Bytes { get; }

    private nint Plus { get; }

    /// <summary>Opens the library; nothing is begun with it.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or another MPI's.</exception>
    public static MpiLibrary Open()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new MpiLibrary(library);
            }
        }

        throw new InvalidOperationException(
            $"None of {string.Join(", ", Names)} can be loaded, and several processes train together by Open MPI. "
            + "Install it (Debian and Ubuntu: apt-get install openmpi-bin), or start the command without mpirun.");
    }

    /// <summary>Begins; once in a process.</summary>
    public void Begin()
    {
        int level;
        Check(((delegate* unmanaged<nint, nint, int, int*, int>)Export("MPI_Init_thread"))(
            0, 0, Serialized, &level), "MPI_Init_thread");
        if (level < Serialized)
        {
            throw new InvalidOperationException($"This Open MPI can be called from one thread only (level {level}, and "
                + $"{Serialized} is needed). Install one that is built for threads.");
        }

        Check(((delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler"))(
            _world, Export("ompi_mpi_errors_return")), "MPI_Comm_set_errhandler");
    }

    public int Rank => Number("MPI_Comm_rank");

    public int Size => Number("MPI_Comm_size");

    public void ReduceScatter(nint from, nint to, int[] counts)
    {
        fixed (int* each = counts)
        {
            Check(((delegate* unmanaged<nint, nint, int*, nint, nint, nint, int>)Export("MPI_Reduce_scatter"))(
                from, to, each, Float, Plus, _world), "MPI_Reduce_scatter");
        }
    }

    /// <param name="from">The own range, or <see cref="InPlace"/>.</param>
    /// <param name="count">Elements of it.</param>
    public void Allgather(nint from, int count, nint to, int[] counts, nint type)
    {
        var starts = new int[counts.Length];
        for (var rank = 1; rank < starts.Length; rank++)
        {
            starts[rank] = checked(starts[rank - 1] + counts[rank - 1]);
        }

        fixed (int* each = counts, at = starts)
        {
            Check(((delegate* unmanaged<nint, int, nint, nint, int*, int*, nint, nint, int>)
                Export("MPI_Allgatherv"))(from, count, type, to, each, at, type, _world), "MPI_Allgatherv");
        }
    }

    public void Abort(int exitCode) =>
        _ = ((delegate* unmanaged<nint, int, int>)Export("MPI_Abort"))(_world, exitCode);

    public void End() => _ = ((delegate* unmanaged<int>)Export("MPI_Finalize"))();

    private int Number(string function)
    {
        int number;
        Check(((delegate* unmanaged<nint, int*, int>)Export(function))(_world, &number), function);
        return number;
    }

    private nint Export(string name) => NativeLibrary.TryGetExport(_library, name, out var address)
        ? address
        : throw new InvalidOperationException($"The MPI library that was found does not export {name}: it is not "
            + "Open MPI's. Install Open MPI (Debian and Ubuntu: apt-get install openmpi-bin).");

    private void Check(int code, string function)
    {
        if (code != 0)
        {
            var text = stackalloc byte[LongestError];
            var length = 0;
            _ = ((delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string"))(code, text, &length);
            throw new InvalidOperationException($"{function} failed: {Encoding.UTF8.GetString(text, length)}. Another "
                + "rank is likely lost. Start the same command again: it goes on from the last checkpoint.");
        }
    }
}
