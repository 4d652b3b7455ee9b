using Phi4R.Data;

namespace Phi4R.Tests.Data;

public sealed class DecontaminationTests
{
    private static readonly Problem[] Benchmark =
    [
        Asked("b1", "Find the sum of all primes p such that p divides 30."),
        Asked("b2", "compute 47+8"),
    ];

    [Theory]
    [InlineData("find the  SUM of all primes p such that p divides 30.", "b1", "find the sum of all primes p such")]
    [InlineData("Now then: the sum of all primes p such that I like", "b1", "the sum of all primes p such that")]
    [InlineData("Compute 47 + 8", "b2", "compute 47 + 8")]
    public void A_shared_run_of_words_is_removed_and_shown(string question, string benchmark, string shared)
    {
        var removed = Assert.Single(Decontamination.Remove([Asked("t", question)], Benchmark, runLength: 8).Removed);
        Assert.Equal((benchmark, shared), (removed.BenchmarkId, removed.Shared));
    }

    [Theory]
    [InlineData("the sum of all primes p such as I like")]
    [InlineData("compute 47-8")]
    [InlineData("compute 47+8-3")]
    [InlineData("compute 4+78")]
    public void Seven_words_of_eight_or_another_sign_or_number_stay(string question) =>
        Assert.Single(Decontamination.Remove([Asked("t", question)], Benchmark, runLength: 8).Kept);

    [Fact]
    public void Training_draws_and_benchmarks_share_no_whole_question()
    {
        var training = PocketProblemsTests.Draw(5_000, new ProblemMix { LevelWeights = [0, 1, 1, 1, 1], FourChoiceShare = 0.25 });
        Assert.Empty(Decontamination.Remove(training, PocketBenchmarks.Pocket500().Problems, runLength: 1_000).Removed);
    }

    [Fact]
    public void Repeats_are_removed_in_order_and_counted()
    {
        var before = new Deduplication();
        Assert.Equal(["a", "b", "A", "c"], new[] { "a", "b", "A", "b", "b", "c" }.Where(text => !before.IsRepeat(text)));
        Assert.Equal(2, before.Repeats);
    }

    private static Problem Asked(string id, string question) => new() { Id = id, Question = question, Answer = "0", Domain = "any", Level = 1 };
}
