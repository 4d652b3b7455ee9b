using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class EvaluationComparisonTests
{
    // Single completions of ten problems: four gained, one lost. Gain 0.3; McNemar of 5 coins: 2 (1 + 5) / 32.
    [Fact]
    public void Gain_items_and_p_are_those_worked_out_by_hand()
    {
        var before = EvaluationFolder.Read(WrittenEvaluation.Of("a", "b", "iiiicccici".Select(c => $"{c}")));
        var after = EvaluationFolder.Read(WrittenEvaluation.Of("b", "b", "cccciccici".Select(c => $"{c}")));
        var one = Assert.Single(EvaluationComparison.Of(before, after));
        Assert.Equal(0.3, one.Gain.Mean, tolerance: 1e-12);
        Assert.Equal(["p0", "p1", "p2", "p3"], one.Fixed);
        Assert.Equal(["p4"], one.Broken);
        Assert.Equal(12.0 / 32, one.PValue, tolerance: 1e-12);
        Assert.Equal((10, 3), (one.Problems, one.BothRight));
        Assert.Equal(one.PValue, one.AdjustedPValue);

        // And the other way round.
        var back = Assert.Single(EvaluationComparison.Of(after, before));
        Assert.Equal(-one.Gain.High, back.Gain.Low, tolerance: 1e-12);
        Assert.Equal(one.Fixed, back.Broken);
    }

    // A problem is right where more than half of its completions are; half of them is not enough.
    [Fact]
    public void Unlike_numbers_of_completions_are_compared_by_their_shares()
    {
        var before = EvaluationFolder.Read(WrittenEvaluation.Of("a", "b", "ccii", "iiii", "cccc"));
        var after = EvaluationFolder.Read(WrittenEvaluation.Of("b", "b", "cci", "c", "ff"));
        var one = Assert.Single(EvaluationComparison.Of(before, after));
        Assert.Equal(((2.0 / 3) - 0.5 + 1) / 2, one.Gain.Mean, tolerance: 1e-12);
        Assert.Equal(["p0", "p1"], one.Fixed);
        Assert.Equal((2, 1), (one.Problems, one.LeftOut));
    }

    // Five of five gained, and nothing: 2/32 and 1; Holm of two doubles the smaller.
    [Fact]
    public void Several_benchmarks_are_corrected_for_their_number()
    {
        var before = WrittenEvaluation.Add(WrittenEvaluation.Of("a", "x", "i", "i", "i", "i", "i"), "a", "y", "c", "i");
        var after = WrittenEvaluation.Add(WrittenEvaluation.Of("b", "x", "c", "c", "c", "c", "c"), "b", "y", "c", "i");
        var both = EvaluationComparison.Of(EvaluationFolder.Read(before), EvaluationFolder.Read(after));
        Assert.Equal([2.0 / 32, 1], both.Select(one => one.PValue));
        Assert.Equal([4.0 / 32, 1], both.Select(one => one.AdjustedPValue));
    }

    [Fact]
    public void Other_problems_and_other_benchmarks_are_said()
    {
        var ten = EvaluationFolder.Read(WrittenEvaluation.Of("a", "b", Enumerable.Repeat("c", 10)));
        var eight = EvaluationFolder.Read(WrittenEvaluation.Of("a", "b", Enumerable.Repeat("c", 8)));
        var other = EvaluationFolder.Read(WrittenEvaluation.Of("a", "d", Enumerable.Repeat("c", 8)));
        Assert.Contains("2 of the 10 problems of b in", Message(ten, eight));
        Assert.Contains("such as 'p8'", Message(eight, ten));
        Assert.Contains("no benchmark in common: the one has b, the other d.", Message(ten, other));

        static string Message(EvaluationFolder one, EvaluationFolder two) =>
            Assert.Throws<InvalidDataException>(() => EvaluationComparison.Of(one, two)).Message;
    }
}
