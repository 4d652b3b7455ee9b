using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Model;

public sealed class OutputHeadTests
{
    // Logits up to 50 and more, where 16-bit numbers are a quarter apart. The reference multiplies the same 16-bit
    // numbers in 64 bits.
    [Fact]
    public void Logits_and_log_probabilities_of_a_16_bit_model_are_those_of_its_hidden_states_in_32_bits()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = Sharp();
        var ids = SmallModel.AsTensor(SmallModel.Ids(12), SmallModel.Ids(12, seed: 2));
        var hidden = model.HiddenStates(ids);
        var expected = hidden.to_type(ScalarType.Float64).matmul(model.HeadWeight.to_type(ScalarType.Float64).t());
        Assert.InRange(expected.abs().max().AsDouble(), 32, 256);
        var found = model.call(ids);
        Assert.Equal(ScalarType.Float32, found.dtype);
        Compare.Close(expected, found, 1e-3, "logits");

        var targets = ids.flatten();
        var logs = nn.functional.log_softmax(expected.flatten(0, 1), 1).gather(1, targets.unsqueeze(1)).squeeze(1);
        Compare.Close(logs, TokenLogProbs.Of(hidden.flatten(0, 1), model.HeadWeight, targets), 1e-3,
            "log-probabilities");
    }

    // The part of a matrix that is widened at a time is 2^20 numbers: 16,384 of these rows of 64.
    [Fact]
    public void A_vocabulary_of_several_parts_has_every_logit_in_its_place_and_a_gradient()
    {
        using var scope = NewDisposeScope();
        var weight = (arange(40_000).view(-1, 1).remainder(251) / 64 * ones(1, 64)).to_type(ScalarType.BFloat16)
            .requires_grad_(true);
        var hidden = ones(2, 3, 64, dtype: ScalarType.BFloat16);
        var logits = OutputHead.Logits(hidden, weight);
        Assert.Equal([2, 3, 40_000], logits.shape);
        Compare.Close((arange(40_000).remainder(251) * 1.0).expand(2, 3, -1), logits, 0);
        logits.sum().backward();
        Compare.Close(full([40_000, 64], 6.0), weight.grad!, 0);
    }

    // The two paths differ in how they attend, not in the head: hidden states apart by a last bit move a logit of 40 by
    // some hundredths.
    [Fact]
    public void A_16_bit_model_is_drawn_from_as_it_is_learned_from()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = Sharp();
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 24 };
        var requests = Enumerable.Range(0, 24)
            .Select(i => new SampleRequest(SmallModel.Ids(5, i), [Randomness.For(1, "head", i)])).ToList();
        var drawn = Sampler.Draw(model, requests, sampling, []);
        List<double> gaps = [];
        foreach (var (request, samples) in requests.Zip(drawn))
        {
            int[] tokens = [.. request.Prompt, .. samples[0].TokenIds];
            using var batch = TokenBatch.From(
                [new PackedSequence([new TrainingExample("drawn", tokens, request.Prompt.Length)], tokens.Length)],
                padTokenId: 0, CPU);
            var learned = Compare.Bits(ModelLosses.TokenLogProbs(model, batch));
            gaps.AddRange(learned.Zip(samples[0].LogProbs!, (one, other) => (double)one - other));
        }

        Assert.Equal(24 * 24, gaps.Count);
        Assert.InRange(gaps.Average(Math.Abs), 0, 0.02);
        Assert.InRange(gaps.Average(gap => Math.Exp(gap) - 1 - gap), 0, 1e-3);
    }

    private static LanguageModel Sharp()
    {
        using var frozen = no_grad();
        var model = SmallModel.Create(dtype: ScalarType.BFloat16);
        model.Parameters.Single(pair => pair.Name == "model.norm.weight").Weight.mul_(RootedScalar.Of(12));
        return model;
    }
}
