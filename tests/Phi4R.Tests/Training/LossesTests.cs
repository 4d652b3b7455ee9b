using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// Oracles: the published formulas in 64 bits (fixtures), values worked out by hand, and laws.
public sealed class LossesTests
{
    // All five published variants, the two with a divergence among them, with their gradients.
    [Fact]
    public void Every_published_variant_of_the_group_loss_is_that_of_its_formula()
    {
        var path = Fixtures.Find("phi3-tiny/losses/grpo.json");

        using var scope = NewDisposeScope();
        var file = Fixtures.Json(path);
        var inputs = file.GetProperty("inputs");
        var lengths = inputs.GetProperty("lengths").Ids();
        var learned = Enumerable.Range(0, 4)
            .SelectMany(answer => Enumerable.Range(0, lengths[answer]).Select(token => (long)((5 * answer) + token)))
            .ToArray();
        var own = tensor(Enumerable.Range(0, 4)
            .SelectMany(answer => Enumerable.Repeat((double)lengths[answer], lengths[answer])).ToArray());
        var compared = 0;
        foreach (var variant in file.GetProperty("variants").EnumerateArray())
        {
            var logits = inputs.GetProperty("policy_logits").Doubles().requires_grad_(true);
            var now = Chosen(logits);
            var advantages = variant.GetProperty("advantages").Doubles().unsqueeze(1).expand(4, 5).reshape(-1)
                .index_select(0, tensor(learned));
            var losses = Losses.PpoClip(now, Chosen(inputs.GetProperty("old_logits").Doubles()), advantages,
                variant.GetProperty("clip_low").GetDouble(), variant.GetProperty("clip_high").GetDouble());
            var reference = Chosen(inputs.GetProperty("reference_logits").Doubles());
            losses = losses + (variant.GetProperty("beta_kl").GetDouble() * Losses.Kl(now, reference, KlEstimator.K3));
            var kind = variant.GetProperty("normalisation").GetString() switch
            {
                "token_mean" => LossNormalization.Token,
                "sequence_mean" => LossNormalization.Sequence,
                _ => LossNormalization.Constant,
            };
            var loss = Losses.Normalized(losses, own, kind, learned.Length, answers: 4, maxTokens: 5);
            Assert.Equal(variant.GetProperty("loss").GetDouble(), loss.AsDouble(), tolerance: 1e-12);
            loss.backward();
            Compare.Close(variant.GetProperty("grad_policy_logits").Doubles(), logits.grad!, 1e-12,
                variant.GetProperty("name").GetString()!);
            compared++;
        }

        Assert.Equal(5, compared);

        Tensor Chosen(Tensor logits) => nn.functional.log_softmax(logits, 2)
            .gather(2, inputs.GetProperty("tokens").Doubles().to_type(ScalarType.Int64).unsqueeze(2)).flatten()
            .index_select(0, tensor(learned));
    }

