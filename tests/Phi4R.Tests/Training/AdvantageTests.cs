using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

public sealed class AdvantageTests
{
    // Mean of 1, 1, 1, -1 is 0.5; deviations 0.5, 0.5, 0.5, -1.5; their mean square is 0.75.
    [Fact]
    public void Advantages_equal_the_values_worked_out_by_hand()
    {
        Assert.Equal([0.5, 0.5, 0.5, -1.5], Advantages.Of([1, 1, 1, -1], AdvantageKind.Centered));
        var root = Math.Sqrt(0.75);
        Assert.Equal([0.5 / root, 0.5 / root, 0.5 / root, -1.5 / root],
            Advantages.Of([1, 1, 1, -1], AdvantageKind.Standardized));
    }

    [Fact]
    public void A_group_of_equal_rewards_has_no_advantage_however_its_mean_is_rounded()
    {
        Assert.Equal(new double[7], Advantages.Of([.. Enumerable.Repeat(0.1, 7)], AdvantageKind.Standardized));
        Assert.Equal(new double[3], Advantages.Of([-1, -1, -1], AdvantageKind.Centered));
    }

    // 0.1 + 0.2 is 0.30000000000000004; standardized, that residue was an advantage of 1.7.
    [Theory]
    [InlineData(AdvantageKind.Centered)]
    [InlineData(AdvantageKind.Standardized)]
    public void A_residue_of_rounding_is_no_advantage_and_a_small_reward_is(AdvantageKind kind)
    {
        Assert.Equal(new double[4], Advantages.Of([0.1 + 0.2, 0.3, 0.3, 0.3], kind));
        Assert.Equal(new double[2], Advantages.Of([-1e6, -1e6 + 1e-9], kind));
        Assert.All(Advantages.Of([1e-12, 0, 0, 1e-12], kind), advantage => Assert.NotEqual(0, advantage));
        Assert.All(Advantages.Of([1, 1.001], kind), advantage => Assert.NotEqual(0, advantage));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_reward_that_is_no_number_is_named(double reward)
    {
        var error = Assert.Throws<ArgumentException>(() =>
            Advantages.Of([1, -1, reward, reward], AdvantageKind.Standardized)).Message;
        Assert.Contains("Reward 2 of the group's 4 is", error, StringComparison.Ordinal);
    }

    // A share of 1e-9 of the largest reward's size is rounding, whatever its sign; an empty group has nothing.
    [Fact]
    public void Rounding_is_told_by_the_largest_size_and_an_empty_group_has_no_advantage()
    {
        Assert.Equal(new double[2], Advantages.Of([-4, -4 - 3.9e-9], AdvantageKind.Centered));
        Assert.Equal([-2.5e-9, 2.5e-9], Advantages.Of([-4 - 5e-9, -4], AdvantageKind.Centered)
            .Select(value => Math.Round(value, 12)));
        Assert.Empty(Advantages.Of([], AdvantageKind.Standardized));
        Assert.Equal(new double[2], Advantages.Of([0, 0], AdvantageKind.Standardized));
    }

    [Fact]
    public void A_reward_that_is_no_number_is_named_by_its_place_with_what_it_is()
    {
        var error = Assert.Throws<ArgumentException>(() => Advantages.Of([double.NaN], AdvantageKind.Centered)).Message;
        Assert.Equal("Reward 0 of the group's 1 is NaN; a reward is a finite number. Look at what gives the rewards.",
            error);
    }

    // Three right and one wrong: the wrong one is kept, and each right one with chance 1/3; over 3,000 draws 1,000 are
    // expected with deviation 26.
    [Fact]
    public void Of_more_right_answers_as_many_are_kept_as_there_are_wrong_with_equal_chances()
    {
        bool[] correct = [true, true, false, true];
        var counts = new int[4];
        for (var draw = 0; draw < 3000; draw++)
        {
            var (fate, kept) = GroupFilter.Balance(correct, 1, Randomness.For(2, "test", draw));
            Assert.Equal((GroupOutcome.Used, 2), (fate, kept.Count));
            foreach (var i in kept)
            {
                counts[i]++;
            }
        }

        Assert.All(Enumerable.Range(0, 4),
            i => Assert.InRange(counts[i], correct[i] ? 870 : 3000, correct[i] ? 1130 : 3000));
    }

    // A share of exactly the limit is not above it; of a group that nobody judged nothing is right.
    [Fact]
    public void The_largest_share_of_right_answers_is_still_used_and_what_nobody_judged_counts_for_neither_side()
    {
        Assert.Equal(GroupOutcome.Used, Outcome(0.75, right: 3, wrong: 1, unknown: 0));
        Assert.Equal(GroupOutcome.TooEasy, Outcome(0.74, right: 3, wrong: 1, unknown: 0));
        Assert.Equal(GroupOutcome.AllRight, Outcome(0.5, right: 3, wrong: 0, unknown: 2));
        Assert.Equal(GroupOutcome.AllWrong, Outcome(0.5, right: 0, wrong: 1, unknown: 2));
        Assert.Equal(GroupOutcome.AllWrong, Outcome(0.5, right: 0, wrong: 0, unknown: 2));
        Assert.Equal([0, 1], GroupFilter.KeepAll([true, false]).Kept);

        static GroupOutcome Outcome(double maxAccuracy, int right, int wrong, int unknown)
        {
            Phi4R.Verification.Outcome[] said = [.. Enumerable.Repeat(Phi4R.Verification.Outcome.Correct, right),
                .. Enumerable.Repeat(Phi4R.Verification.Outcome.Incorrect, wrong),
                .. Enumerable.Repeat(Phi4R.Verification.Outcome.Unverifiable, unknown)];
            return GroupFilter.OutcomeOf(new RolloutGroup(
                new Problem { Id = "p", Question = "", Answer = "", Domain = "", Level = 1 }, [1],
                [.. said.Select(outcome => new GradedCompletion(
                    new Completion { TokenIds = [], Finish = FinishReason.Stop }, new(outcome, null, "")))]),
                maxAccuracy);
        }
    }

    [Fact]
    public void A_rebalanced_group_has_advantages_of_one_and_minus_one()
    {
        bool[] correct = [true, false, false, true, false, false, false, false];
        var (fate, kept) = GroupFilter.Balance(correct, 0.5, Randomness.For(1, "test"));
        Assert.Equal(GroupOutcome.Used, fate);
        Assert.Equal(4, kept.Count);
        Assert.Contains(0, kept);
        Assert.Contains(3, kept);
        Assert.Equal(kept.Order(), kept);
        Assert.Equal(kept.Select(i => correct[i] ? 1.0 : -1.0),
            Advantages.Of([.. kept.Select(i => correct[i] ? 1.0 : -1.0)], AdvantageKind.Standardized));
    }

    [Theory]
    [InlineData("0000", 0.5, GroupOutcome.AllWrong)]
    [InlineData("1111", 1.0, GroupOutcome.AllRight)]
    [InlineData("1110", 0.5, GroupOutcome.TooEasy)]
    [InlineData("1100", 0.5, GroupOutcome.Used)]
    [InlineData("1000", 0.5, GroupOutcome.Used)]
    [InlineData("1110", 1.0, GroupOutcome.Used)]
    public void A_groups_fate_follows_from_its_right_answers(string answers, double maxAccuracy, GroupOutcome expected)
    {
        bool[] correct = [.. answers.Select(answer => answer == '1')];
        var (fate, kept) = GroupFilter.Balance(correct, maxAccuracy, Randomness.For(1, "test"));
        Assert.Equal(expected, fate);
        var smaller = Math.Min(correct.Count(right => right), correct.Count(right => !right));
        Assert.Equal(expected == GroupOutcome.Used ? (smaller, smaller) : (0, 0),
            (kept.Count(i => correct[i]), kept.Count(i => !correct[i])));
        var (plain, all) = GroupFilter.KeepAll(correct);
        Assert.Equal(expected == GroupOutcome.TooEasy ? GroupOutcome.Used : expected, plain);
        Assert.Equal(plain == GroupOutcome.Used ? 4 : 0, all.Count);
    }

    // Wrong answers three times as long, as cut ones are. In the gradient at the policy itself a token counts its
    // advantage over what its loss is divided by.
    [Theory]
    [InlineData(LossNormalization.Sequence, true)]
    [InlineData(LossNormalization.Token, false)]
    [InlineData(LossNormalization.Constant, false)]
    public void As_many_right_as_wrong_answers_are_a_balance_of_tokens_only_where_each_answer_weighs_the_same(
        LossNormalization normalization, bool balances)
    {
        using var scope = NewDisposeScope();
        var stream = Randomness.For(3, "groups");
        for (var group = 0; group < 20; group++)
        {
            bool[] correct = [true, .. Enumerable.Range(0, 15).Select(_ => stream.Chance(0.2))];
            var (_, kept) = GroupFilter.Balance(correct, 1, stream);
            var advantages = Advantages.Of([.. kept.Select(i => correct[i] ? 1.0 : -1)], AdvantageKind.Standardized);
            int[] lengths = [.. kept.Select(i => (correct[i] ? 1 : 3) * (20 + stream.Next(20)))];
            var tokens = Enumerable.Range(0, kept.Count).SelectMany(i => Enumerable.Repeat(i, lengths[i])).ToList();
            var sum = Losses.Normalized(
                tensor(tokens.Select(i => advantages[i]).ToArray()),
                    tensor(tokens.Select(i => (double)lengths[i]).ToArray()), normalization, tokens.Count, kept.Count,
                    maxTokens: 120).AsDouble();
            Assert.Equal(balances, Math.Abs(sum) < 1e-12);
            Assert.True(balances || sum < -0.1, $"{sum}");
        }
    }

    // Each of six wrong answers is one of the two kept with chance 1/3; over 3,000 draws 1,000 are expected with
    // deviation 26.
    [Fact]
    public void Wrong_answers_are_kept_with_equal_chances()
    {
        bool[] correct = [false, true, false, false, true, false, false, false];
        var counts = new int[8];
        for (var draw = 0; draw < 3000; draw++)
        {
            foreach (var i in GroupFilter.Balance(correct, 0.5, Randomness.For(1, "test", draw)).Kept)
            {
                counts[i]++;
            }
        }

        Assert.All(Enumerable.Range(0, 8),
            i => Assert.InRange(counts[i], correct[i] ? 3000 : 870, correct[i] ? 3000 : 1130));
    }

    // Margins 0, 10 and 20, so beta * margin is 0, 1 and 2, and the loss is ln(1 + e^-x).
    [Fact]
    public void Preference_loss_equals_the_value_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var losses = Losses.Dpo(tensor([-10f, -5f, -5f]), tensor([-12f, -20f, -30f]), tensor([-11f, -6f, -6f]),
            tensor([-13f, -11f, -11f]), beta: 0.1);
        Compare.Close(tensor([0.693147, 0.313262, 0.126928]), losses, 1e-5);
    }

