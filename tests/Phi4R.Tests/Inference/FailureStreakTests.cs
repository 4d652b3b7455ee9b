using Phi4R.Data;
using Phi4R.Inference;
using Phi4R.Inference.Remote;

namespace Phi4R.Tests.Inference;

/// <summary>Outcomes in a row, and the one that ends it: "a" answered, "f" failed, "r" refused.</summary>
public sealed class FailureStreakTests
{
    [Theory]
    [InlineData("fff", 2)]
    [InlineData("ffafff", 5)]
    [InlineData("rrr", 2)]
    [InlineData("rrarrrrr", -1)]
    [InlineData("arrfrrfrf", 8)]
    [InlineData("aaaa", -1)]
    public void Three_in_a_row_end_it_and_refusals_count_until_somebody_answered(string outcomes, int expected)
    {
        var streak = new FailureStreak(3);
        Assert.Equal(expected, outcomes.Select(streak.Ends).ToList().IndexOf(true));
    }
}

/// <summary>A letter for an outcome.</summary>
internal static class LetterOutcomes
{
    public static bool Ends(this FailureStreak streak, char letter) => streak.Ends(new ChatOutcome(
        new ChatTask("", [], new SamplingConfig { Temperature = 0, TopP = 1, MaxTokens = 1 }, 0),
        new Completion { TokenIds = [], Finish = letter == 'a' ? FinishReason.Stop : FinishReason.Failed },
        letter == 'a' ? null : "why", "")
    {
        IsRefused = letter == 'r',
    });
}
