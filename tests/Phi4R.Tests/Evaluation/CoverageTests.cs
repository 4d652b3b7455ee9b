using Phi4R.Evaluation;
using Phi4R.Foundation;

namespace Phi4R.Tests.Evaluation;

// The law of a 95 % interval: of a hundred it holds the truth about ninety-five times. Every seed is fixed, so nothing
// here is by chance.
public sealed class CoverageTests
{
    private const int Trials = 2000;

    public static TheoryData<int, int, int> Sizes()
    {
        TheoryData<int, int, int> sizes = [];
        foreach (var problems in new[] { 30, 198, 500 })
        {
            foreach (var answers in new[] { 1, 8, 64 })
            {
                for (var kind = 0; kind < Kinds.Length; kind++)
                {
                    sizes.Add(problems, answers, kind);
                }
            }
        }

        return sizes;
    }

    // How hard problems are: any, mostly hard, mostly easy, of two kinds. With the mean share of right answers.
    private static readonly (double Mean, Func<RandomStream, double> Draw)[] Kinds =
    [
        (0.5, random => random.NextDouble()),
        (0.2, random => 1 - Math.Pow(random.NextDouble(), 0.25)),
        (0.8, random => Math.Pow(random.NextDouble(), 0.25)),
        (0.5, TwoKinds),
    ];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Of_other_problems_of_the_kind_the_interval_holds_the_mean(int problems, int answers, int kind)
    {
        var random = Randomness.For(1, "coverage", problems, answers, kind);
        var (mean, draw) = Kinds[kind];
        Covers(() => Estimate.Of(Scores(random, Shares(), answers), answers), mean, 0.93, 0.97);

        double[] Shares() => [.. Enumerable.Range(0, problems).Select(_ => draw(random))];
    }

    // The same problems answered again: the truth is their own mean, and the error that over answers.
    [Theory]
    [InlineData(30, 8)]
    [InlineData(198, 8)]
    [InlineData(500, 64)]
    public void Of_the_same_problems_asked_again_the_error_over_answers_holds_the_mean(int problems, int answers)
    {
        var random = Randomness.For(2, "coverage", problems, answers);
        double[] shares = [.. Enumerable.Range(0, problems).Select(_ => random.NextDouble())];
        var (within, over) = (0, 0);
        for (var i = 0; i < Trials; i++)
        {
            var estimate = Estimate.Of(Scores(random, shares, answers), answers);
            within += Math.Abs(estimate.Mean - shares.Average()) < 1.96 * estimate.WithinError ? 1 : 0;
            over += Math.Abs(estimate.Mean - shares.Average()) < 1.96 * estimate.ProblemError ? 1 : 0;
        }

        Assert.InRange(within / (double)Trials, 0.93, 0.97);
        Assert.InRange(over / (double)Trials, 0.99, 1); // That over problems asks another question.
    }

    // Gains of a stage that differ from training to training by 4 points: over problems alone half of the intervals
    // miss.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Over_several_trainings_the_interval_holds_the_mean_gain_of_the_recipe(int seeds)
    {
        var random = Randomness.For(3, "coverage", seeds);
        const double Gain = 0.1;
        Covers(() => Gained(over: true), Gain, 0.93, 0.98);
        Covers(() => Gained(over: false), Gain, 0, 0.8);

        Estimate Gained(bool over)
        {
            double[] shares = [.. Enumerable.Range(0, 500).Select(_ => 0.3 + (0.3 * random.NextDouble()))];
            List<(double[] Before, double[] After)> runs = [.. Enumerable.Range(0, seeds).Select(_ =>
            {
                var own = Gain + (0.04 * Normal(random));
                return (Scores(random, shares, 8), Scores(random, [.. shares.Select(share => share + own)], 8));
            })];
            var all = Estimate.Paired(
                Estimate.OverRuns([.. runs.Select(run => run.After)]),
                Estimate.OverRuns([.. runs.Select(run => run.Before)]));
            return over ? all.Over([.. runs.Select(run => Estimate.Paired(run.After, run.Before, 8))]) : all;
        }
    }

    // Four gains of nothing: at least one is called a gain in one family of twenty, not in one of five.
    [Fact]
    public void Of_a_family_without_any_gain_one_in_twenty_shows_one()
    {
        var random = Randomness.For(4, "coverage");
        var (shown, uncorrected) = (0, 0);
        for (var i = 0; i < Trials; i++)
        {
            double[] shares = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
            var values = Enumerable.Range(0, 4)
                .Select(_ => Estimate.Paired(Scores(random, shares, 4), Scores(random, shares, 4)).PValue).ToList();
            shown += Estimate.Holm(values).Any(p => p < 0.05) ? 1 : 0;
            uncorrected += values.Any(p => p < 0.05) ? 1 : 0;
        }

        Assert.InRange(shown / (double)Trials, 0.03, 0.07);
        Assert.InRange(uncorrected / (double)Trials, 0.15, 0.22);
    }

    private static void Covers(Func<Estimate> trial, double truth, double least, double most)
    {
        var held = Enumerable.Range(0, Trials)
            .Count(_ => trial() is var estimate && estimate.Low <= truth && truth <= estimate.High);
        Assert.InRange(held / (double)Trials, least, most);
    }

    private static double[] Scores(RandomStream random, double[] shares, int answers) =>
        Array.ConvertAll(shares, share =>
    {
        var right = 0;
        for (var i = 0; i < answers; i++)
        {
            right += random.NextDouble() < share ? 1 : 0;
        }

        return (double)right / answers;
    });

    private static double TwoKinds(RandomStream random)
    {
        var easy = Math.Pow(random.NextDouble(), 0.25);
        return random.Next(2) == 0 ? easy : 1 - easy;
    }

    private static double Normal(RandomStream random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
