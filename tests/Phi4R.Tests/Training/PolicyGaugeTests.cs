using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

/// <summary>What is done where the program that drew answers and the one that learns from them disagree.</summary>
public sealed class PolicyGaugeTests
{
    private static readonly PolicyUpdateConfig Exact = ToyTask.Grpo.Update;

    // Moves no weight, and cuts no gradient.
    private static readonly OptimizerConfig Still =
        ToyTask.Grpo.Optimizer with { PeakLearningRate = 1e-30, MaxGradientNorm = 1e6 };

    // All 20 tokens are 0.1 nats off: e^-0.1 + 0.1 - 1 = 0.0048 or e^0.1 - 0.1 - 1 = 0.0052 a token.
    [Theory]
    [InlineData(1.2, 0.0, 0.004, "about 0.00499 nats a token (MaxSamplingDivergence is 0.004)")]
    [InlineData(1.05, 0.9, 1.0, "on a share of 1 (MaxMaskedShare is 0.9)")]
    public void Tokens_that_are_all_off_stop_the_run_and_no_weight_is_changed(double ratio, double share,
        double divergence, string words)
    {
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer);
        var before = SmallModel.Weights(model);
        var config = Exact with { MaxTokenRatio = ratio, MaxMaskedShare = share, MaxSamplingDivergence = divergence };
        var error = Assert.Throws<InvalidOperationException>(() =>
            Update(model, optimizer, PolicyLossTests.Answers(model, 0.1f), config));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains("by 0.1 nats in the mean", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.All(model.Parameters, pair => Assert.Equal(0, pair.Weight.grad!.abs().max().AsDouble()));
    }

    // As in a run of the paper's: 16-bit weights, answers drawn by the sampler, the paper's limits. One token is said
    // to be e^5 times as likely, or unlikely.
    [Theory]
    [InlineData(0f)]
    [InlineData(5f)]
    [InlineData(-5f)]
    public void One_token_of_16_bit_weights_that_is_far_off_does_not_stop_the_run(float nats)
    {
        using var model = Rounded();
        using var optimizer = new Optimizer(model, Still);
        var answers = Drawn(model, 60);
        answers[7] = Moved(answers[7], 1, nats);
        var report = Update(model, optimizer, answers, Paper.Recipe.Grpo.Update with { MicroBatchSize = 8 });
        var tokens = answers.Sum(answer => answer.Completion.TokenIds.Length);
        Assert.InRange(tokens, 400, 600);
        Assert.Equal(nats == 0 ? 0 : 1.0 / tokens, report.MaskedShare, tolerance: 1e-9);
        Assert.InRange(report.SamplingDivergence, 0, 2e-3);
        Assert.InRange(report.TrainInferenceMismatch, Math.Abs(nats) - 0.3, Math.Abs(nats) + 0.3);
        Assert.True(double.IsFinite(report.GradientNorm));
    }

    // The weights that learn went on, those that draw did not: no token need be far off, and nearly all are somewhat.
    [Fact]
    public void Weights_that_sampling_did_not_take_over_stop_the_run()
    {
        using var model = Rounded();
        var answers = Drawn(model, 60);
        using (no_grad())
        {
            using var generator = new Generator(1);
            foreach (var (_, weight) in model.Parameters)
            {
                using var scope = NewDisposeScope();
                weight.add_(0.02 * randn(weight.shape, ScalarType.Float32, generator: generator).to_type(weight.dtype));
            }
        }

        using var optimizer = new Optimizer(model, Still);
        var before = SmallModel.Weights(model);
        var error = Assert.Throws<InvalidOperationException>(() =>
            Update(model, optimizer, answers, Paper.Recipe.Grpo.Update with { MicroBatchSize = 8 }));
        Assert.Contains("Do both use the same weights", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, SmallModel.Weights(model));
    }

