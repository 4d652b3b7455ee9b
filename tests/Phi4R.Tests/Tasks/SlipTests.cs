using Phi4R.Foundation;
using Phi4R.Tasks.Pocket;

namespace Phi4R.Tests.Tasks;

public sealed class SlipTests
{
    // By hand: off by 1, by 10, or by 2 to 5, each way, as far as 0 and 99 let it.
    [Theory]
    [InlineData(50, new[] { 40, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 60 })]
    [InlineData(3, new[] { 0, 1, 2, 4, 5, 6, 7, 8, 13 })]
    [InlineData(95, new[] { 85, 90, 91, 92, 93, 94, 96, 97, 98, 99 })]
    [InlineData(0, new[] { 1, 2, 3, 4, 5, 10 })]
    [InlineData(99, new[] { 89, 94, 95, 96, 97, 98 })]
    public void A_slip_is_one_of_these_and_each_of_these_is_a_slip(int result, int[] slips)
    {
        var stream = Randomness.For(1, "slips");
        Assert.Equal(slips, Enumerable.Range(0, 3_000).Select(_ => Slip.Draw(stream, result)).Distinct().Order());
    }

    // Only after another slip does a step come to such a number; no draw is repeated until it fits, so none can hang.
    [Theory]
    [InlineData(-20)]
    [InlineData(250)]
    public void A_result_out_of_range_slips_too(int result) =>
        Assert.NotEqual(result, Slip.Draw(Randomness.For(1, "slips"), result));
}
