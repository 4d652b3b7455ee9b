using Phi4R.Recipes;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

public sealed class ExpectedRangesTests
{
    private static Recipe Pocket => Phi4R.Recipes.Pocket.Recipe;

    // By hand, after mid-training: of 78.3, 86.0, 83.2, 77.5 and 80.8 the mean is 81.16, and squares of
    // 8.18, 23.43, 4.16, 13.40 and 0.13 over 4 give a deviation of 3.51.
    // The gains of Rollout-DPO are 0.9, 1.5, 1.0, 0.4 and 2.8, of mean 1.32 and deviation 0.915.
    [Fact]
    public void A_range_is_three_deviations_between_runs_to_either_side_of_their_mean()
    {
        Assert.Equal((70.6, 91.7), ExpectedRanges.Of(Pocket, "Mid-training", "pass@1 after"));
        Assert.Equal((-1.4, 4.1), ExpectedRanges.Of(Pocket, "Rollout-DPO", "gain"));
        Assert.Equal(ExpectedRanges.Of(Pocket, "Mid-training", "pass@1 after"),
            ExpectedRanges.Of(Pocket, "pass@1 on all problems", "mid-training"));
    }

    [Fact]
    public void The_recorded_runs_are_as_expected()
    {
        string[] models = ["base", "mid-training", "SFT", "Rollout-DPO", "RL"];
        var records = Directory.GetFiles(Path.Combine(Project.Root, "data", "runs"), "run.json",
                SearchOption.AllDirectories).Select(path => RunRecord.Read(Path.GetDirectoryName(path)!))
            .Where(record => record.RecipeName == "pocket").ToList();
        Assert.NotEmpty(records);
        foreach (var record in records)
        {
            var means = record.Scores
                .Select(model => 100 * model.Benchmarks.SelectMany(benchmark => benchmark.Scores).Average()).ToList();
            foreach (var (model, mean) in models.Zip(means))
            {
                var (low, high) = ExpectedRanges.Of(Pocket, "pass@1 on all problems", model)!.Value;
                Assert.InRange(mean, low, high);
            }
        }
    }

    [Fact]
    public void Of_another_recipe_or_a_changed_one_nothing_is_expected()
    {
        Assert.Null(ExpectedRanges.Of(Phi4R.Recipes.Pocket.Smoke, "Fine-tuning", "gain"));
        Assert.Null(ExpectedRanges.Of(Pocket with { Sft = Pocket.Sft with { Epochs = 2 } }, "Fine-tuning", "gain"));
        Assert.NotNull(ExpectedRanges.Of(Pocket with { Sft = Pocket.Sft with { Epochs = 1 } }, "Fine-tuning", "gain"));
    }

    // A notebook shows the easiest and the hardest level that a recipe has, whichever they are.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Every_level_has_a_range_in_the_pocket_and_none_in_a_recipe_that_ends_at_it(int level)
    {
        Assert.NotNull(ExpectedRanges.Of(Pocket, "Rejection sampling", $"right at level {level}"));
        Assert.Null(ExpectedRanges.Of(Phi4R.Recipes.Pocket.Tiny, "Rejection sampling", $"right at level {level}"));
    }

    [Fact]
    public void A_value_that_no_range_is_kept_for_is_named_whatever_the_recipe()
    {
        var error = Assert.Throws<ArgumentException>(
            () => ExpectedRanges.Of(Phi4R.Recipes.Pocket.Smoke, "Fine-tuning", "gian")).Message;
        Assert.Contains("'Fine-tuning: gian'", error, StringComparison.Ordinal);
        Assert.Contains("'Fine-tuning: gain'", error, StringComparison.Ordinal);
    }
}