    // Ratio 1.5 above the band of 1.2, 0.5 below that of 0.8: a clipped gain gives no more, a loss is never clipped
    // away.
    [Fact]
    public void Clipped_surrogate_equals_the_value_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var now = tensor([Math.Log(1.5), Math.Log(1.5), Math.Log(0.5), Math.Log(0.5), 0]).requires_grad_(true);
        var losses = Losses.PpoClip(now, zeros(5, ScalarType.Float64), tensor([2.0, -2, 2, -2, 3]), clipLow: 0.2,
            clipHigh: 0.2);
        Compare.Close(tensor([-2.4, 3.0, -1.0, 1.6, -3.0]), losses, 1e-12);
        losses.sum().backward();
        Compare.Close(tensor([0.0, 3.0, -1.0, 0.0, -3.0]), now.grad!, 1e-12);
    }

    // In 32 bits, where e^89 is infinite: no gap between two programs makes a loss or a gradient that is not a number,
    // and without an advantage there is nothing to learn.
    [Theory]
    [InlineData(0, -200)]
    [InlineData(-200, 0)]
    [InlineData(0, -1e30)]
    [InlineData(-1e30, 0)]
    [InlineData(float.NegativeInfinity, -1)]
    public void Losses_of_log_probabilities_far_apart_are_finite_and_without_an_advantage_zero(double one, double other)
    {
        using var scope = NewDisposeScope();
        var drawn = tensor((float)other).expand(3);
        var now = tensor([(float)one, (float)one, (float)one]).requires_grad_(true);
        var losses = Losses.PpoClip(now, drawn, tensor([0f, -1, 1]), 0.2, 0.2);
        var weighed = losses * Losses.TruncatedImportanceWeights(now.detach(), drawn, 2);
        weighed.sum().backward();
        Assert.All(losses.detach().data<float>().Concat(weighed.detach().data<float>())
            .Concat(now.grad!.data<float>()), value => Assert.True(float.IsFinite(value), $"{value}"));
        Assert.Equal((0f, 0f), ((float)losses[0].AsDouble(), (float)now.grad![0].AsDouble()));
    }

    // By hand: d = log reference - log policy. Of d = -200, e^d + 200 - 1 is 199; of d = 200 the estimate is held at
    // that of 20.
    [Theory]
    [InlineData(0, -200, 199)]
    [InlineData(-200, 0, 485165195.41 - 21)]
    public void The_divergence_of_log_probabilities_far_apart_is_finite(double policy, double reference,
        double expected)
    {
        using var scope = NewDisposeScope();
        var now = tensor([(float)policy]).requires_grad_(true);
        var divergence = Losses.Kl(now, tensor([(float)reference]), KlEstimator.K3);
        Assert.Equal(expected, divergence.AsDouble(), tolerance: 1e-6 * expected);
        divergence.sum().backward();
        Assert.True(double.IsFinite(now.grad!.AsDouble()), $"{now.grad!.AsDouble()}");
    }
}
