using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class PassAtKTests
{
    // Every choice of k among the completions, counted one by one.
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(5, 2, 1)]
    [InlineData(5, 2, 3)]
    [InlineData(6, 1, 6)]
    [InlineData(8, 3, 4)]
    [InlineData(8, 8, 2)]
    [InlineData(9, 0, 5)]
    public void It_is_the_share_of_choices_that_hold_a_right_one(int completions, int right, int k)
    {
        var choices = Enumerable.Range(0, 1 << completions)
            .Where(set => System.Numerics.BitOperations.PopCount((uint)set) == k).ToList();
        var holding = choices.Count(set => (set & ((1 << right) - 1)) != 0);
        Assert.Equal((double)holding / choices.Count, PassAtK.Of(completions, right, k), tolerance: 1e-12);
    }

    // 1 - C(200 - 3, 100) / C(200, 100) = 1 - (100 * 99 * 98) / (200 * 199 * 198).
    [Fact]
    public void Of_many_completions_nothing_overflows() =>
        Assert.Equal(1 - (100.0 * 99 * 98 / (200.0 * 199 * 198)), PassAtK.Of(200, 3, 100), tolerance: 1e-12);

    [Fact]
    public void What_cannot_be_estimated_is_said()
    {
        var message = Assert.Throws<ArgumentException>(() => PassAtK.Of(4, 2, 5)).Message;
        Assert.Equal("pass@5 of 2 right ones among 4 completions cannot be estimated; it needs at least k completions, "
            + "and k of 1 or more.", message);
        Assert.Throws<ArgumentException>(() => PassAtK.Of(4, 5, 1));
        Assert.Throws<ArgumentException>(() => PassAtK.Of(4, 1, 0));
    }

    // pass@2 of 2, 0, 1 of 4: 1 - 1/6, 0, 1 - 3/6; mean (5/6 + 1/2) / 3.
    [Fact]
    public void A_benchmarks_curve_goes_as_far_as_every_problem_has_completions()
    {
        var result = EvaluationFolder.Read(WrittenEvaluation.Of("m", "b", "ccii", "iiii", "ciiii")).Benchmarks[0];
        var curve = PassAtK.Curve(result);
        Assert.Equal([1, 2, 4], curve.Select(point => point.K));
        Assert.Equal(((5.0 / 6) + 0 + (1 - (6.0 / 10))) / 3, curve[1].Share.Mean, tolerance: 1e-12);
        Assert.Equal(2.0 / 3 - (1.0 / 15), curve[2].Share.Mean, tolerance: 1e-12);
        Assert.Null(PassAtK.Over(result, 5));
    }
}
