using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Tests.Evaluation;

public sealed class PairedTestTests
{
    // McNemar's exact test: with b gained and c lost, twice the binomial tail of b + c coins. 8 and 1: 2 (1 + 9) / 512.
    // 5 and 0: 2 / 32. 3 and 3: 1. 10 and 2: 2 (1 + 12 + 66) / 4096.
    [Theory]
    [InlineData(8, 1, 20.0 / 512)]
    [InlineData(1, 8, 20.0 / 512)]
    [InlineData(5, 0, 2.0 / 32)]
    [InlineData(3, 3, 1)]
    [InlineData(10, 2, 158.0 / 4096)]
    [InlineData(0, 0, 1)]
    public void Of_single_completions_it_is_McNemars_exact_test(int gained, int lost, double p)
    {
        double[] differences = [.. Enumerable.Repeat(1.0, gained), .. Enumerable.Repeat(-1.0, lost), 0, 0, 0, 0];
        Assert.Equal(p, PairedTest.PValue(differences, 1), tolerance: 1e-12);
    }

    // Every way to set the signs, one by one.
    [Theory]
    [InlineData(8, 8)]
    [InlineData(8, 3)]
    [InlineData(64, 5)]
    public void Of_several_completions_it_is_the_share_of_flips_that_sum_to_as_much(int first, int second)
    {
        var random = Randomness.For(1, "flips", first, second);
        double[] differences = [.. Enumerable.Range(0, 12).Select(_ =>
            ((double)random.Next(first + 1) / first) - ((double)random.Next(second + 1) / second))];
        var sum = Math.Abs(differences.Sum());
        var flips = Enumerable.Range(0, 1 << 12).Count(signs =>
            Math.Abs(differences.Select((one, i) => (signs >> i & 1) == 0 ? one : -one).Sum()) >= sum - 1e-9);
        var unit = PairedTest.Unit(Enumerable.Repeat(first, 12).Append(second));
        Assert.Equal(flips / 4096.0, PairedTest.PValue(differences, unit), tolerance: 1e-12);
    }

    [Fact]
    public void The_unit_of_two_counts_is_their_least_common_multiple()
    {
        Assert.Equal(24, PairedTest.Unit([8, 3, 8]));
        Assert.Equal(1, PairedTest.Unit([1, 1, 0]));
        Assert.True(PairedTest.Unit(Enumerable.Range(1, 64)) > 1_000_000);
    }

    // Where nothing is to be found, one in twenty is below 0.05, and no more.
    [Theory]
    [InlineData(30, 1)]
    [InlineData(198, 8)]
    public void Where_there_is_no_gain_one_in_twenty_is_called_one(int problems, int samples)
    {
        var random = Randomness.For(2, "flips", problems, samples);
        var called = 0;
        for (var trial = 0; trial < 1000; trial++)
        {
            double[] differences = [.. Enumerable.Range(0, problems).Select(_ => random.NextDouble())
                .Select(share => (Right(share) - Right(share)) / (double)samples)];
            called += PairedTest.PValue(differences, samples) < 0.05 ? 1 : 0;
        }

        Assert.InRange(called / 1000.0, 0.015, 0.065); // A sum of few coins is below it more rarely.

        int Right(double share) => Enumerable.Range(0, samples).Count(_ => random.NextDouble() < share);
    }
}
