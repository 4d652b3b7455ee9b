using System.Diagnostics;
using Phi4R.Kernels;

namespace Phi4R.Benchmarks;

/// <summary>Seconds that things take.</summary>
internal static class Timing
{
    /// <summary>The median of several times, after some that do not count.</summary>
    public static double Median(int times, Action body)
    {
        var seconds = new List<double>();
        for (var i = 0; i < times + (times / 3) + 1; i++)
        {
            var clock = Stopwatch.StartNew();
            body();
            if (i > times / 3)
            {
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
        }

        return seconds.Order().ElementAt(seconds.Count / 2);
    }

    /// <summary>The best of several times, after one that does not count.</summary>
    public static double Best(int times, Action body)
    {
        body();
        return Enumerable.Range(0, times).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            body();
            return clock.Elapsed.TotalSeconds;
        });
    }

    /// <summary>Seconds of one product of a packed matrix with some rows.</summary>
    public static unsafe double Multiply(PackedMatrix matrix, int rows)
    {
        var (x, y) = (new float[rows * matrix.Inputs], new float[rows * matrix.PaddedOutputs]);
        fixed (float* from = x, to = y)
        {
            var (source, target) = ((nint)from, (nint)to);
            return Median(30, () =>
            {
                for (var i = 0; i < 100; i++)
                {
                    matrix.Multiply((float*)source, (float*)target, rows, add: false);
                }
            }) / 100;
        }
    }
}
