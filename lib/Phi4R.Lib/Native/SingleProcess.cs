namespace Phi4R.Native;

/// <summary>One process alone: everything is its own, and nothing is sent.</summary>
public sealed class SingleProcess : ICollective
{
    private SingleProcess()
    {
    }

    /// <summary>The only one there is.</summary>
    public static SingleProcess Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public void SumScatter(Tensor whole, Tensor own, IReadOnlyList<long> counts) => own.copy_(whole);

    /// <inheritdoc/>
    public void Gather(Tensor whole, IReadOnlyList<long> counts)
    {
    }

    /// <inheritdoc/>
    public byte[][] Gather(byte[] own) => [own];

    /// <inheritdoc/>
    public void Abort(int exitCode) => Environment.Exit(exitCode);

    public void Dispose()
    {
    }
}
