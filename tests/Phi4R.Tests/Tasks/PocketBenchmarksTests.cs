using Phi4R.Data;
using Phi4R.Tasks.Pocket;

namespace Phi4R.Tests.Tasks;

public sealed class PocketBenchmarksTests
{
    private static readonly ProblemSet[] Benchmarks = [PocketBenchmarks.Pocket500(), PocketBenchmarks.PocketHard(),
        PocketBenchmarks.PocketChoice()];

    [Fact]
    public void Sizes_and_levels_are_as_described()
    {
        Assert.Equal(["pocket-500 500 2-4", "pocket-hard 300 5-5", "pocket-choice 198 3-5"], Benchmarks.Select(set =>
            $"{set.Name} {set.Problems.Count} "
                + $"{set.Problems.Min(problem => problem.Level)}-{set.Problems.Max(problem => problem.Level)}"));
        Assert.All(PocketBenchmarks.PocketChoice().Problems, problem => Assert.NotNull(problem.Choices));
        Assert.All(PocketBenchmarks.Pocket500().Problems.Concat(PocketBenchmarks.PocketHard().Problems),
            problem => Assert.Null(problem.Choices));
    }

    [Fact]
    public void No_stem_is_asked_twice() =>
        Assert.Distinct(Benchmarks.Append(PocketBenchmarks.Validation(600)).SelectMany(set => set.Problems)
            .Select(problem => problem.Question.Split("; one of ")[0]));

    [Fact]
    public void Benchmarks_and_validation_come_from_their_splits()
    {
        Assert.All(Benchmarks.SelectMany(set => set.Problems),
            problem => Assert.Equal(Split.Benchmark, PocketProblems.SplitOf(problem)));
        Assert.All(PocketBenchmarks.Validation().Problems,
            problem => Assert.Equal(Split.Validation, PocketProblems.SplitOf(problem)));
    }

    [Fact]
    public void Validation_is_a_third_of_each_benchmark_s_kind()
    {
        var problems = PocketBenchmarks.Validation().Problems;
        Assert.Equal(100, problems.Count(problem => problem.Choices is not null));
        Assert.Equal(100, problems.Count(problem => problem.Choices is null && problem.Level == 5));
        Assert.Equal(100, problems.Count(problem => problem.Choices is null && problem.Level is >= 2 and <= 4));
    }

    [Fact]
    public void A_smaller_set_is_the_start_of_the_full_one() =>
        Assert.Equal(PocketBenchmarks.Pocket500().Problems.Take(20), PocketBenchmarks.Pocket500(20).Problems);

    [Fact]
    public void More_than_there_are_is_refused_with_the_size() =>
        Assert.Contains("it has 300", Assert.Throws<ArgumentException>(() => PocketBenchmarks.PocketHard(301)).Message);

    [Fact]
    public void All_domains_are_in_each_set() =>
        Assert.All(Benchmarks,
            set =>
                Assert.All(set.Problems.CountBy(problem => problem.Domain),
                    domain => Assert.InRange(domain.Value, set.Problems.Count / 12, set.Problems.Count / 3)));
}
