using Phi4R.Data;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Verification;

namespace Phi4R.Tests.Stages;

public sealed class ReinforceTests
{
    private static readonly GrpoConfig OneGroup =
        ToyTask.Grpo with { Steps = 1, PromptsPerStep = 1, GroupSize = 64 };

    [Fact]
    public void Rewards_rise_on_a_task_that_can_be_learned()
    {
        var reports = Run(ToyTask.Grpo);
        Assert.True(reports[0].Accuracy < 0.3, $"at first {reports[0].Accuracy}");
        Assert.True(reports[^1].Accuracy > 0.9, $"at last {reports[^1].Accuracy}");
        Assert.All(reports, report => Assert.Equal((2 * report.Accuracy) - 1, report.MeanReward, tolerance: 1e-12));
        Assert.All(reports, report => Assert.InRange(report.TrainInferenceMismatch, 0, 1e-4));
        Assert.All(reports,
            report => Assert.Equal(8, report.AllWrong + report.AllRight + report.TooEasy + report.Used));
    }

    [Fact]
    public void Without_problems_it_says_where_to_look()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var error = Assert.Throws<InvalidOperationException>(
            () => Grpo.Run(model, ToyTask.Tokenizer, [], ToyTask.EvenFirst, ToyTask.Grpo, seed: 1)).Message;
        Assert.Contains("GrpoMix.LevelWeights", error, StringComparison.Ordinal);
    }

    // Ten steps, the first half of them falling: 1.0, 0.92, 0.84, 0.76, 0.68, then 0.6.
    [Fact]
    public void The_temperature_falls_as_worked_out_by_hand_and_only_when_it_is_told_to()
    {
        var config = ToyTask.Grpo with { Steps = 10, Anneal = true };
        double[] expected = [1, 0.92, 0.84, 0.76, 0.68, 0.6, 0.6, 0.6, 0.6, 0.6];
        Assert.Equal(expected, Enumerable.Range(0, 10).Select(step => Math.Round(config.TemperatureAt(step), 12)));
        Assert.All(Enumerable.Range(0, 10),
            step => Assert.Equal(1, (config with { Anneal = false }).TemperatureAt(step)));
        Assert.Equal(expected[..2], Run(config with { Steps = 10, PromptsPerStep = 1 })[..2]
            .Select(report => Math.Round(report.Temperature, 12)));
    }

    [Fact]
    public void Rebalancing_keeps_as_many_wrong_answers_as_right_ones_and_drops_what_is_too_easy()
    {
        var reports = Run(ToyTask.Grpo with { Rebalance = true, MaxAccuracy = 0.5, Steps = 12 });
        Assert.All(reports, report => Assert.Equal(0, report.AnswersUsed % 2));
        Assert.Contains(reports, report => report.TooEasy > 0);
        Assert.Contains(reports, report => report.Used > 0 && report.AnswersUsed < 8 * report.Used);

        var plain = Run(ToyTask.Grpo with { Steps = 12 });
        Assert.All(plain, report => Assert.Equal(0, report.TooEasy));
        Assert.All(plain, report => Assert.Equal(8 * report.Used, report.AnswersUsed));
    }

    // Where no answer can be judged, there is nothing to compare.
    [Fact]
    public void A_step_without_anything_to_compare_changes_no_weight()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var before = SmallModel.Weights(model);
        var reports = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, (_, _) =>
            new Verdict(Outcome.Unverifiable, null, ""), ToyTask.Grpo with { Steps = 2 }, seed: 1);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.All(reports,
            report => Assert.Equal((8, 0, 0), (report.AllWrong, report.AnswersUsed, (int)report.GradientNorm)));
        Assert.All(reports, report => Assert.True(report.Unverifiable > 0));
    }

    [Fact]
    public void An_answer_that_was_cut_is_wrong_whatever_it_says()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var reports = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, (_, _) =>
            new Verdict(Outcome.Correct, null, ""), ToyTask.Grpo with { Steps = 1, MaxTokens = 1 }, seed: 1);
        Assert.InRange(reports[0].Truncated, 1, 63);
        Assert.Equal(64 - reports[0].Truncated, reports[0].Accuracy * 64, tolerance: 1e-9);
    }

    // One group of 64: even digits are right, odd ones wrong, and what begins with another sign cannot be judged.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_that_nobody_can_judge_is_compared_with_none(bool rebalance)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var (right, wrong) = (0, 0);
        var config = OneGroup with { Rebalance = rebalance };
        var report = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, Judge, config, seed: 1)[0];
        Assert.True(right > 0 && wrong > 0 && report.Unverifiable > 0);
        Assert.Equal(64, right + wrong + report.Unverifiable + report.Truncated);
        Assert.Equal(rebalance ? 2 * Math.Min(right, wrong + report.Truncated) : 64 - report.Unverifiable,
            report.AnswersUsed);

        Verdict Judge(Problem problem, string response)
        {
            var outcome = response is not [>= '0' and <= '9', ..] ? Outcome.Unverifiable : (response[0] - '0') % 2 == 0
                ? Outcome.Correct : Outcome.Incorrect;
            (right, wrong) = (right + (outcome == Outcome.Correct ? 1 : 0), wrong
                + (outcome == Outcome.Incorrect ? 1 : 0));
            return new Verdict(outcome, null, "");
        }
    }

    [Theory]
    [InlineData(Overlong.Wrong)]
    [InlineData(Overlong.LeftOut)]
    [InlineData(Overlong.SoftPenalty)]
    public void A_cut_answer_is_compared_unless_it_is_left_out(Overlong overlong)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var config = OneGroup with { MaxTokens = 2, Overlong = overlong };
        var report = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1)[0];
        Assert.InRange(report.Truncated, 1, 63);
        Assert.Equal(overlong == Overlong.LeftOut ? 64 - report.Truncated : 64, report.AnswersUsed);
    }

    // Of 100 tokens the last 20 cost: half a point at 90, a whole one at the limit.
    [Fact]
    public void Rewards_equal_the_values_worked_out_by_hand()
    {
        Assert.Equal([1, 1, 0.5, 0], new[] { 10, 80, 90, 100 }
            .Select(tokens => Reward.Of(correct: true, tokens, 100, Overlong.SoftPenalty)).ToArray());
        Assert.Equal([-1, -1.25, -2], new[] { 80, 85, 100 }
            .Select(tokens => Reward.Of(correct: false, tokens, 100, Overlong.SoftPenalty)).ToArray());
        Assert.Equal((1.0, -1.0),
            (Reward.Of(true, 100, 100, Overlong.Wrong), Reward.Of(false, 100, 100, Overlong.LeftOut)));
    }

    [Fact]
    public void Each_round_asks_every_problem_once_and_in_an_order_of_its_own()
    {
        var asked = Enumerable.Range(0, 10)
            .SelectMany(step => Grpo.Asked(ToyTask.Problems, perStep: 4, step, seed: 1)).Chunk(10).ToList();
        Assert.Equal(ToyTask.Problems, asked[0]);
        Assert.All(asked, round => Assert.Equal(10, round.Distinct().Count()));
        Assert.NotEqual(asked[0], asked[1]);
        Assert.NotEqual(asked[1], asked[2]);
        Assert.Equal(asked[1], Enumerable.Range(0, 10)
            .SelectMany(step => Grpo.Asked(ToyTask.Problems, perStep: 2, step + 5, seed: 1)).Take(10));
    }

    [Fact]
    public void Two_runs_from_one_seed_are_equal_to_the_last_bit_and_others_are_not()
    {
        var config = ToyTask.Grpo with { Steps = 3 };
        using var first = SmallModel.Create(ToyTask.Config);
        using var second = SmallModel.Create(ToyTask.Config);
        using var other = SmallModel.Create(ToyTask.Config);
        Grpo.Run(first, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1);
        Grpo.Run(second, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1);
        Grpo.Run(other, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 2);
        Assert.Equal(SmallModel.Weights(first), SmallModel.Weights(second));
        Assert.NotEqual(SmallModel.Weights(first)["model.norm.weight"], SmallModel.Weights(other)["model.norm.weight"]);
    }

    private static GrpoReport[] Run(GrpoConfig config)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        return [.. Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1)];
    }
}
