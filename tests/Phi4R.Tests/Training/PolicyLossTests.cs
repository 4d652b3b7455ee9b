using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// Oracles: loops of doubles written here, and laws.
public sealed class PolicyLossTests
{
    private static readonly PolicyUpdateConfig Plain = ToyTask.Grpo.Update;

    // For answers whose log-probabilities are moved on purpose.
    private static readonly PolicyUpdateConfig Apart = Plain with { MaxTokenRatio = 2, MaxSamplingDivergence = 1 };

    // Moves no weight, and cuts no gradient.
    private static readonly OptimizerConfig Still = ToyTask.Grpo.Optimizer with
    {
        PeakLearningRate = 1e-30,
        MaxGradientNorm = 1e6,
    };

    // A loop of doubles over the log-probabilities of the model, for each normalization, with and without the
    // divergence and importance weights.
    [Theory]
    [InlineData(LossNormalization.Token, 0.0, null)]
    [InlineData(LossNormalization.Sequence, 0.0, null)]
    [InlineData(LossNormalization.Constant, 0.0, null)]
    [InlineData(LossNormalization.Sequence, 0.3, null)]
    [InlineData(LossNormalization.Token, 0.3, 1.05)]
    public void The_first_updates_loss_is_that_of_a_plain_loop(
        LossNormalization normalization, double klWeight, double? limit)
    {
        using var model = SmallModel.Create();
        using var reference = SmallModel.Create(seed: 2);
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer);
        var answers = Answers(model, offset: 0.1f);
        var expected = 0.0;
        foreach (var answer in answers)
        {
            var (now, start) = (LogProbabilities(model, answer), LogProbabilities(reference, answer));
            for (var i = 0; i < now.Length; i++)
            {
                var drawn = (double)answer.Completion.LogProbs![i];
                var ratio = limit is null ? Math.Exp(now[i] - drawn) : 1;
                var gain = Math.Min(ratio * answer.Advantage, Math.Clamp(ratio, 0.8, 1.2) * answer.Advantage);
                var weight = limit is null ? 1 : Math.Min(limit.Value, Math.Exp(now[i] - drawn));
                var log = start[i] - now[i];
                var token = (-gain * weight) + (klWeight * (Math.Exp(log) - log - 1));
                expected += token / normalization switch
                {
                    LossNormalization.Token => answers.Sum(other => other.Completion.TokenIds.Length),
                    LossNormalization.Sequence => (double)answers.Count * now.Length,
                    _ => answers.Count * 9.0,
                };
            }
        }

