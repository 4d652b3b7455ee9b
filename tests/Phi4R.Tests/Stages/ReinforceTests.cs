using Phi4R.Stages;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Stages;

public sealed class ReinforceTests
{
    [Fact]
    public void Rewards_rise_on_a_task_that_can_be_learned()
    {
        var reports = Run(ToyTask.Reinforce);
        Assert.True(reports[0].Accuracy < 0.3, $"at first {reports[0].Accuracy}");
        Assert.True(reports[^1].Accuracy > 0.9, $"at last {reports[^1].Accuracy}");
        Assert.All(reports, report => Assert.Equal((2 * report.Accuracy) - 1, report.MeanReward, tolerance: 1e-12));
        Assert.All(reports, report => Assert.InRange(report.LogProbabilityGap, 0, 1e-4));
        Assert.All(reports, report => Assert.Equal(8, report.AllWrong + report.AllRight + report.TooEasy + report.Used));
    }

    [Fact]
    public void Without_problems_it_says_where_to_look()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var error = Assert.Throws<InvalidOperationException>(() => Reinforce.Run(model, ToyTask.Tokenizer, [], ToyTask.EvenFirst, ToyTask.Reinforce, seed: 1)).Message;
        Assert.Contains("ReinforceMix.LevelWeights", error, StringComparison.Ordinal);
    }

    // Ten steps, the first half of them falling: 1.0, 0.92, 0.84, 0.76, 0.68, then 0.6.
    [Fact]
    public void The_temperature_falls_as_worked_out_by_hand_and_only_when_it_is_told_to()
    {
        var config = ToyTask.Reinforce with { Steps = 10, Anneal = true };
        double[] expected = [1, 0.92, 0.84, 0.76, 0.68, 0.6, 0.6, 0.6, 0.6, 0.6];
        Assert.Equal(expected, Enumerable.Range(0, 10).Select(step => Math.Round(config.TemperatureAt(step), 12)));
        Assert.All(Enumerable.Range(0, 10), step => Assert.Equal(1, (config with { Anneal = false }).TemperatureAt(step)));
        Assert.Equal(expected[..2], Run(config with { Steps = 10, PromptsPerStep = 1 })[..2].Select(report => Math.Round(report.Temperature, 12)));
    }

    [Fact]
    public void Rebalancing_keeps_as_many_wrong_answers_as_right_ones_and_drops_what_is_too_easy()
    {
        var reports = Run(ToyTask.Reinforce with { Rebalance = true, MaxAccuracy = 0.5, Steps = 12 });
        Assert.All(reports, report => Assert.Equal(0, report.AnswersUsed % 2));
        Assert.Contains(reports, report => report.TooEasy > 0);
        Assert.Contains(reports, report => report.Used > 0 && report.AnswersUsed < 8 * report.Used);

        var plain = Run(ToyTask.Reinforce with { Steps = 12 });
        Assert.All(plain, report => Assert.Equal(0, report.TooEasy));
        Assert.All(plain, report => Assert.Equal(8 * report.Used, report.AnswersUsed));
    }

    // An answer that cannot be judged counts as wrong; where all are, there is nothing to compare.
    [Fact]
    public void A_step_without_anything_to_compare_changes_no_weight()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var before = SmallModel.Weights(model);
        var reports = Reinforce.Run(model, ToyTask.Tokenizer, ToyTask.Problems, (_, _) => new Phi4R.Maths.Verdict(Phi4R.Maths.Outcome.Unverifiable, null, ""), ToyTask.Reinforce with { Steps = 2 }, seed: 1);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.All(reports, report => Assert.Equal((8, 0, 0), (report.AllWrong, report.AnswersUsed, (int)report.GradientNorm)));
        Assert.All(reports, report => Assert.True(report.Unverifiable > 0));
    }

    [Fact]
    public void An_answer_that_was_cut_is_wrong_whatever_it_says()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var reports = Reinforce.Run(model, ToyTask.Tokenizer, ToyTask.Problems, (_, _) => new Phi4R.Maths.Verdict(Phi4R.Maths.Outcome.Correct, null, ""), ToyTask.Reinforce with { Steps = 1, MaxTokens = 1 }, seed: 1);
        Assert.InRange(reports[0].Cut, 1, 63);
        Assert.Equal(64 - reports[0].Cut, reports[0].Accuracy * 64, tolerance: 1e-9);
    }

    [Fact]
    public void Two_runs_from_one_seed_are_equal_to_the_last_bit_and_others_are_not()
    {
        var config = ToyTask.Reinforce with { Steps = 3 };
        using var first = SmallModel.Create(ToyTask.Config);
        using var second = SmallModel.Create(ToyTask.Config);
        using var other = SmallModel.Create(ToyTask.Config);
        Reinforce.Run(first, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1);
        Reinforce.Run(second, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1);
        Reinforce.Run(other, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 2);
        Assert.Equal(SmallModel.Weights(first), SmallModel.Weights(second));
        Assert.NotEqual(SmallModel.Weights(first)["model.norm.weight"], SmallModel.Weights(other)["model.norm.weight"]);
    }

    private static ReinforceReport[] Run(ReinforceConfig config)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        return [.. Reinforce.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1)];
    }
}
