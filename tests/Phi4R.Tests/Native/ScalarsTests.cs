
namespace Phi4R.Tests.Native;

public sealed class ScalarsTests
{
    // A scalar that only libtorch's call knows must outlive the call, whatever the collector does meanwhile.
    [Fact]
    public void A_held_scalar_outlives_a_collection_and_an_old_one_is_let_go()
    {
        var (first, second) = (Make(1.5), Make(2));
        Collect();
        Assert.True(first.IsAlive && second.IsAlive);
        for (var i = 0; i < 2000; i++)
        {
            RootedScalar.Of(i);
        }

        Collect();
        Assert.False(first.IsAlive || second.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Make(double value) => new(RootedScalar.Of(value));

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }
    }
}