        var config = Apart with
        {
            Normalization = normalization,
            KlCoefficient = klWeight,
            ImportanceSamplingCap = limit,
        };
        config = config with { MicroBatchSize = 2 };
        var report = PolicyUpdate.Run(model, klWeight > 0 ? reference : null, optimizer, answers, temperature: 1,
            maxTokens: 9, config, padTokenId: 0, step: 0, steps: 4);
        Assert.Equal(expected, report.Loss, tolerance: 1e-5);
        Assert.Equal(0.1, report.TrainInferenceMismatch, tolerance: 1e-4);
        Assert.Equal(klWeight > 0, report.Divergence > 0);
    }

    // Sampling said e^0.1 too much of every even token and too little of every odd one; by hand: gaps 0.1, and e^-0.1 +
    // 0.1 - 1 or e^0.1 - 0.1 - 1 a token.
    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void The_gauge_of_sampling_against_training_shows_what_was_worked_out_by_hand(int? minibatches)
    {
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer with
        {
            PeakLearningRate = 0.05,
            WarmupRatio = 0,
        });
        var config = Apart with { MicroBatchSize = 2, InnerEpochs = 2, Minibatches = minibatches };
        var report = PolicyUpdate.Run(model, null, optimizer, Answers(model, offset: 0.1f), temperature: 1,
            maxTokens: 9, config, padTokenId: 0, step: 0, steps: 4);
        Assert.Equal(0.1, report.TrainInferenceMismatch, tolerance: 1e-5);
        Assert.Equal(0.1, report.MeanLogProbabilityGap, tolerance: 1e-5);

        // Answers of 2, 3, 4, 5 and 6 tokens: 11 even ones and 9 odd ones.
        Assert.Equal(((11 * 0.00483741803596) + (9 * 0.00517091807565)) / 20, report.SamplingDivergence,
            tolerance: 1e-6);
    }

    // Ratios to what training itself said are exactly 1 before the first update, so limits as narrow as these cut
    // nothing; after it they do.
    [Theory]
    [InlineData(1, null, false)]
    [InlineData(1, 2, true)]
    [InlineData(2, null, true)]
    public void Clipping_acts_from_the_second_update_on(int epochs, int? minibatches, bool clips)
    {
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, ResumeTests.Optimizer with
        {
            PeakLearningRate = 0.02,
            WarmupRatio = 0,
        });
        var config = Apart with { ClipLow = 1e-12, ClipHigh = 1e-12, ImportanceSamplingCap = 100 };
        config = config with { InnerEpochs = epochs, Minibatches = minibatches };
        var report = PolicyUpdate.Run(model, null, optimizer, Answers(model, offset: 0.1f), 1, 9, config, padTokenId: 0,
            step: 0, steps: 4);
        Assert.Equal(clips, report.ClippedShare > 0);
    }

    // At a learning rate that moves no weight: each epoch sees each answer once, whatever it is dealt to. What AdamW
    // remembers of two updates of gradients a and b is (1 - m)(m a + b); the gradients themselves come from updates
    // with one minibatch's answers alone.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Minibatches_have_the_gradients_of_their_own_answers_and_together_those_of_the_whole(int epochs)
    {
        using var model = SmallModel.Create();
        var answers = Answers(model, offset: 0);
        var (whole, steps) = Moments(answers, Plain);
        Assert.Equal(1, steps);
        PolicyRollout[] even = [answers[0], answers[2], answers[4]], odd = [answers[1], answers[3]];
        var (a, b) = (Moments(even, Plain).First, Moments(odd, Plain).First);
        var (dealt, updates) = Moments(answers, Plain with { Minibatches = 2, InnerEpochs = epochs });
        Assert.Equal(2 * epochs, updates);
        double m = Still.Beta1, shareA = 12 / 20.0, shareB = 8 / 20.0;
        foreach (var (name, moments) in dealt)
        {
            for (var i = 0; i < moments.Length; i++)
            {
                Assert.Equal(whole[name][i], (shareA * a[name][i]) + (shareB * b[name][i]), tolerance: 1e-5);
                var expected = 0.0;
                for (var epoch = 0; epoch < epochs; epoch++)
                {
                    expected = (m * ((m * expected) + a[name][i])) + b[name][i];
                }

                Assert.Equal(expected, moments[i], tolerance: 1e-5);
            }
        }

        (Dictionary<string, float[]> First, int Steps) Moments(
            IReadOnlyList<PolicyRollout> learned, PolicyUpdateConfig config)
        {
            using var optimizer = new Optimizer(model, Still);
            var before = SmallModel.Weights(model);
            PolicyUpdate.Run(model, null, optimizer, learned, 1, 9, config with { MicroBatchSize = 2 }, padTokenId: 0,
                step: 0, steps: 1);
            Assert.Equal(before, SmallModel.Weights(model));
            var state = optimizer.State.ToDictionary(entry => entry.Name, entry => entry.Value);
            return (model.Parameters.ToDictionary(pair => pair.Name, pair => Compare.Bits(state[$"{pair.Name}.first"])),
                (int)state["model.norm.weight.steps"].AsInt64());
        }
    }

    // Each token weighs the same however the answers are dealt to forward passes.
    [Theory]
    [InlineData(LossNormalization.Token)]
    [InlineData(LossNormalization.Sequence)]
    [InlineData(LossNormalization.Constant)]
    public void Answers_one_by_one_change_the_model_as_all_at_once_do(LossNormalization normalization)
    {
        var (together, whole) = Update(5);
        var (apart, parts) = Update(1);
        Assert.Equal(whole.Loss, parts.Loss, tolerance: 1e-6);
        Assert.Equal(whole.GradientNorm, parts.GradientNorm, tolerance: 1e-4 * whole.GradientNorm);
        Assert.Equal(whole.Entropy, parts.Entropy, tolerance: 1e-5);
        foreach (var (name, weights) in together)
        {
            Assert.True(weights.Zip(apart[name], (a, b) => Math.Abs(a - b)).Max() < 1e-4, name);
        }

        (Dictionary<string, float[]> Weights, PolicyUpdateReport Report) Update(int atOnce)
        {
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, ResumeTests.Optimizer with { Epsilon = 1e-2 });
            var report = PolicyUpdate.Run(model, null, optimizer, Answers(model, 0), 1, 9,
                Plain with { Normalization = normalization, MicroBatchSize = atOnce }, padTokenId: 0,
                step: 3, steps: 4);
            return (SmallModel.Weights(model), report);
        }
    }

    [Fact]
    public void Later_epochs_learn_from_ratios_and_clip_them()
    {
        using var once = SmallModel.Create();
        using var thrice = SmallModel.Create();
        var (first, last) = (Update(once, 1), Update(thrice, 3));
        Assert.Equal(first.Loss, last.Loss);
        Assert.Equal(0, first.ClippedShare);
        Assert.True(last.ClippedShare > 0);
        Assert.NotEqual(SmallModel.Weights(once)["model.norm.weight"], SmallModel.Weights(thrice)["model.norm.weight"]);

        static PolicyUpdateReport Update(LanguageModel model, int epochs)
        {
            using var optimizer = new Optimizer(model, ResumeTests.Optimizer with
            {
                PeakLearningRate = 0.02,
                WarmupRatio = 0,
            });
            return PolicyUpdate.Run(model, null, optimizer, Answers(model, 0), 1, 9,
                Plain with { InnerEpochs = epochs, ClipLow = 0.05, ClipHigh = 0.05 }, padTokenId: 0, step: 0, steps: 4);
        }
    }

    // Five answers of 2 to 6 tokens, "drawn" with the model's own log-probabilities plus an offset of either sign.
    internal static List<PolicyRollout> Answers(LanguageModel model, float offset) =>
        [.. Enumerable.Range(0, 5).Select(i =>
    {
        var (prompt, tokens) = (SmallModel.Ids(3 + i, i), SmallModel.Ids(2 + i, i + 30));
        var answer = new PolicyRollout(prompt, new Completion
        {
            TokenIds = tokens,
            LogProbs = new float[tokens.Length],
            Finish = FinishReason.Stop,
        }, i % 2 == 0 ? 1 : -0.5);
        var now = LogProbabilities(model, answer);
        return answer with
        {
            Completion = answer.Completion with
            {
                LogProbs = [.. now.Select((value, t) => (float)value + (t % 2 == 0 ? offset : -offset))],
            },
        };
    })];

    internal static double[] LogProbabilities(LanguageModel model, PolicyRollout answer)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var logs = nn.functional.log_softmax(
            model.call(SmallModel.AsTensor([.. answer.PromptIds, .. answer.Completion.TokenIds])).squeeze(0), 1);
        return [
            .. answer.Completion.TokenIds.Select((token, t) =>
                logs[answer.PromptIds.Length + t - 1, token].AsDouble())];
    }
}
