using Phi4R.Evaluation;

namespace Phi4R.Tests.Evaluation;

public sealed class EstimateTests
{
    // Scores 0, 0.5, 1, 0.5: mean 0.5, squares 0.25 + 0.25 over 3 is 1/6, error of the mean sqrt(1/24) = 0.204124; 1.959964 of them are 0.400076.
    [Fact]
    public void Mean_error_and_interval_are_those_worked_out_by_hand()
    {
        var estimate = Estimate.Of([0, 0.5, 1, 0.5]);
        Assert.Equal(0.5, estimate.Mean, tolerance: 1e-12);
        Assert.Equal(0.204124, estimate.StandardError, tolerance: 1e-6);
        Assert.Equal(0.099924, estimate.Low, tolerance: 1e-6);
        Assert.Equal(0.900076, estimate.High, tolerance: 1e-6);
        Assert.Equal(4, estimate.Count);
    }

    // Differences 0.25, 0.25, 0.5, 0: mean 0.25, squares 0.125 over 3, error sqrt(0.125 / 12) = 0.102062. The two means alone have larger errors.
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
        var results = new ModelResults("m", [Benchmark("a", (1, 4), (2, 4), (4, 4)), Benchmark("b", (0, 4))]);
        Assert.Equal([0.25, 0.5, 1, 0], results.PooledScores);
        Assert.Equal(1.75 / 4, results.Pooled.Mean, tolerance: 1e-12);
        Assert.Equal(1.75 / 3, results.Benchmarks[0].Accuracy.Mean, tolerance: 1e-12);
        Assert.Equal([0.5, 0.25], Estimate.OverRuns([[0, 0.5], [1, 0]]));

        static BenchmarkResult Benchmark(string name, params (int Right, int Answers)[] problems) =>
            new(name, [.. problems.Select((problem, i) => new ProblemResult($"{name}{i}", "d", 1, problem.Answers, problem.Right, 1, 2, 40, ""))]);
    }

    // As a record of MATH's 5,000 problems is read back: each score stands for 720,720 answers, of 8,000 tokens here.
    [Fact]
    public void Counts_of_a_large_benchmark_do_not_overflow()
    {
        var result = new BenchmarkResult("a", [.. Enumerable.Range(0, 5000).Select(i => new ProblemResult($"{i}", "d", 1, 720_720, 360_360, 72_072, 0, 8_000L * 720_720, ""))]);
        Assert.Equal((0.1, 0, 8_000), (result.CutShare, result.UnverifiableShare, result.MeanTokens));
    }

    // Four problems of four answers, one cut and two unverifiable each, 40 tokens together.
    [Fact]
    public void Shares_are_of_answers_and_not_of_problems()
    {
        var result = new BenchmarkResult("a", [new("1", "d", 1, 4, 1, 1, 2, 40, ""), new("2", "d", 1, 2, 1, 2, 0, 8, "")]);
        Assert.Equal(0.5, result.CutShare);
        Assert.Equal(1.0 / 3, result.UnverifiableShare, tolerance: 1e-12);
        Assert.Equal(8, result.MeanTokens);
    }
}
