using System.Text.Json;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// Expected values: the published formulas in 64 bits, compared with torch autograd; tolerance 1e-12 from the fixtures'
// README.
public sealed class LossFixtureTests
{
    [Fact]
    public void Preference_loss_and_its_gradient_are_those_of_the_formula()
    {
        var file = Read("dpo.json");

        using var scope = NewDisposeScope();
        var (inputs, outputs) = (file.GetProperty("inputs"), file.GetProperty("outputs"));
        var chosenLogits = inputs.GetProperty("policy_chosen_logits").Doubles().requires_grad_(true);
        var rejectedLogits = inputs.GetProperty("policy_rejected_logits").Doubles().requires_grad_(true);
        var losses = Losses.Dpo(
            Sums(chosenLogits, "chosen"),
            Sums(rejectedLogits, "rejected"),
            Sums(inputs.GetProperty("reference_chosen_logits").Doubles(), "chosen"),
            Sums(inputs.GetProperty("reference_rejected_logits").Doubles(), "rejected"),
            file.GetProperty("beta").GetDouble());
        Compare.Close(outputs.GetProperty("per_pair_loss").Doubles(), losses, 1e-12);
        losses.mean().backward();
        Compare.Close(outputs.GetProperty("grad_policy_chosen_logits").Doubles(), chosenLogits.grad!, 1e-12);
        Compare.Close(outputs.GetProperty("grad_policy_rejected_logits").Doubles(), rejectedLogits.grad!, 1e-12);

        var extreme = file.GetProperty("extreme_margins");
        var margins = extreme.GetProperty("h").Doubles();
        var none = zeros_like(margins);
        Compare.Close(extreme.GetProperty("minus_log_sigmoid_h").Doubles(),
            Losses.Dpo(margins, none, none, none, beta: 1), 1e-12);

        Tensor Sums(Tensor logits, string answer) =>
            (Chosen(logits, inputs.GetProperty(answer + "_labels"))
                * Mask(inputs.GetProperty(answer + "_lengths"), logits.shape[1])).sum(1);
    }

    [Fact]
    public void Clipped_surrogate_and_group_advantages_are_those_of_the_formulas()
    {
        var file = Read("grpo.json");

        using var scope = NewDisposeScope();
        var inputs = file.GetProperty("inputs");
        var mask = Mask(inputs.GetProperty("lengths"), 5);
        var rewards = inputs.GetProperty("rewards").EnumerateArray().Select(reward => reward.GetDouble()).ToArray();
        var compared = 0;
        foreach (var variant in file.GetProperty("variants").EnumerateArray())
        {
            var advantages = variant.GetProperty("advantages").Doubles();
            if (variant.GetProperty("std").GetString() is var kind && kind != "sample")
            {
                Compare.Close(advantages,
                    tensor(Advantages.Of(rewards, kind == "none"
                        ? AdvantageKind.Centered
                        : AdvantageKind.Standardized)), 1e-12, kind!);
            }

            var logits = inputs.GetProperty("policy_logits").Doubles().requires_grad_(true);
            var drawn = Chosen(inputs.GetProperty("old_logits").Doubles(), inputs.GetProperty("tokens"));
            var tokens = Losses.PpoClip(
                Chosen(logits, inputs.GetProperty("tokens")).flatten(), drawn.flatten(),
                advantages.unsqueeze(1).expand(4, 5).reshape(-1),
                variant.GetProperty("clip_low").GetDouble(), variant.GetProperty("clip_high").GetDouble())
                    .view(4, 5) * mask;
            Compare.Close(variant.GetProperty("per_token_min_term").Doubles() * mask, -tokens, 1e-12);
            if (variant.GetProperty("beta_kl").GetDouble() == 0)
            {
                var loss = variant.GetProperty("normalisation").GetString() switch
                {
                    "token_mean" => tokens.sum() / mask.sum(),
                    "sequence_mean" => (tokens.sum(1) / mask.sum(1)).mean(),
                    _ => tokens.sum() / 20,
                };
                Assert.Equal(variant.GetProperty("loss").GetDouble(), loss.AsDouble(), tolerance: 1e-12);
                loss.backward();
                Compare.Close(variant.GetProperty("grad_policy_logits").Doubles(), logits.grad!, 1e-12);
                compared++;
            }
        }

        Assert.Equal(3, compared);
        foreach (var group in file.GetProperty("advantage_cases").EnumerateArray())
        {
            var values = group.GetProperty("rewards").EnumerateArray().Select(reward => reward.GetDouble()).ToArray();
            Compare.Close(group.GetProperty("mean_only").Doubles(),
                tensor(Advantages.Of(values, AdvantageKind.Centered)), 1e-12);
            var standardized = group.GetProperty("population_std") is { ValueKind: JsonValueKind.Array } given
                ? given.Doubles()
                : zeros(values.Length, ScalarType.Float64);
            Compare.Close(standardized, tensor(Advantages.Of(values, AdvantageKind.Standardized)), 1e-12);
        }
    }

    [Fact]
    public void Clipped_surrogate_with_an_advantage_for_each_token_is_that_of_the_formula()
    {
        var file = Read("ppo.json");

        using var scope = NewDisposeScope();
        var (inputs, outputs) = (file.GetProperty("inputs"), file.GetProperty("outputs"));
        var logits = inputs.GetProperty("policy_logits").Doubles().requires_grad_(true);
        var mask = Mask(inputs.GetProperty("lengths"), 6);
        var drawn = Chosen(inputs.GetProperty("old_logits").Doubles(), inputs.GetProperty("tokens"));
        var tokens = Losses.PpoClip(Chosen(logits, inputs.GetProperty("tokens")).flatten(), drawn.flatten(),
            outputs.GetProperty("advantages_whitened").Doubles().flatten(), 0.2, 0.2);
        var loss = (tokens * mask.flatten()).sum() / mask.sum();
        Assert.Equal(outputs.GetProperty("policy_loss").GetDouble(), loss.AsDouble(), tolerance: 1e-12);
        loss.backward();
        Compare.Close(outputs.GetProperty("grad_policy_logits").Doubles(), logits.grad!, 1e-12);
    }

    private static JsonElement Read(string name) => Fixtures.Json(Fixtures.Find("phi3-tiny/losses/" + name));

    private static Tensor Chosen(Tensor logits, JsonElement labels) =>
        nn.functional.log_softmax(logits, 2).gather(2, labels.Doubles().to_type(ScalarType.Int64).unsqueeze(2))
            .squeeze(2);

    private static Tensor Mask(JsonElement lengths, long longest) =>
        (arange(longest).unsqueeze(0) < lengths.Doubles().unsqueeze(1)).to_type(ScalarType.Float64);
}
