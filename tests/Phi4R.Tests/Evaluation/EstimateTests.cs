using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class EstimateTests
{
    // Scores 0, 0.5, 1, 0.5: mean 0.5, squares 0.25 + 0.25 over 3 is 1/6, error of the mean sqrt(1/24) = 0.204124. A
    // twentieth of a problem more on either side adds 0.05 * 0.5 / 12 to its square: 0.04375, as of 0.25 / 0.04375 =
    // 5.714286 answers. Student's t of 3 degrees is 3.182446; Wilson: 0.5 -+ 3.182446 / 2.772393 * sqrt(0.25 / 5.714286
    // + 10.127963 / 130.612) = 0.5 -+ 0.399781.
    [Fact]
    public void Mean_error_and_interval_are_those_worked_out_by_hand()
    {
        var estimate = Estimate.Of([0, 0.5, 1, 0.5]);
        Assert.Equal(0.5, estimate.Mean, tolerance: 1e-12);
        Assert.Equal(0.204124, estimate.StandardError, tolerance: 1e-6);
        Assert.Equal(0.100219, estimate.Low, tolerance: 2e-6);
        Assert.Equal(0.899781, estimate.High, tolerance: 2e-6);
        Assert.Equal(4, estimate.Count);
        Assert.Null(estimate.WithinError);
        Assert.Null(estimate.RunError);
    }

    // Source of the quantiles: NIST/SEMATECH e-Handbook, table 1.3.6.7.2, at 0.975.
    [Theory]
    [InlineData(1, 12.706)]
    [InlineData(2, 4.303)]
    [InlineData(5, 2.571)]
    [InlineData(29, 2.045)]
    [InlineData(100, 1.984)]
    [InlineData(1e7, 1.960)]
    public void Quantiles_of_t_are_those_of_the_table(double freedom, double quantile)
    {
        Assert.Equal(quantile, StudentT.Quantile(freedom, 0.05), tolerance: 5e-4);
        Assert.Equal(0.05, StudentT.TwoSided(StudentT.Quantile(freedom, 0.05), freedom), tolerance: 1e-9);
    }

    // With 1 degree the two tails are 1 - 2 atan(t) / pi; with 2 they are 1 - t / sqrt(2 + t^2).
    [Theory]
    [InlineData(0.5)]
    [InlineData(3)]
    [InlineData(40)]
    public void Tails_of_t_are_those_of_the_closed_forms(double t)
    {
        Assert.Equal(1 - (2 * Math.Atan(t) / Math.PI), StudentT.TwoSided(t, 1), tolerance: 1e-9);
        Assert.Equal(1 - (t / Math.Sqrt(2 + (t * t))), StudentT.TwoSided(t, 2), tolerance: 1e-9);
    }

    // Newcombe 1998, table I: 81 of 263, Wilson without continuity correction, 0.2553 to 0.3662. Here t of 262 degrees
    // in place of the normal makes it a little longer.
    [Fact]
    public void The_interval_of_single_answers_is_Wilsons()
    {
        var estimate = Estimate.Of([.. Enumerable.Range(0, 263).Select(i => i < 81 ? 1.0 : 0)]);
        Assert.Equal(0.2553, estimate.Low, tolerance: 0.001);
        Assert.Equal(0.3662, estimate.High, tolerance: 0.001);
    }

    // 2.045230 squared is 4.182964, over 30 + 4.182964: 0.122370.
    [Theory]
    [InlineData(0, 0, 0.122370)]
    [InlineData(1, 0.877630, 1)]
    public void Where_all_answers_are_wrong_or_all_right_the_interval_has_a_length(
        double score, double low, double high)
    {
        var estimate = Estimate.Of([.. Enumerable.Repeat(score, 30)], answers: 64);
        Assert.Equal((0, 0), (estimate.ProblemError, estimate.WithinError));
        Assert.Equal(low, estimate.Low, tolerance: 1e-6);
        Assert.Equal(high, estimate.High, tolerance: 1e-6);
        var gain = Estimate.Paired([.. Enumerable.Repeat(score, 30)], [.. Enumerable.Repeat(score, 30)]);
        Assert.True(gain.Low < 0 && gain.High > 0);
        Assert.Equal(1, gain.PValue, tolerance: 1e-9);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(1.0 / 3)]
    public void Equal_scores_that_rounding_sets_apart_have_an_interval_of_some_length(double score)
    {
        var estimate = Estimate.Of([.. Enumerable.Repeat(score, 999)]);
        Assert.InRange(estimate.High - estimate.Low, 0.01, 0.1);
    }

    // Shares 0.25, 0.5, 1, 0 of four answers each: p (1 - p) is 0.1875 + 0.25 together, over 3 is 0.145833; its root
    // over 4 problems is 0.095470. Over problems 0.213478.
    [Fact]
    public void The_error_over_answers_and_that_over_problems_are_two()
    {
        var estimate = Estimate.Of([0.25, 0.5, 1, 0], answers: 4);
        Assert.Equal(0.095470, estimate.WithinError!.Value, tolerance: 1e-6);
        Assert.Equal(0.213478, estimate.ProblemError, tolerance: 1e-6);
        Assert.Null(Estimate.Of([0, 1], answers: 1).WithinError);
        var gain = Estimate.Paired([0.25, 0.5, 1, 0], [0, 0.5, 0.25, 1], answers: 4);
        Assert.Equal(Math.Sqrt(2) * 0.095470, gain.WithinError!.Value, tolerance: 2e-6);
    }

    // Shares 0.25, 0.5, 1, 0 of four answers: each problem's variance over 3 is 0.0625, 0.083333, 0, 0, their squares
    // over 3 degrees together 0.00361690; Satterthwaite: 0.145833^2 / 0.00361690 = 5.88 degrees (t 2.459068).
    // 0.4375 * 0.5625 over 0.145833 / 16 = 27 answers; Wilson.
    [Fact]
    public void The_interval_over_answers_is_the_one_worked_out_by_hand()
    {
        var (low, high) = Estimate.Of([0.25, 0.5, 1, 0], answers: 4).OverAnswers!.Value;
        Assert.Equal(0.236424, low, tolerance: 2e-6);
        Assert.Equal(0.661449, high, tolerance: 2e-6);
        var gain = Estimate.Paired([0.25, 0.5, 1, 0], [0.25, 0.5, 1, 0], answers: 4).OverAnswers!.Value;
        Assert.Equal(0.294841, gain.High, tolerance: 2e-6); // Twice the variance, of twice as many degrees.
        Assert.Equal(-gain.High, gain.Low, tolerance: 1e-12);
        Assert.Null(Estimate.Of([0.25, 0.5, 1, 0]).OverAnswers);
    }

    // Thirty problems of eight answers, all wrong: one of 240, with Student's t of 240 degrees, 1.969898.
    [Fact]
    public void Answers_that_are_all_alike_have_an_interval_over_answers_of_some_length()
    {
        var (low, high) = Estimate.Of([.. Enumerable.Repeat(0.0, 30)], answers: 8).OverAnswers!.Value;
        Assert.Equal(0, low);
        Assert.Equal(3.880497 / 243.880497, high, tolerance: 2e-6);
    }

    // Runs of means 0.5 and 0.75: deviation 0.176777, over sqrt(2) 0.125. Problems' means 1, 0.5, 1, 0: variance
    // 0.229167, over 4 0.057292. Together sqrt(0.057292 + 0.015625).
    [Fact]
    public void Several_trainings_have_an_error_between_them()
    {
        double[][] runs = [[1, 0, 1, 0], [1, 1, 1, 0]];
        var estimate = Estimate.Of(Estimate.OverRuns(runs)).Over([.. runs.Select(run => Estimate.Of(run))]);
        Assert.Equal(0.125, estimate.RunError!.Value, tolerance: 1e-9);
        Assert.Equal(0.239357, estimate.ProblemError, tolerance: 1e-6);
        Assert.Equal(0.270031, estimate.StandardError, tolerance: 1e-6);
        Assert.Equal(estimate.OfTheseRuns().Low, Estimate.Of(Estimate.OverRuns(runs)).Low, tolerance: 1e-12);
        Assert.True(estimate.Low < estimate.OfTheseRuns().Low);

        // Half the interval before Wilson: sqrt((0.239357 * 3.182446)^2 + (0.125 * 12.706205)^2) = 1.761496, over
        // 0.270031 is t 6.523313; 0.05 * (0.390625 + 0.140625) / 12 more in its square, 0.072917, is 0.075130, as of
        // 0.625 * 0.375 / 0.075130 = 3.119581 answers.
        Assert.Equal(0.026946, estimate.Low, tolerance: 2e-6);
        Assert.Equal(0.990129, estimate.High, tolerance: 2e-6);
    }

    // Two benchmarks of 0 and 1 and of 0.5 and 0.5: errors 0.5 and 0; half of each weighs 0.25. As one list of four the
    // error would be 0.204124.
    [Fact]
    public void What_lies_between_benchmarks_is_no_error_of_their_mean()
    {
        var pooled = Estimate.Pooled([Estimate.Of([0, 1]), Estimate.Of([0.5, 0.5])]);
        Assert.Equal((0.5, 4), (pooled.Mean, pooled.Count));
        Assert.Equal(0.25, pooled.ProblemError, tolerance: 1e-12);
        var apart =
            Estimate.Pooled([.. new[] { 0.0, 1 }.Select(score => Estimate.Of([.. Enumerable.Repeat(score, 50)]))]);
        Assert.Equal(0, apart.ProblemError);
        Assert.True(apart.Low < 0.5 && apart.High > 0.5);
    }

    // Scores 0, 1 and 0, 0.5, 1, 0.5: variances of the means 1/4 and 1/24, times (2/6)^2 and (4/6)^2 are 1/36 and 1/54,
    // together 5/108; 0.05 * 0.5 / 30 more is 0.047130, as of 0.25 / 0.047130 = 5.304518 answers. Satterthwaite:
    // (5/108)^2 / ((1/36)^2 / 1 + (1/54)^2 / 3) is
    // 75/31 degrees, of which t is 3.661364 (the density integrated by Simpson's rule); Wilson's interval of these.
    [Fact]
    public void Benchmarks_of_unlike_spread_have_the_interval_worked_out_by_hand()
    {
        var pooled = Estimate.Pooled([Estimate.Of([0, 1]), Estimate.Of([0, 0.5, 1, 0.5])]);
        Assert.Equal(Math.Sqrt(5.0 / 108), pooled.ProblemError, tolerance: 1e-12);
        Assert.Equal(0.076772, pooled.Low, tolerance: 2e-6);
        Assert.Equal(0.923228, pooled.High, tolerance: 2e-6);
    }

    // Errors over answers 0.095470 of four problems and sqrt(0.5 / 3) / 2 = 0.204124 of two: times 4/6 and 2/6 the
    // root of the squares is 0.093169. Where one benchmark does not know its own, nobody knows that of both.
    [Fact]
    public void The_error_over_answers_of_several_benchmarks_is_known_where_each_ones_is()
    {
        var (first, second) = (Estimate.Of([0.25, 0.5, 1, 0], answers: 4), Estimate.Of([0.5, 0.5], answers: 4));
        Assert.Equal(0.093169, Estimate.Pooled([first, second]).WithinError!.Value, tolerance: 1e-6);
        Assert.Null(Estimate.Pooled([first, Estimate.Of([0.5, 0.5])]).WithinError);
    }

    // A share's interval ends at 0; a share and a difference together are no share: 0.25 -+ 12.7 or so.
    [Fact]
    public void What_is_not_a_share_alone_may_lie_below_zero() =>
        Assert.True(Estimate.Pooled([Estimate.Of([0, 1]), Estimate.Paired([0, 1], [1, 0])]).Low < 0);

    // Thirty problems that all went the same way twice: 2.045230 / 32 of Student's t of 29 degrees.
    [Fact]
    public void Differences_that_are_all_the_same_have_the_interval_of_half_a_problem_gained_and_half_a_one_lost()
    {
        double[] scores = [.. Enumerable.Repeat(0.5, 30)];
        var gain = Estimate.Paired(scores, scores);
        Assert.Equal(-0.063913, gain.Low, tolerance: 1e-6);
        Assert.Equal(0.063913, gain.High, tolerance: 1e-6);
    }

    // Six of thirty problems differ, by a half: mean 0.1, error sqrt(1.2 / 29 / 30) = 0.037139, and Student's t of 6
    // degrees, for those six and one for all others, is 2.446912: 0.1 -+ 0.090876. By one, as single answers do: mean
    // 0.2, error 0.074278, and t of 29 degrees is 2.045230: 0.2 -+ 0.151916.
    [Theory]
    [InlineData(0.5, 0.009124, 0.190876)]
    [InlineData(1, 0.048084, 0.351916)]
    public void The_spread_of_a_gain_is_known_by_the_problems_that_differ(double difference, double low, double high)
    {
        var gain = Estimate.Paired([.. Enumerable.Range(0, 30).Select(i => i < 6 ? difference : 0)], new double[30]);
        Assert.Equal(low, gain.Low, tolerance: 2e-6);
        Assert.Equal(high, gain.High, tolerance: 2e-6);
    }

    [Fact]
    public void One_training_alone_says_nothing_of_others()
    {
        var estimate = Estimate.Of([0, 1, 1]);
        Assert.Same(estimate, estimate.Over([estimate]));
    }

    // Differences 0.25, 0.25, 0.5, 0: error 0.102062, times 3.182446 of Student's t of 3 degrees is 0.324807.
    [Fact]
    public void Points_are_shares_times_a_hundred_with_their_signs()
    {
        double[] more = [0.25, 0.75, 0.75, 1], less = [0, 0.5, 0.25, 1];
        Assert.Equal("+25.0 [-7.5, +57.5]", Estimate.Paired(more, less).InPoints);
        Assert.Equal("-25.0 [-57.5, +7.5]", Estimate.Paired(less, more).InPoints);
    }

    [Fact]
    public void What_gives_no_estimate_is_said_with_the_number_that_is_wrong()
    {
        Assert.Equal("A score is 1.5; it must be a share from 0 to 1.", Message(() => Estimate.Of([0.5, 1.5])));
        Assert.Equal("A score is -0.5; it must be a share from 0 to 1.", Message(() => Estimate.Of([-0.5, 1])));
        Assert.Equal("A score is NaN; it must be a share from 0 to 1.", Message(() => Estimate.Of([double.NaN, 1])));
        Assert.Equal("1 values give no error; two or more do.", Message(() => Estimate.Of([1])));
        Assert.Equal("Pairs need the same problems; the one model has 2 scores, the other 3.",
            Message(() => Estimate.Paired([0, 1], [0, 1, 1])));

        static string Message(Func<Estimate> make) => Assert.Throws<ArgumentException>(make).Message;
    }

    // Differences 0.25, 0.25, 0.5, 0: t is 0.25 / 0.102062 = sqrt(6) with 3 degrees, of which the tails are 1 - 2/pi
    // (t sqrt(3) / (3 + t^2) + atan(t / sqrt(3))) = 0.091722.
    [Fact]
    public void The_p_value_of_a_gain_is_that_of_its_t()
    {
        Assert.Equal(0.091722, Estimate.Paired([0.25, 0.75, 0.75, 1], [0, 0.5, 0.25, 1]).PValue, tolerance: 2e-6);
    }

    // Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1 are 0.02, 0.03, 0.06, 0.04, and none is below one before it.
    [Fact]
    public void Holms_correction_is_the_one_worked_out_by_hand() =>
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Estimate.Holm([0.01, 0.04, 0.03, 0.005]).Select(p => Math.Round(p, 12)));

    // Differences 0.25, 0.25, 0.5, 0: mean 0.25, squares 0.125 over 3, error sqrt(0.125 / 12) = 0.102062. The two means
    // alone have larger errors.
    [Fact]
    public void A_gain_is_measured_problem_by_problem()
    {
        double[] before = [0, 0.5, 0.25, 1], after = [0.25, 0.75, 0.75, 1];
        var gain = Estimate.Paired(after, before);
        Assert.Equal(0.25, gain.Mean, tolerance: 1e-12);
        Assert.Equal(0.102062, gain.StandardError, tolerance: 1e-6);
        Assert.True(gain.StandardError < Estimate.Of(before).StandardError);
        Assert.Throws<ArgumentException>(() => Estimate.Paired(after, before[..3]));
        Assert.Throws<ArgumentException>(() => Estimate.Of([1]));
    }

    [Fact]
    public void Pooled_scores_weigh_every_problem_the_same()
    {
        var results = new ModelResults("m", [Benchmark("a", (1, 4), (2, 4), (4, 4)), Benchmark("b", (0, 4), (0, 4))]);
        Assert.Equal([0.25, 0.5, 1, 0, 0], results.PooledScores);
        Assert.Equal(1.75 / 5, results.Pooled.Mean, tolerance: 1e-12);
        Assert.Equal(1.75 / 3, results.Benchmarks[0].Accuracy.Mean, tolerance: 1e-12);
        Assert.Equal([0.5, 0.25], Estimate.OverRuns([[0, 0.5], [1, 0]]));

        static BenchmarkResult Benchmark(string name, params (int Right, int Answers)[] problems) =>
            new(name,
                [.. problems.Select((problem, i) => new ProblemResult
                {
                    Id = $"{name}{i}",
                    Domain = "d",
                    Level = 1,
                    Answers = problem.Answers,
                    Right = problem.Right,
                    Truncated = 1,
                    Unverifiable = 2,
                    Tokens = 40,
                    Example = "",
                })]);
    }

    // 5,000 problems of 720,720 answers of 8,000 tokens.
    [Fact]
    public void Counts_of_a_large_benchmark_do_not_overflow()
    {
        var result = new BenchmarkResult("a",
            [.. Enumerable.Range(0, 5000)
                .Select(i => new ProblemResult
                {
                    Id = $"{i}",
                    Domain = "d",
                    Level = 1,
                    Answers = 720_720,
                    Right = 360_360,
                    Truncated = 72_072,
                    Unverifiable = 0,
                    Tokens = 8_000L * 720_720,
                    Example = "",
                })]);
        Assert.Equal((0.1, 0, 8_000), (result.TruncatedShare, result.UnverifiableShare, result.MeanTokens));
    }

    // Four problems of four answers, one cut and two unverifiable each, 40 tokens together.
    [Fact]
    public void Shares_are_of_answers_and_not_of_problems()
    {
        var result = new BenchmarkResult("a",
            [new()
            {
                Id = "1",
                Domain = "d",
                Level = 1,
                Answers = 4,
                Right = 1,
                Truncated = 1,
                Unverifiable = 2,
                Tokens = 40,
                Example = "",
            }, new()
            {
                Id = "2",
                Domain = "d",
                Level = 1,
                Answers = 2,
                Right = 1,
                Truncated = 2,
                Unverifiable = 0,
                Tokens = 8,
                Example = "",
            }]);
        Assert.Equal(0.5, result.TruncatedShare);
        Assert.Equal(1.0 / 3, result.UnverifiableShare, tolerance: 1e-12);
        Assert.Equal(8, result.MeanTokens);
    }
}
