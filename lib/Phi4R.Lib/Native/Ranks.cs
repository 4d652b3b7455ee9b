// n numbers of a tensor.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Phi4R.Native;

/// <summary>What ranks do together, made of what a collective can.</summary>
internal static class Ranks
{
    /// <summary>Numbers of a tensor that stay with one rank: blocks of 8-bit moments share a scale.</summary>
    public const int Block = 256;

    private static readonly JsonSerializerOptions Exact = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Numbers of each rank's range of a tensor of so many.</summary>
    public static long[] Counts(this ICollective ranks, long numbers)
    {
        var blocks = (numbers + Block - 1) / Block;
        var each = (blocks + ranks.Size - 1) / ranks.Size * Block;
        return [.. Enumerable.Range(0, ranks.Size)
            .Select(rank => Math.Clamp(numbers - (rank * each), 0, each))];
    }

    /// <summary>
    /// What of a step's records this rank works on: they are dealt to and fro, so that of records in the order of their
    /// lengths each rank gets about as many tokens. Alone: all, in their order.
    /// </summary>
    public static IReadOnlyList<T> Dealt<T>(this ICollective ranks, IReadOnlyList<T> records) => ranks.Size == 1
        ? records
        : [.. records.Where((_, i) => ranks.OwnerOf(i) == ranks.Rank)];

    /// <summary>The rank that a record is dealt to, by its place.</summary>
    public static int OwnerOf(this ICollective ranks, int place) => (place / ranks.Size) % 2 == 0
        ? place % ranks.Size
        : ranks.Size - 1 - (place % ranks.Size);

    /// <summary>
    /// Adds up numbers over ranks, each by its place; in the order of ranks, so that all have the same bits.
    /// </summary>
    public static double[] Sum(this ICollective ranks, params double[] own) =>
        Folded(ranks, own, (sum, more) => sum + more);

    /// <summary>The largest of each number over ranks; not a number where one is not.</summary>
    public static double[] Max(this ICollective ranks, params double[] own) => Folded(ranks, own, Math.Max);

    /// <summary>Whether it is so on any rank.</summary>
    public static bool Any(this ICollective ranks, bool own) =>
        ranks.Size == 1 ? own : ranks.Sum(own ? 1 : 0)[0] > 0;

    /// <summary>Cancels all ranks between the same two steps where one is asked to stop.</summary>
    /// <exception cref="OperationCanceledException">One was.</exception>
    public static void ThrowIfAnyCancelled(this ICollective ranks, CancellationToken cancel)
    {
        if (ranks.Size == 1)
        {
            cancel.ThrowIfCancellationRequested();
        }
        else if (ranks.Any(cancel.IsCancellationRequested))
        {
            throw new OperationCanceledException("A rank was asked to stop.", cancel);
        }
    }

    /// <summary>A value that rank 0 finds, and the others are given.</summary>
    public static T FromLead<T>(this ICollective ranks, Func<T> find) => ranks.Size == 1
        ? find()
        : JsonSerializer.Deserialize<T>(
            ranks.Gather(ranks.Rank == 0 ? JsonSerializer.SerializeToUtf8Bytes(find(), Exact) : [])[0], Exact)!;

    /// <summary>The values of all ranks, in their order.</summary>
    public static IReadOnlyList<T> All<T>(this ICollective ranks, T own) => ranks.Size == 1
        ? [own]
        : [.. ranks.Gather(JsonSerializer.SerializeToUtf8Bytes(own, Exact))
            .Select(bytes => JsonSerializer.Deserialize<T>(bytes, Exact)!)];

    /// <summary>Returns when all ranks are here.</summary>
    public static void Wait(this ICollective ranks) => ranks.Any(false);

    private static double[] Folded(ICollective ranks, double[] own, Func<double, double, double> fold)
    {
        if (ranks.Size == 1)
        {
            return own;
        }

        var bytes = new byte[own.Length * sizeof(double)];
        Buffer.BlockCopy(own, 0, bytes, 0, bytes.Length);
        return ranks.Gather(bytes).Select(Numbers).Aggregate((all, next) => [.. all.Zip(next, fold)]);
    }

    private static double[] Numbers(byte[] bytes)
    {
        var numbers = new double[bytes.Length / sizeof(double)];
        Buffer.BlockCopy(bytes, 0, numbers, 0, bytes.Length);
        return numbers;
    }
}
