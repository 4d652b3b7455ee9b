using Phi4R.Model;
using Phi4R.Runs;

namespace Phi4R.Tests.Runs;

/// <summary>What makes training fit a small card changes nothing that is learned.</summary>
public sealed class SmallCardTests
{
    [Fact]
    public void Smoke_in_16_bits_learns_the_same_wherever_masters_and_moments_are_kept()
    {
        var expected = Made(OptimizerStateStorage.Device);
        Assert.NotEqual(expected[0], expected[1]);
        Assert.Equal(expected, Made(OptimizerStateStorage.HostWithMasters));
    }

    private static string[] Made(OptimizerStateStorage kept)
    {
        var run = RecipeRun.Open("smoke", 1, Project.Scratch()).With(recipe => recipe with
        {
            Memory = recipe.Memory with { Weights = WeightPrecision.BFloat16, OptimizerState = kept },
        });
        return [run.Get(Pipeline.MidTraining).Record.Content, run.Get(Pipeline.Sft).Record.Content];
    }
}
