using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tests.Data;

public sealed class CurationTests
{
    private static readonly CurationConfig Ten = new() { Count = 10, LevelWeights = [0, 1, 0, 0, 1], Styles = ["terse"] };

    [Fact]
    public void Each_reason_is_counted_once_and_everything_is_accounted_for()
    {
        Rollout[] rollouts =
        [
            Good("kept", 5, "a"),
            Good("1", 5, "a") with { Finished = false, Correct = false, Repetitive = true },
            Good("2", 5, "a") with { Repetitive = true },
            Good("3", 5, "a") with { Correct = null },
            Good("4", 5, "a") with { Correct = false },
            Good("5", 5, "a") with { Style = "lead" },
            Good("6", 3, "a"),
            Good("kept", 5, "a"),
        ];
        var curated = Curation.Select(rollouts, Ten with { Count = 1, LevelWeights = [0, 0, 0, 0, 1] }, Randomness.For(1, "curation"));
        Assert.Equal("kept", Assert.Single(curated.Kept).ProblemId);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 0], curated.LeftOut.OrderBy(pair => pair.Key).Select(pair => pair.Value));
        Assert.Equal(0, curated.Missing);
    }

    [Fact]
    public void Levels_follow_their_weights_and_domains_are_even()
    {
        // 40 of each domain and level for 10, 25, 30, 35% of 100: in thirds that is 10 = 3+3+4, 25 = 8+8+9, 30 = 10+10+10, 35 = 11+12+12.
        var rollouts = Enumerable.Range(0, 5 * 3 * 40).Select(i => Good($"{i}", 1 + (i % 5), $"{"abc"[i / 5 % 3]}")).ToList();
        var curated = Curation.Select(rollouts, Ten with { Count = 100, LevelWeights = [0, 10, 25, 30, 35] }, Randomness.For(1, "curation"));
        Assert.Equal([(2, 10), (3, 25), (4, 30), (5, 35)], curated.Kept.CountBy(rollout => rollout.Level).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.All(curated.Kept.GroupBy(rollout => rollout.Level), level =>
        {
            var counts = level.CountBy(rollout => rollout.Domain).Select(pair => pair.Value).ToList();
            Assert.Equal(3, counts.Count);
            Assert.True(counts.Max() - counts.Min() <= 1);
        });
        Assert.Equal(rollouts.Count, curated.Kept.Count + curated.LeftOut.Values.Sum());
    }

    [Fact]
    public void What_a_small_domain_cannot_fill_is_shared_by_the_others()
    {
        // Level 5 wants 5: 1 of a, then 2 and 2 of b and c.
        Rollout[] rollouts = [Good("a1", 5, "a"), .. Enumerable.Range(0, 20).Select(i => Good($"{i}", 5, i % 2 == 0 ? "b" : "c"))];
        var curated = Curation.Select(rollouts, Ten, Randomness.For(1, "curation"));
        Assert.Equal([("a", 1), ("b", 2), ("c", 2)], curated.Kept.CountBy(rollout => rollout.Domain).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(5, curated.Missing);
    }

    [Fact]
    public void Quotas_sum_to_the_count_though_no_level_divides_it()
    {
        var rollouts = Enumerable.Range(0, 500).Select(i => Good($"{i}", 1 + (i % 5), "a")).ToList();
        var curated = Curation.Select(rollouts, Ten with { Count = 98, LevelWeights = [1, 1, 1, 0, 0] }, Randomness.For(1, "curation"));
        Assert.Equal([32, 33, 33], curated.Kept.CountBy(rollout => rollout.Level).Select(pair => pair.Value).Order());
    }

    [Fact]
    public void Equal_streams_select_equal_sets()
    {
        var rollouts = Enumerable.Range(0, 500).Select(i => Good($"{i}", 1 + (i % 5), "a")).ToList();
        Assert.Equal(Curation.Select(rollouts, Ten, Randomness.For(1, "c")).Kept, Curation.Select(rollouts, Ten, Randomness.For(1, "c")).Kept);
        Assert.NotEqual(Curation.Select(rollouts, Ten, Randomness.For(1, "c")).Kept, Curation.Select(rollouts, Ten, Randomness.For(2, "c")).Kept);
    }

    private static Rollout Good(string problem, int level, string domain) => new()
    {
        ProblemId = problem,
        Prompt = "compute 4+7",
        Text = "<think>4+7=11; </think>\\boxed{11}",
        Style = "terse",
        Finished = true,
        Correct = true,
        Repetitive = false,
        Domain = domain,
        Level = level,
        Tokens = 14,
    };
}