    // By hand: log policy -1, log reference -1.5, so d = -0.5: k1 0.5, k2 0.125, k3 e^-0.5 + 0.5 - 1 = 0.10653066.
    [Fact]
    public void Estimators_of_the_divergence_equal_the_values_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        var (now, reference) = (tensor([-1.0]), tensor([-1.5]));
        Assert.Equal(0.5, Losses.Kl(now, reference, KlEstimator.K1).AsDouble(), tolerance: 1e-12);
        Assert.Equal(0.125, Losses.Kl(now, reference, KlEstimator.K2).AsDouble(), tolerance: 1e-12);
        Assert.Equal(0.10653065971263342, Losses.Kl(now, reference, KlEstimator.K3).AsDouble(), tolerance: 1e-12);
    }

    // The law behind the names: over all tokens weighed by the policy, k1 and k3 have the divergence as their mean, and
    // the gradient of k2 is the divergence's.
    [Fact]
    public void Estimators_have_the_divergence_as_their_mean_and_the_second_its_gradient()
    {
        using var scope = NewDisposeScope();
        var logits = tensor([0.3, -1.0, 0.7, 0.1]).requires_grad_(true);
        var reference = nn.functional.log_softmax(tensor([0.0, 0.5, -0.2, 0.4]), 0);
        var now = nn.functional.log_softmax(logits, 0);
        var exact = (now.exp() * (now - reference)).sum();
        var weights = now.exp().detach();
        Assert.Equal(exact.AsDouble(), (weights * Losses.Kl(now, reference, KlEstimator.K1)).sum().AsDouble(),
            tolerance: 1e-12);
        Assert.Equal(exact.AsDouble(), (weights * Losses.Kl(now, reference, KlEstimator.K3)).sum().AsDouble(),
            tolerance: 1e-12);
        exact.backward();
        var expected = logits.grad!.clone();
        Compare.Close(expected, Gradient(KlEstimator.K2), 1e-12, "k2");
        Compare.Close(zeros_like(expected), Gradient(KlEstimator.K1), 1e-12, "k1");

        Tensor Gradient(KlEstimator estimator)
        {
            logits.grad!.zero_();
            (weights * Losses.Kl(nn.functional.log_softmax(logits, 0), reference, estimator)).sum().backward();
            return logits.grad!.clone();
        }
    }

    [Fact]
    public void Importance_weights_are_ratios_up_to_their_limit()
    {
        using var scope = NewDisposeScope();
        Compare.Close(tensor([1.0, Math.Exp(-1), 2.0]),
            Losses.TruncatedImportanceWeights(tensor([-1.0, -2, -1]), tensor([-1.0, -1, -4]), 2), 1e-12);
    }

    // Margins 2 and -1 against 1 and 1, beta 0.25: (1 - 2)^2 = 1 and (-2 - 2)^2 = 16. Zero at a margin of 1 / (2 beta).
    [Fact]
    public void Identity_loss_equals_the_value_worked_out_by_hand()
    {
        using var scope = NewDisposeScope();
        Compare.Close(tensor([1.0, 16, 0]), Losses.Ipo(tensor([-1.0, -3, -2]), tensor([-3.0, -2, -5]),
            tensor([-2.0, -4, -7]), tensor([-3.0, -5, -8]), beta: 0.25), 1e-12);
    }

    // Two answers of 1 and 3 tokens with losses 2 and 3, 6, 9: over 4 tokens 5; by answers (2 + 6) / 2 = 4; by two
    // answers of 10 tokens 1.
    [Theory]
    [InlineData(LossNormalization.Token, 5)]
    [InlineData(LossNormalization.Sequence, 4)]
    [InlineData(LossNormalization.Constant, 1)]
    public void Each_normalization_equals_the_value_worked_out_by_hand(LossNormalization kind, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, Losses.Normalized(tensor([2.0, 3, 6, 9]), tensor([1.0, 3, 3, 3]), kind, tokens: 4,
            answers: 2, maxTokens: 10).AsDouble(), tolerance: 1e-12);
    }

    // Each ratio at its own limit: 1.3 above 1 + 0.25, 0.8 below 1 - 0.1; with 1.4 and 0.75 for limits neither is cut.
    [Theory]
    [InlineData(0.1, 0.25, -1.25, 0.9)]
    [InlineData(0.25, 0.4, -1.3, 0.8)]
    public void The_two_limits_of_the_ratio_are_each_for_its_own_side(
        double low, double high, double rising, double falling)
    {
        using var scope = NewDisposeScope();
        Compare.Close(tensor([rising, falling]), Losses.PpoClip(tensor([Math.Log(1.3), Math.Log(0.8)]),
            zeros(2, ScalarType.Float64), tensor([1.0, -1]), low, high), 1e-12);
    }

    // By hand: e^20 = 485165195.40979; beyond it a ratio counts as that, and below e^-20 as that.
    [Fact]
    public void Ratios_count_up_to_twenty_nats_and_the_second_and_first_estimator_have_no_limit()
    {
        using var scope = NewDisposeScope();
        var none = zeros(2, ScalarType.Float64);
        var ratios = Losses.TruncatedImportanceWeights(tensor([25.0, -25]), none, 1e300);
        Assert.Equal(485165195.40979, ratios[0].AsDouble(), tolerance: 1e-4);
        Assert.Equal(2.0611536224e-9, ratios[1].AsDouble(), tolerance: 1e-18);
        var below = Losses.TruncatedImportanceWeights(tensor([19.0]), zeros(1, ScalarType.Float64), 1e300);
        Assert.Equal(178482300.96319, below.AsDouble(), tolerance: 1e-4);
        Compare.Close(tensor([25.0, -25]), Losses.Kl(tensor([25.0, -25]), none, KlEstimator.K1), 1e-12);
        Compare.Close(tensor([312.5, 312.5]), Losses.Kl(tensor([25.0, -25]), none, KlEstimator.K2), 1e-12);
    }

    // One number for another's shape: broadcasting would give a loss of the wrong tokens without a word.
    [Fact]
    public void Tensors_of_other_shapes_are_refused_and_not_spread()
    {
        using var scope = NewDisposeScope();
        var (two, one) = (zeros(2, ScalarType.Float64), zeros(1, ScalarType.Float64));
        Action[] wrong =
        [
            () => Losses.Dpo(two, one, two, two, 1), () => Losses.Dpo(two, two, one, two, 1),
            () => Losses.Dpo(two, two, two, one, 1), () => Losses.Ipo(two, one, two, two, 1),
            () => Losses.Ipo(two, two, one, two, 1), () => Losses.Ipo(two, two, two, one, 1),
            () => Losses.PpoClip(two, one, two, 0.2, 0.2), () => Losses.PpoClip(two, two, one, 0.2, 0.2),
            () => Losses.Kl(two, one, KlEstimator.K3), () => Losses.TruncatedImportanceWeights(two, one, 2),
            () => Losses.Normalized(two, one, LossNormalization.Sequence, 2, 1, 2),
        ];
        Assert.All(wrong, act => Assert.Throws<ShapeException>(act));
    }
}
