using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Tests.Data;

public sealed class CurationTests
{
    private static readonly CurationConfig Ten = new()
    {
        Count = 10,
        LevelWeights = [0, 1, 0, 0, 1],
        UnknownLevelWeight = 0,
        FillFromOthers = false,
        MissingAllowed = 0.1,
        Styles = ["terse"],
    };

    [Fact]
    public void Each_reason_is_counted_once_and_everything_is_accounted_for()
    {
        Rollout[] rollouts =
        [
            Good("kept", 5, "a"),
            Good("1", 5, "a") with { Finished = false, Verdict = Wrong, Repetitive = true },
            Good("2", 5, "a") with { Repetitive = true },
            Good("3", 5, "a") with { Verdict = null },
            Good("4", 5, "a") with { Verdict = Wrong },
            Good("5", 5, "a") with { Style = "lead" },
            Good("6", 3, "a"),
            Good("7", 5, "a") with { Tokens = 15 },
            Good("kept", 5, "a"),
        ];
        var curated = Select(rollouts, Ten with { Count = 1, LevelWeights = [0, 0, 0, 0, 1] });
        Assert.Equal("kept", Assert.Single(curated.Kept).ProblemId);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 0], curated.LeftOut.OrderBy(pair => pair.Key).Select(pair => pair.Value));
        Assert.Equal(0, curated.Missing);
    }

    [Fact]
    public void Levels_follow_their_weights_and_domains_are_even()
    {
        // 40 of each domain and level for 10, 25, 30, 35% of 100: in thirds that is 10 = 3+3+4, 25 = 8+8+9, 30 =
        // 10+10+10, 35 = 11+12+12.
        var rollouts = Enumerable.Range(0, 5 * 3 * 40)
            .Select(i => Good($"{i}", 1 + (i % 5), $"{"abc"[i / 5 % 3]}")).ToList();
        var curated = Select(rollouts, Ten with { Count = 100, LevelWeights = [0, 10, 25, 30, 35] });
        Assert.Equal([(2, 10), (3, 25), (4, 30), (5, 35)], curated.Kept.CountBy(rollout => rollout.Level)
            .OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.All(curated.Kept.GroupBy(rollout => rollout.Level), level =>
        {
            var counts = level.CountBy(rollout => rollout.Domain).Select(pair => pair.Value).ToList();
            Assert.Equal(3, counts.Count);
            Assert.True(counts.Max() - counts.Min() <= 1);
        });
        Assert.Equal(rollouts.Count, curated.Kept.Count + curated.LeftOut.Values.Sum());
    }

    // Of two sets that write one domain in two ways, 20 rollouts each, beside 40 of another: the halves are 5 and 5.
    [Fact]
    public void Domains_of_several_sets_are_one_however_they_are_capitalized()
    {
        string[] domains = ["Algebra", "algebra", "geometry", "geometry"];
        var rollouts = Enumerable.Range(0, 80).Select(i => Good($"{i}", 5, domains[i % 4])).ToList();
        var kept = Select(rollouts, Ten with { LevelWeights = [0, 0, 0, 0, 1] }).Kept;
        Assert.Equal((10, 5), (kept.Count, kept.Count(rollout => rollout.Domain == "geometry")));
    }

    // By hand: right, wrong, unjudged, and one that did not end, which no setting lets in.
    [Fact]
    public void Where_a_sets_makers_learn_from_all_of_it_verdicts_decide_nothing()
    {
        Rollout[] rollouts =
        [
            Good("right", 5, "a"), Good("wrong", 5, "a") with { Verdict = Wrong },
            Good("unjudged", 5, "a") with { Verdict = null }, Good("cut", 5, "a") with { Finished = false },
        ];
        var config = Ten with { Count = 4, LevelWeights = [0, 0, 0, 0, 1] };
        Assert.Equal(["right"], Select(rollouts, config).Kept.Select(rollout => rollout.ProblemId));
        Assert.Equal(["right", "unjudged", "wrong"], Select(rollouts, config with { TakeUnverified = true }).Kept
            .Select(rollout => rollout.ProblemId).Order());
    }

    [Fact]
    public void What_a_small_domain_cannot_fill_is_shared_by_the_others()
    {
        // Level 5 wants 5: 1 of a, then 2 and 2 of b and c.
        Rollout[] rollouts = [Good("a1", 5, "a"), .. Enumerable.Range(0, 20)
            .Select(i => Good($"{i}", 5, i % 2 == 0 ? "b" : "c"))];
        var curated = Select(rollouts, Ten);
        Assert.Equal([("a", 1), ("b", 2), ("c", 2)], curated.Kept.CountBy(rollout => rollout.Domain)
            .OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.Equal(5, curated.Missing);
    }

    [Fact]
    public void Quotas_sum_to_the_count_though_no_level_divides_it()
    {
        var rollouts = Enumerable.Range(0, 500).Select(i => Good($"{i}", 1 + (i % 5), "a")).ToList();
        var curated = Select(rollouts, Ten with { Count = 98, LevelWeights = [1, 1, 1, 0, 0] });
        Assert.Equal([32, 33, 33], curated.Kept.CountBy(rollout => rollout.Level).Select(pair => pair.Value).Order());
    }

    [Fact]
    public void Equal_streams_select_equal_sets()
    {
        var rollouts = Enumerable.Range(0, 500).Select(i => Good($"{i}", 1 + (i % 5), "a")).ToList();
        Assert.Equal(Select(rollouts, Ten, seed: 1).Kept, Select(rollouts, Ten, seed: 1).Kept);
        Assert.NotEqual(Select(rollouts, Ten, seed: 1).Kept, Select(rollouts, Ten, seed: 2).Kept);
    }

    // Four of level 2 are long, and four of five fit rollouts are wanted: long ones that were counted first would leave
    // two of them out.
    [Fact]
    public void What_is_too_long_takes_no_place_in_a_quota()
    {
        Rollout[] rollouts = [.. Enumerable.Range(0, 9)
            .Select(i => Good($"{i}", 2, "a") with { Tokens = i < 4 ? 15 : 14 })];
        var curated = Select(rollouts, Ten with { Count = 4, LevelWeights = [0, 1, 0, 0, 0] });
        Assert.All(curated.Kept, rollout => Assert.Equal(14, rollout.Tokens));
        Assert.Equal((4, 0, 4, 1),
            (curated.Kept.Count, curated.Missing, curated.LeftOut[CurationReason.TooLong],
                curated.LeftOut[CurationReason.BeyondQuota]));
    }

    // By hand: of 12, weights of 1, 1 and 2 ask for 3 of level 2, 3 of level 5 and 6 of unknown level.
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(6)]
    public void Rollouts_whose_level_nobody_stated_are_a_class_with_a_weight_of_its_own(int unknown)
    {
        Rollout[] rollouts = [.. Enumerable.Range(0, 60)
            .Select(i => Good($"{i}", i % 3 == 0 ? 2 : i % 3 == 1 ? 5 : unknown, "a"))];
        var curated = Select(rollouts, Ten with { Count = 12, UnknownLevelWeight = 2 });
        Assert.Equal([3, 3, 6], new[]
        {
            2,
            5,
            unknown,
        }.Select(level => curated.Kept.Count(rollout => rollout.Level == level)));
        Assert.Equal(20, Select(rollouts, Ten).LeftOut[CurationReason.OtherLevel]);
    }

    // By hand: of 20, weights of 1, 2 and 2 ask for 4, 8 and 8. Of level 5 there are 2, so 6 are lacking: 2 and 4 by
    // the weights of 1 and 2.
    // Of level 4 there are 10, two short of 8 + 4: both go to level 3, which has 4 + 2 + 2.
    [Fact]
    public void What_a_level_lacks_is_taken_of_the_others_by_their_weights_and_counted()
    {
        Rollout[] rollouts = [.. Enumerable.Range(0, 52).Select(i => Good($"{i}", i < 40 ? 3 : i < 50 ? 4 : 5, "a"))];
        var config = Ten with { Count = 20, LevelWeights = [0, 0, 1, 2, 2] };
        var filled = Select(rollouts, config with { FillFromOthers = true });
        Assert.Equal([8, 10, 2], new[]
        {
            3,
            4,
            5,
        }.Select(level => filled.Kept.Count(rollout => rollout.Level == level)));
        Assert.Equal((0, 6), (filled.Missing, filled.FromOthers));
        Assert.Equal(rollouts.Length, filled.Kept.Count + filled.LeftOut.Values.Sum());
        var less = Select(rollouts, config);
        Assert.Equal([4, 8, 2], new[] { 3, 4, 5 }.Select(level => less.Kept.Count(rollout => rollout.Level == level)));
        Assert.Equal((6, 0), (less.Missing, less.FromOthers));

        // Where all together are too few, all are taken.
        var all = Select(rollouts, config with { Count = 100, FillFromOthers = true });
        Assert.Equal((52, 48), (all.Kept.Count, all.Missing));
    }

    [Fact]
    public void A_set_that_is_much_smaller_than_asked_for_is_an_error_unless_it_is_allowed()
    {
        Rollout[] rollouts = [.. Enumerable.Range(0, 8).Select(i => Good($"{i}", 5, "a")), Good("9", 0, "a")];
        var config = Ten with { LevelWeights = [0, 0, 0, 0, 1] };
        var error = Assert.Throws<InvalidDataException>(() => Select(rollouts, config).Checked(config)).Message;
        Assert.All(new[]
        {
            "10 rollouts are asked for",
            "8 are there",
            "10 % of them",
            "1 OtherLevel",
            "UnknownLevelWeight",
            "MissingAllowed",
        }, part => Assert.Contains(part, error, StringComparison.Ordinal));
        var allowed = config with { MissingAllowed = 0.2 };
        Assert.Equal(8, Select(rollouts, allowed).Checked(allowed).Kept.Count);
    }

    private static Curated Select(IReadOnlyCollection<Rollout> rollouts, CurationConfig config, int seed = 1) =>
        Curation.Select(rollouts, config, Randomness.For(seed, "curation"), rollout => rollout.Tokens <= 14);

    private static Verdict Wrong { get; } = new(Outcome.Incorrect, null, "");

    private static Rollout Good(string problem, int level, string domain) => new()
    {
        ProblemId = problem,
        Prompt = "compute 4+7",
        Text = "<think>4+7=11; </think>\\boxed{11}",
        Style = "terse",
        Finished = true,
        Verdict = new Verdict(Outcome.Correct, null, ""),
        Repetitive = false,
        Domain = domain,
        Level = level,
        Tokens = 14,
    };
}
