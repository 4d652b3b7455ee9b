using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Tests.Evaluation;

public sealed class ReproductionTests
{
    // On 30 problems 57.5 is 69 of 120, and 53.3 is 16 of 30; 3.0 needs nine runs: 8 of 270. On 500, 82.9, 86.9 and
    // 89.3 need two, and on 198, 42.6, 47.3 and 48.3 need three.
    [Theory]
    [InlineData(57.5, 30, 4)]
    [InlineData(53.3, 30, 1)]
    [InlineData(3.0, 30, 9)]
    [InlineData(82.9, 500, 2)]
    [InlineData(86.9, 500, 2)]
    [InlineData(94.6, 500, 1)]
    [InlineData(42.6, 198, 3)]
    [InlineData(47.3, 198, 3)]
    [InlineData(52.0, 198, 1)]
    public void The_fewest_runs_are_those_that_can_give_the_printed_digits(double percent, int problems, int runs) =>
        Assert.Equal(runs, new PublishedShare(percent / 100, null, 1).FewestSamples(problems));

    [Fact]
    public void What_was_said_of_the_number_of_completions_counts() =>
        Assert.Equal(64, new PublishedShare(0.4813, 64, 2).FewestSamples(30));

    // 20 problems of 4 completions, of which 2 are right: a completion's variance is 0.25 * 4/3 = 1/3, the square of
    // the error over answers 1/240, of 60 degrees (t 2.000298), as of 0.25 * 240 = 60 answers; Wilson. The published
    // 0.30 of 16 completions: 1.959964 sqrt(1/3 / 320) = 0.063258, and 0.0005 of rounding.
    [Fact]
    public void The_interval_of_the_difference_is_the_one_worked_out_by_hand()
    {
        var found = Reproduction.Of(new PublishedShare(0.30, 16, 1), Result(20, 4, _ => 2), 20, 0.03);
        Assert.Equal(0.2, found.Difference, tolerance: 1e-12);
        Assert.Equal(0.063258 + 0.0005, found.PublishedHalf, tolerance: 2e-6);
        var half = 2.000298 / (1 + (4.001192 / 60)) * Math.Sqrt((0.25 / 60) + (4.001192 / 14400));
        Assert.Equal(Math.Sqrt((half * half) + (0.063758 * 0.063758)), found.HalfInterval, tolerance: 2e-6);
        Assert.Equal(Agreement.Differs, found.Verdict);
        Assert.Null(found.SamplesNeeded); // The published number alone is unsure by more than three points.
    }

    [Fact]
    public void Close_numbers_agree_only_where_chance_leaves_no_more_than_the_margin()
    {
        var published = new PublishedShare(0.50, 64, 1);
        var few = Reproduction.Of(published, Result(100, 2, _ => 1), 100, 0.03);
        Assert.Equal(Agreement.Undecided, few.Verdict);
        var needed = few.SamplesNeeded!.Value;
        Assert.InRange(needed, 10, 60);
        var many = Reproduction.Of(published, Result(100, 4 * needed, _ => 2 * needed), 100, 0.03);
        Assert.Equal(Agreement.Agrees, many.Verdict);
        Assert.Equal(Agreement.Differs,
            Reproduction.Of(published, Result(100, 4 * needed, _ => 3 * needed), 100, 0.03).Verdict);
    }

    // 50 of 500 problems say little of the 500, however often they are answered.
    [Fact]
    public void A_part_of_the_problems_is_as_unsure_as_its_problems_are_unlike()
    {
        var published = new PublishedShare(0.5, 8, 1);
        var part = Reproduction.Of(published, Result(50, 64, i => i % 2 * 64), 500, 0.03);
        var whole = Reproduction.Of(published, Result(500, 64, i => i % 2 * 64), 500, 0.03);
        Assert.Equal((Agreement.Undecided, Agreement.Agrees), (part.Verdict, whole.Verdict));
        Assert.True(part.HalfInterval > 0.13);
    }

    // The law of the verdict: of measurements of the very model that was published, one in twenty differs.
    [Theory]
    [InlineData(30, 64, 64)]
    [InlineData(500, 8, 8)]
    [InlineData(198, 8, 1)]
    public void Of_the_same_model_one_in_twenty_differs(int problems, int samples, int publishedSamples)
    {
        var random = Randomness.For(6, "reproduction", problems, samples);
        var shares = Enumerable.Range(0, problems).Select(_ => random.NextDouble()).ToList();
        var differs = 0;
        for (var i = 0; i < 1000; i++)
        {
            var published = shares.Average(share => (double)Right(share, publishedSamples) / publishedSamples);
            differs += Reproduction.Of(new PublishedShare(published, publishedSamples, 4),
                Result(problems, samples, j => Right(shares[j], samples)), problems, 0.03).Verdict == Agreement.Differs
                ? 1
                : 0;
        }

        Assert.InRange(differs / 1000.0, 0.03, 0.07);

        int Right(double share, int count)
        {
            var right = 0;
            for (var i = 0; i < count; i++)
            {
                right += random.NextDouble() < share ? 1 : 0;
            }

            return right;
        }
    }

    private static BenchmarkResult Result(int problems, int answers, Func<int, int> right) =>
        new("b", [.. Enumerable.Range(0, problems).Select(i => new ProblemResult
        {
            Id = $"{i}",
            Domain = "",
            Level = 0,
            Answers = answers,
            Right = right(i),
            Truncated = 0,
            Unverifiable = 0,
            Tokens = 1,
            Example = "",
        })]);
}
