using Phi4R.Kernels;

namespace Phi4R.Tests.Kernels;

public sealed class CpuThreadPoolTests
{
    // One, as on a machine of one core, or where mpirun gave the process one.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_item_is_worked_on_once_and_the_pool_ends(int threads)
    {
        var done = new int[1000];
        using (var pool = new CpuThreadPool(threads))
        {
            pool.Over(done.Length, 7, (start, end) =>
            {
                for (var i = start; i < end; i++)
                {
                    Interlocked.Increment(ref done[i]);
                }
            });
        }

        Assert.All(done, count => Assert.Equal(1, count));
    }
}
