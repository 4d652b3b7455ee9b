
namespace Phi4R.Tests.Reference;

/// <summary>Ranks that are threads of this process, each with a model of its own: sums are loops over ranks.</summary>
internal sealed class ThreadRanks : ICollective
{
    private readonly Shared _shared;

    private ThreadRanks(Shared shared, int rank) => (_shared, Rank) = (shared, rank);

    public int Rank { get; }

    public int Size => _shared.Tensors.Length;

    /// <summary>Does the same work on every rank at once; gives what each returned, or throws what one threw.</summary>
    public static T[] Run<T>(int size, Func<ICollective, T> work)
    {
        using var shared = new Shared(size);
        var (results, errors) = (new T[size], new Exception?[size]);
        Thread[] threads = [.. Enumerable.Range(0, size).Select(rank => new Thread(() =>
        {
            try
            {
                set_num_threads(1);
                results[rank] = work(new ThreadRanks(shared, rank));
            }
            catch (Exception error)
            {
                errors[rank] = error;
                shared.Lost.Cancel();
            }
        }))];
        threads.ToList().ForEach(thread => thread.Start());
        threads.ToList().ForEach(thread => thread.Join());
        return errors.All(error => error is null) ? results
            : throw errors.FirstOrDefault(error => error is not (null or LostException))
                ?? errors.First(error => error is not null)!;
    }

    public void SumScatter(Tensor whole, Tensor own, IReadOnlyList<long> counts)
    {
        _shared.Tensors[Rank] = whole;
        Meet();
        var start = counts.Take(Rank).Sum();
        own.zero_();
        foreach (var other in _shared.Tensors)
        {
            using var scope = NewDisposeScope();
            own.add_(other!.narrow(0, start, counts[Rank]));
        }

        Meet();
    }

    public void Gather(Tensor whole, IReadOnlyList<long> counts)
    {
        _shared.Tensors[Rank] = whole;
        Meet();
        for (var other = 0; other < Size; other++)
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            if (other != Rank)
            {
                var start = counts.Take(other).Sum();
                whole.narrow(0, start, counts[other]).copy_(
                    _shared.Tensors[other]!.narrow(0, start, counts[other]));
            }
        }

        Meet();
    }

    public byte[][] Gather(byte[] own)
    {
        _shared.Bytes[Rank] = own;
        Meet();
        byte[][] all = [.. _shared.Bytes.Select(bytes => bytes!.ToArray())];
        Meet();
        return all;
    }

    public void Abort(int exitCode) => throw new NotSupportedException("A thread does not end the process.");

    public void Dispose()
    {
    }

    private void Meet()
    {
        try
        {
            _shared.Barrier.SignalAndWait(_shared.Lost.Token);
        }
        catch (OperationCanceledException)
        {
            throw new LostException();
        }
    }

    private sealed class LostException() : Exception("Another rank is lost.");

    private sealed class Shared(int size) : IDisposable
    {
        public Barrier Barrier { get; } = new(size);

        public CancellationTokenSource Lost { get; } = new();

        public Tensor?[] Tensors { get; } = new Tensor?[size];

        public byte[]?[] Bytes { get; } = new byte[]?[size];

        public void Dispose()
        {
            Barrier.Dispose();
            Lost.Dispose();
        }
    }
}
