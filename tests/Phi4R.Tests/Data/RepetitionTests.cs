using Phi4R.Data;

namespace Phi4R.Tests.Data;

public sealed class RepetitionTests
{
    [Theory]
    [InlineData("<think>4+7=11; 4+7=11; 4+7=11; 4+7=11;", true)]
    [InlineData("<think>4+7=11; 4+7=11; 4+7=11; </think>\\boxed{11}", false)]
    [InlineData("<think>9+2=11; so 17 mod 7=3; so 17 mod 7=3; so 17 mod 7=3; so 17 mod 7=3; ", true)]
    [InlineData("<think>3*4=12; 12 mod 9=3; 3*4=12; 12 mod 9=3; 3*4=12; 12 mod 9=3; </think>\\boxed{3}", false)]
    [InlineData("<think>4+7=11; 11+7=18; 18+7=25; 25+7=32; 32+7=39; </think>\\boxed{39}", false)]
    [InlineData("", false)]
    public void Four_times_in_a_row_is_repetitive(string text, bool expected) =>
        Assert.Equal(expected, Repetition.IsRepetitive(text, RepetitionConfig.Pocket));

    [Fact]
    public void A_longer_block_is_found_as_far_as_is_looked()
    {
        var text = string.Concat(Enumerable.Repeat("let me think about this again from the start. ", 5));
        Assert.True(Repetition.IsRepetitive(text, new RepetitionConfig { Times = 5, LongestBlock = 9 }));
        Assert.False(Repetition.IsRepetitive(text, new RepetitionConfig { Times = 5, LongestBlock = 8 }));
        Assert.False(Repetition.IsRepetitive(text, new RepetitionConfig { Times = 6, LongestBlock = 9 }));
    }
}
