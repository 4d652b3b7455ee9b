// n numbers in all, m of them a rank's own.
namespace Phi4R.Native;

/// <summary>The processes that mpirun started, over Open MPI.</summary>
/// <remarks>
/// One to a process, which begins Open MPI when it is made and ends it when it is disposed. Calls come from one thread
/// at a time. A tensor on an accelerator passes through the host's memory.
/// </remarks>
public sealed class MpiCollective : ICollective
{
    private readonly MpiLibrary _library;

    private MpiCollective(MpiLibrary library) => (_library, Rank, Size) = (library, library.Rank, library.Size);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Joins the processes that were started together with this one.</summary>
    /// <exception cref="InvalidOperationException">Open MPI is not there, or does not begin.</exception>
    public static MpiCollective Join()
    {
        var library = MpiLibrary.Open();
        library.Begin();
        return new MpiCollective(library);
    }

    /// <inheritdoc/>
    public unsafe void SumScatter(Tensor whole, Tensor own, IReadOnlyList<long> counts)
    {
        using var scope = NewDisposeScope();
        var (from, to) = (OnHost(whole.Shaped([counts.Sum()])), OnHost(own.Shaped([counts[Rank]])));
        _library.ReduceScatter(Address(from), Address(to), Counts(counts));
        PutBack(to, own);
        GC.KeepAlive(from);
    }

    /// <inheritdoc/>
    public unsafe void Gather(Tensor whole, IReadOnlyList<long> counts)
    {
        using var scope = NewDisposeScope();
        var all = OnHost(whole.Shaped([counts.Sum()]));
        _library.Allgather(MpiLibrary.InPlace, 0, Address(all), Counts(counts), TypeOf(all));
        PutBack(all, whole);
    }

    /// <inheritdoc/>
    public unsafe byte[][] Gather(byte[] own)
    {
        var lengths = new long[Size];
        var length = (long)own.Length;
        fixed (long* all = lengths)
        {
            _library.Allgather((nint)(&length), sizeof(long), (nint)all,
                [.. Enumerable.Repeat(sizeof(long), Size)], _library.Bytes);
        }

        var bytes = new byte[Math.Max(1, lengths.Sum())];
        fixed (byte* all = bytes, mine = own)
        {
            _library.Allgather((nint)mine, own.Length, (nint)all, Counts(lengths), _library.Bytes);
        }

        var start = 0;
        return [.. lengths.Select(count => bytes.AsSpan((start += (int)count) - (int)count, (int)count).ToArray())];
    }

    /// <inheritdoc/>
    public void Abort(int exitCode) => _library.Abort(exitCode);

    public void Dispose() => _library.End();

    private static Tensor OnHost(Tensor tensor) => tensor.device_type == DeviceType.CPU ? tensor : tensor.cpu();

    // What was copied to the host goes back to where it came from.
    private static void PutBack(Tensor host, Tensor tensor)
    {
        if (!ReferenceEquals(host, tensor))
        {
            tensor.copy_(host);
        }

        GC.KeepAlive(host);
    }

    private static unsafe nint Address(Tensor tensor) => tensor.numel() > 0 ? (nint)NativeData.Of(tensor) : 0;

    private nint TypeOf(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.Float32 => _library.Float,
        ScalarType.Byte => _library.Bytes,
        _ => throw new ArgumentException($"Ranks exchange 32-bit numbers and bytes; this tensor is {tensor.dtype}."),
    };

    private static int[] Counts(IReadOnlyList<long> counts) => counts.Sum() <= int.MaxValue
        ? [.. counts.Select(count => (int)count)]
        : throw new ArgumentException($"{counts.Sum()} elements are to be exchanged at once; MPI counts to "
            + $"{int.MaxValue}.");
}
