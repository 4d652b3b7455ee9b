namespace Phi4R.Foundation;

/// <summary>
/// Splits rows over the processor's cores in runs that depend on the count of rows alone, so that sums over runs do not
/// depend on the machine.
/// </summary>
internal static class Parallelism
{
    /// <summary>Runs that <see cref="Over"/> makes at the most.</summary>
    public const int MaxRuns = 16;

    private const int MinRows = 64;

    /// <summary>How many runs <paramref name="rows"/> rows make.</summary>
    public static int Runs(int rows) => Math.Clamp(rows / MinRows, 1, MaxRuns);

    /// <summary>Calls the body once for each run with its number, first row and end.</summary>
    public static void Over(int rows, Action<int, int, int> body)
    {
        var runs = Runs(rows);
        if (runs == 1)
        {
            body(0, 0, rows);
            return;
        }

        Parallel.For(0, runs, run => body(run, (int)((long)rows * run / runs), (int)((long)rows * (run + 1) / runs)));
    }

    /// <summary>
    /// Calls the body once for each of some pieces of work; a core that is done with one takes the next.
    /// </summary>
    public static void Each(int pieces, Action<int> body)
    {
        var cores = Math.Min(pieces, Environment.ProcessorCount);
        var next = -1;
        if (cores > 1)
        {
            Parallel.For(0, cores, _ => Take());
        }
        else
        {
            Take();
        }

        void Take()
        {
            while (Interlocked.Increment(ref next) is var piece && piece < pieces)
            {
                body(piece);
            }
        }
    }
}
