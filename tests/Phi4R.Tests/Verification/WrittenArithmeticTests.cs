using Phi4R.Verification;

namespace Phi4R.Tests.Verification;

public sealed class WrittenArithmeticTests
{
    [Theory]
    [InlineData("48/2 = 24", false)]
    [InlineData("48/2 = 25", true)]
    [InlineData("first 6*4=24, then 24+2*2=28", false)]
    [InlineData("first 6*4=24, then 24+2*2=52.", true)] // From the left, without products first, it is 52.
    [InlineData("3 - 5 = -2 and 10/3 = 3.33", false)]
    [InlineData("10/3 = 3.34", true)]
    [InlineData("7/2 = 3", true)]
    [InlineData("7 × 6 = 41", true)]
    [InlineData("x - 5 = 3, 2x + 1 = 9, 2^3 + 1 = 4, (1 + 2) * 3 = 7, -9 + 4 = 5", false)] // More than plain numbers.
    [InlineData("1 + 1 = 2 + 3 = 5", false)] // A chain is none of one step.
    [InlineData("5! + 1 = 7, 50% - 1 = 3, 1/0 = 3, 3 + 4 = 7.5x", false)]
    [InlineData("", false)]
    public void A_false_sum_of_plain_numbers_is_found_and_no_other(string text, bool isThere) =>
        Assert.Equal(isThere, WrittenArithmetic.AnyFalse(text));
}
