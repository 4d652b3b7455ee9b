using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

/// <summary>What is known of several benchmarks and trainings together, and at the edges, worked out by hand.</summary>
/// <remarks>Student's t of these degrees: the density integrated by Simpson's rule.</remarks>
public sealed class EstimateOverAnswersTests
{
    private static readonly double[] Few = [0.25, 0.5, 1, 0];

    // Six problems weigh the same: p (1 - p) / 3 / 36 is 0.1875 / 108 once and 0.25 / 108 thrice, together 0.00868056;
    // over the sum of the squares over 3 degrees: 11.842105 degrees (t 2.182039). 0.458333 * 0.541667 over the variance
    // is 28.6 answers; Wilson.
    [Fact]
    public void The_interval_over_answers_of_several_benchmarks_is_the_one_worked_out_by_hand()
    {
        var pooled = Estimate.Pooled([Estimate.Of(Few, answers: 4), Estimate.Of([0.5, 0.5], answers: 4)]);
        Assert.Equal(0.275952, pooled.OverAnswers!.Value.Low, tolerance: 2e-6);
        Assert.Equal(0.652608, pooled.OverAnswers!.Value.High, tolerance: 2e-6);
    }

    // 240 and 40 answers, all wrong, as of one of 280: 3.874884, the square of t of 280 degrees, over 280 + 3.874884.
    [Fact]
    public void Of_several_benchmarks_without_a_right_answer_all_answers_count()
    {
        var pooled = Estimate.Pooled([Wrong(30, 8), Wrong(10, 4)]);
        Assert.Equal(0, pooled.OverAnswers!.Value.Low);
        Assert.Equal(0.013650, pooled.OverAnswers!.Value.High, tolerance: 2e-6);
    }

    // Eight answered problems of two trainings: p (1 - p) / 3 / 64, together 1.125 / 192; 14.727273 degrees (t
    // 2.134893); 0.25 over the variance is 42.666667 answers; Wilson.
    [Fact]
    public void The_interval_over_answers_of_several_trainings_is_the_one_worked_out_by_hand()
    {
        double[][] runs = [Few, [0.5, 0.5, 1, 0.25]];
        var all = Estimate.Of(Estimate.OverRuns(runs)).Over([.. runs.Select(run => Estimate.Of(run, answers: 4))]);
        Assert.Equal(0.344667, all.OverAnswers!.Value.Low, tolerance: 2e-6);
        Assert.Equal(0.655333, all.OverAnswers!.Value.High, tolerance: 2e-6);
        var wrong = Wrong(30, 4).Over([Wrong(30, 4), Wrong(30, 4)]);
        Assert.Equal(0.015911, wrong.OverAnswers!.Value.High, tolerance: 2e-6); // one of 240, t 1.969898
    }

    // 240 answers that no training changed: one of them, times t of 240 degrees.
    [Fact]
    public void A_gain_of_answers_that_are_all_alike_has_an_interval_over_answers_of_some_length()
    {
        double[] scores = [.. Enumerable.Repeat(1.0, 30)];
        var (low, high) = Estimate.Paired(scores, scores, answers: 8).OverAnswers!.Value;
        Assert.Equal(-1.969898 / 240, low, tolerance: 1e-8);
        Assert.Equal(1.969898 / 240, high, tolerance: 1e-8);
    }

    // Differences 0.25, 0.25, 0.5, 0 and 0.5, 0: variances of the means 0.010417 and 0.0625, times (4/6)^2 and (2/6)^2
    // 0.011574; three and one degrees, together 75/31 (t 3.661364): 0.25 and 0.107583 times that to either side.
    [Fact]
    public void A_pooled_gain_weighs_the_spread_of_each_benchmark_and_how_well_it_is_known()
    {
        var gain = Estimate.Pooled([Estimate.Paired([0.25, 0.75, 0.75, 1], [0, 0.5, 0.25, 1]),
            Estimate.Paired([0.5, 1], [0, 1])]);
        Assert.Equal(-0.143900, gain.Low, tolerance: 2e-6);
        Assert.Equal(0.643900, gain.High, tolerance: 2e-6);
    }

    // Of single answers nothing is unseen: Wilson of 2/3 with n = 2 and t of 2 degrees, 4.302653.
    [Fact]
    public void Three_single_answers_have_Wilsons_interval_of_two_degrees()
    {
        var estimate = Estimate.Of([0, 1, 1]);
        Assert.Equal(0.043830, estimate.Low, tolerance: 2e-6);
        Assert.Equal(0.988670, estimate.High, tolerance: 2e-6);
    }

    [Fact]
    public void Where_one_problem_was_answered_once_nobody_knows_the_spread_of_its_answers()
    {
        var estimate = Estimate.Of([0.5, 1], [4, 1]);
        Assert.Null(estimate.WithinError);
        Assert.Null(estimate.OverAnswers);
    }

    [Fact]
    public void Every_value_is_at_least_no_distance_from_zero_and_none_is_infinitely_far()
    {
        Assert.Equal(1, StudentT.TwoSided(0, 3));
        Assert.Equal(0, StudentT.TwoSided(double.PositiveInfinity, 3));
    }

    private static Estimate Wrong(int problems, int answers) =>
        Estimate.Of([.. Enumerable.Repeat(0.0, problems)], answers: answers);
}
