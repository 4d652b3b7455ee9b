using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class MajorityVoteTests
{
    [Theory]
    [InlineData("1c 1c 2", 1)]
    [InlineData("2 2 1c", 0)]
    [InlineData("2 1c", 0.5)]
    [InlineData("2 3 1c", 1.0 / 3)]
    [InlineData("2 - - 1c 1c - - -", 1)] // Those without an answer do not vote.
    [InlineData("- -", 0)]
    [InlineData("1/2 0.5 7c", 0)] // One half is one answer, however it is written.
    [InlineData("1/2c 0.5c 7 7 7", 0)]
    [InlineData("1/2c 0.5c \\frac{1}{2}c 7 7", 1)]
    [InlineData("B B Ac", 0)]
    public void The_most_frequent_answer_decides_and_a_tie_is_shared(string votes, double share)
    {
        var vote = new MajorityVote();
        foreach (var word in votes.Split(' '))
        {
            vote.Add(word == "-" ? null : word.TrimEnd('c'), word.EndsWith('c'));
        }

        Assert.Equal(share, vote.Share, tolerance: 1e-12);
    }
}