    // A plain loop that never had the token: it is in no loss, and neither in what losses are divided by. Answers of 2
    // to 6 tokens; all of the first are masked, and one of the fourth.
    [Theory]
    [InlineData(LossNormalization.Token, null, 1)]
    [InlineData(LossNormalization.Sequence, null, 5)]
    [InlineData(LossNormalization.Sequence, null, 1)]
    [InlineData(LossNormalization.Constant, null, 2)]
    [InlineData(LossNormalization.Token, 2.0, 2)]
    public void A_masked_token_is_in_no_loss_and_no_denominator(LossNormalization normalization, double? limit,
        int atOnce)
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, Still);
        var answers = PolicyLossTests.Answers(model, 0);
        answers[0] = Moved(Moved(answers[0], 0, 3), 1, -3);
        answers[3] = Moved(answers[3], 2, 3);
        var held = answers.Select((answer, i) => Enumerable.Range(0, answer.Completion.TokenIds.Length)
            .Where(t => i != 0 && (i, t) != (3, 2)).ToArray()).ToArray();

        var loss = zeros([]);
        foreach (var (answer, kept) in answers.Zip(held).Where(pair => pair.Second.Length > 0))
        {
            var logs = nn.functional.log_softmax(
                model.call(SmallModel.AsTensor([.. answer.PromptIds, .. answer.Completion.TokenIds])).squeeze(0), 1);
            foreach (var t in kept)
            {
                var divisor = normalization switch
                {
                    LossNormalization.Token => 17, // 20 less 3.
                    LossNormalization.Sequence => 4 * kept.Length,
                    _ => 5 * 9,
                };
                var now = logs[answer.PromptIds.Length + t - 1, answer.Completion.TokenIds[t]];
                loss -= (now - now.detach()).exp() * answer.Advantage / divisor;
            }
        }

        loss.backward();
        var norm = Math.Sqrt(model.Parameters.Sum(pair => pair.Weight.grad!.square().sum().AsDouble()));
        optimizer.Forget();
        var config = Exact with { MaxTokenRatio = 5, MaxMaskedShare = 0.2, ImportanceSamplingCap = limit };
        config = config with { Normalization = normalization, MicroBatchSize = atOnce };
        var report = Update(model, optimizer, answers, config);
        Assert.Equal(loss.AsDouble(), report.Loss, tolerance: 1e-6);
        Assert.Equal(norm, report.GradientNorm, tolerance: 1e-4 * norm);
        Assert.Equal(3 / 20.0, report.MaskedShare, tolerance: 1e-12);
    }

    // The answers of a stage are drawn from what it is about to train.
    private static LanguageModel Rounded() => LanguageModel.PrepareForTraining(
        SmallModel.Create(SmallModel.Config with { InitialDeviation = 0.05 }),
            new MemoryConfig { ActivationCheckpointEvery = 0, Weights = WeightPrecision.BFloat16 }, 0);

    private static List<PolicyRollout> Drawn(LanguageModel model, int count)
    {
        var prompt = SmallModel.Ids(5);
        var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 9 };
        var samples = Sampler.Draw(model,
            [new SampleRequest(prompt, [.. Enumerable.Range(0, count).Select(i => Randomness.For(1, "gauge", i))])],
            sampling, stopIds: [3])[0];
        return [.. samples.Select((sample, i) => new PolicyRollout(prompt, sample, i % 2 == 0 ? 1 : -1))];
    }

    // Sampling is made to say so many nats more of a token.
    private static PolicyRollout Moved(PolicyRollout answer, int token, float nats)
    {
        var said = answer.Completion.LogProbs!.ToArray();
        said[token] += nats;
        return answer with { Completion = answer.Completion with { LogProbs = said } };
    }

    private static PolicyUpdateReport Update(LanguageModel model, Optimizer optimizer,
        IReadOnlyList<PolicyRollout> answers, PolicyUpdateConfig config) =>
        PolicyUpdate.Run(model, null, optimizer, answers, temperature: 1, maxTokens: 9, config, padTokenId: 0, step: 0,
            steps: 4);
}
