using Phi4R.Evaluation;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

/// <summary>The recipe for a first look learns something: a minute from nothing to sums of one and two steps.</summary>
public sealed class TinyRecipeTests
{
    // Where it was tried, five seeds on an AMD EPYC (data/runs/LOG.md), it gained 9 to 17 points.
    [Fact]
    public void From_base_to_fine_tuning_the_tiny_recipe_gains_on_every_benchmark_together()
    {
        var run = RecipeRun.Open("tiny", 1, Project.Scratch());
        var (before, after) = (run.Evaluate(run.Get(Pipeline.Base)), run.Evaluate(run.Get(Pipeline.Sft)));
        var gain = Estimate.Paired(Scores(after), Scores(before));
        Assert.Equal(200, Scores(after).Count);
        Assert.True(gain.Low > 0, $"{100 * gain.Mean:F1} points [{100 * gain.Low:F1}, {100 * gain.High:F1}]");

        static List<double> Scores(ModelResults model) =>
            [.. model.Benchmarks.SelectMany(benchmark => benchmark.Problems.Select(problem => problem.Score))];
    }
}
