// n numbers in all, m of them a rank's own.
namespace Phi4R.Native;

/// <summary>The processes that mpirun started, with what lies on cards sent from card to card by NCCL.</summary>
/// <remarks>
/// What ranks find each other by goes over another collective, and so does all that is not on a card. One rank to a
/// card.
/// </remarks>
public sealed class NcclCollective : ICollective
{
    private readonly ICollective _host;
    private readonly NcclLibrary _library;
    private readonly Func<Tensor, bool> _takes;
    private nint _communicator;

    internal NcclCollective(ICollective host, NcclLibrary library, Func<Tensor, bool> takes)
    {
        (_host, _library, _takes) = (host, library, takes);
        var id = host.Gather(host.Rank == 0 ? library.NewId() : [])[0];
        _communicator = library.Join(id, host.Rank, host.Size);
    }

    /// <inheritdoc/>
    public int Rank => _host.Rank;

    /// <inheritdoc/>
    public int Size => _host.Size;

    /// <summary>
    /// Ranks whose cards talk to each other where they have cards and NCCL is there; else the ranks as they are.
    /// </summary>
    /// <param name="host">Is disposed with what is returned.</param>
    /// <param name="device">The device of this rank.</param>
    /// <param name="log">Told why cards do not talk to each other, where they do not.</param>
    /// <exception cref="InvalidOperationException">Some ranks have a card, or NCCL, and others have none.</exception>
    public static ICollective Over(ICollective host, Device device, Action<string>? log = null)
    {
        var why = "";
        var library = host.Size > 1 && device.type == DeviceType.CUDA ? NcclLibrary.Find(out why) : null;
        if (host.Size > 1 && host.All(library is not null) is var all && all.Any(has => has != all[0]))
        {
            throw new InvalidOperationException($"Ranks {string.Join(", ", all.Index().Where(rank => rank.Item)
                .Select(rank => rank.Index))} have a card and NCCL, and the others have not"
                + (why.Length > 0 ? $": {why}" : "") + ". Start all ranks on machines alike, or all with "
                + "PHI4R_DEVICE=cpu.");
        }

        if (library is null)
        {
            if (why.Length > 0)
            {
                log?.Invoke($"gradients pass through the host's memory, since there is no NCCL: {why}");
            }

            return host;
        }

        DeviceMemory.Select(device);
        return new NcclCollective(host, library, tensor => tensor.device_type == DeviceType.CUDA);
    }

    /// <inheritdoc/>
    public void SumScatter(Tensor whole, Tensor own, IReadOnlyList<long> counts)
    {
        if (!_takes(whole))
        {
            _host.SumScatter(whole, own, counts);
            return;
        }

        _library.SumScatter(_communicator, Address(whole.Shaped([counts.Sum()])), Address(own.Shaped([counts[Rank]])),
            counts);
        GC.KeepAlive(whole);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public void Gather(Tensor whole, IReadOnlyList<long> counts)
    {
        if (!_takes(whole))
        {
            _host.Gather(whole, counts);
            return;
        }

        var bytes = whole.dtype switch
        {
            ScalarType.Float32 => sizeof(float),
            ScalarType.Byte => 1,
            _ => throw new ArgumentException($"Ranks exchange 32-bit numbers and bytes; this tensor is {whole.dtype}."),
        };
        _library.Gather(_communicator, Address(whole.Shaped([counts.Sum()])), counts, bytes);
        GC.KeepAlive(whole);
    }

    /// <inheritdoc/>
    public byte[][] Gather(byte[] own) => _host.Gather(own);

    /// <inheritdoc/>
    public void Abort(int exitCode)
    {
        if (_communicator != 0)
        {
            _library.Abort(_communicator);
            _communicator = 0; // It is freed with that.
        }

        _host.Abort(exitCode);
    }

    public void Dispose()
    {
        if (_communicator != 0)
        {
            _library.Destroy(_communicator);
            _communicator = 0;
        }

        _host.Dispose();
    }

    private static unsafe nint Address(Tensor tensor) =>
        tensor.numel() > 0 ? (nint)NativeData.OnDevice(tensor) : 0;
}
