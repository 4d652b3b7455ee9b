// n numbers in all, m of them a rank's own.
namespace Phi4R.Native;

/// <summary>The processes that train one model together; each of them is a rank.</summary>
/// <remarks>
/// Every rank calls the same methods in the same order, and each call returns when all have made it. Ranges of a
/// tensor that belong to ranks lie one behind the other in the order of ranks; a range may be empty.
/// </remarks>
public interface ICollective : IDisposable
{
    /// <summary>This process's number, from 0; rank 0 writes what is written.</summary>
    int Rank { get; }

    /// <summary>How many processes there are.</summary>
    int Size { get; }

    /// <summary>Adds up a tensor over all ranks; each rank gets its own range of the sum.</summary>
    /// <param name="whole">[n] contiguous 32-bit numbers; as it was afterwards.</param>
    /// <param name="own">[m] contiguous 32-bit numbers; what is written to.</param>
    /// <param name="counts">Numbers of each rank's range, n together.</param>
    void SumScatter(Tensor whole, Tensor own, IReadOnlyList<long> counts);

    /// <summary>Gives every rank the ranges of all others.</summary>
    /// <param name="whole">
    /// [n] contiguous 32-bit numbers or bytes, of which this rank's own range is filled; all of it is afterwards.
    /// </param>
    /// <param name="counts">Numbers of each rank's range, n together.</param>
    void Gather(Tensor whole, IReadOnlyList<long> counts);

    /// <summary>Gives every rank the bytes of all, in the order of ranks.</summary>
    byte[][] Gather(byte[] own);

    /// <summary>Ends all ranks at once, where this one cannot go on; it does not return.</summary>
    /// <param name="exitCode">The exit code of the whole.</param>
    void Abort(int exitCode);
}
