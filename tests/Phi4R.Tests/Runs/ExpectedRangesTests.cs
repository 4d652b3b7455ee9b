using Phi4R.Recipes;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

public sealed class ExpectedRangesTests
{
    private static Recipe Pocket => Phi4R.Recipes.Pocket.Recipe;

    // By hand, after mid-training: of 56.6, 61.2, 52.1 and 55.1 the mean is 56.25, and squares of 0.12, 24.50, 17.22
    // and 1.32 over 3 give a
    // deviation of 3.79. The gains of Rollout-DPO are 3.6, 2.8, 4.0 and -0.3, of mean 2.53 and deviation 1.94.
    [Fact]
    public void A_range_is_three_deviations_between_runs_to_either_side_of_their_mean()
    {
        Assert.Equal((44.9, 67.6), ExpectedRanges.Of(Pocket, "Mid-training", "pass@1 after"));
        Assert.Equal((-3.3, 8.4), ExpectedRanges.Of(Pocket, "Rollout-DPO", "gain"));
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

    [Fact]
    public void A_value_that_no_range_is_kept_for_is_named_whatever_the_recipe()
    {
        var error = Assert.Throws<ArgumentException>(
            () => ExpectedRanges.Of(Phi4R.Recipes.Pocket.Smoke, "Fine-tuning", "gian")).Message;
        Assert.Contains("'Fine-tuning: gian'", error, StringComparison.Ordinal);
        Assert.Contains("'Fine-tuning: gain'", error, StringComparison.Ordinal);
    }
}
