namespace Phi4R.Foundation;

/// <summary>Measures how much memory the process holds at the most while something runs.</summary>
public static class PeakMemory
{
    /// <summary>Runs it.</summary>
    /// <returns>Bytes in memory at the most, above those at the start, looked at a thousand times a second.</returns>
    public static long During(Action body)
    {
        using var done = new ManualResetEventSlim();
        var start = Environment.WorkingSet;
        var peak = start;
        var watcher = new Thread(() =>
        {
            do
            {
                peak = Math.Max(peak, Environment.WorkingSet);
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
}
