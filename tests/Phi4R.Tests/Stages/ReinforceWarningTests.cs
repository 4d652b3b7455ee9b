using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Training;
using Phi4R.Verification;

namespace Phi4R.Tests.Stages;

public sealed class ReinforceWarningTests
{
    private static readonly Verdict Wrong = new(Outcome.Incorrect, "7", "");

    // Each cause is made, and must be the one that is named.
    [Theory]
    [InlineData("cut", 1, "were truncated at MaxTokens 1")]
    [InlineData("unverifiable", 4, "the verifier could not judge")]
    [InlineData("none", 4, "ended without a final answer")]
    [InlineData("wrong", 4, "the answers are there and wrong")]
    public void When_every_reward_is_equal_the_likely_cause_is_named(string cause, int maxTokens, string words)
    {
        var verdict = cause switch
        {
            "unverifiable" => new Verdict(Outcome.Unverifiable, "x", ""),
            "none" => new Verdict(Outcome.Incorrect, null, "no answer"),
            _ => Wrong,
        };

        // Where all are to be cut, no token that is drawn ends an answer: a model of the pocket's own two stop tokens
        // hardly ever stops at once.
        using var model = SmallModel.Create(ToyTask.Config);
        var tokenizer = cause == "cut" ? (Phi4R.Text.ITokenizer)new Phi4R.Text.PocketTokenizer() : ToyTask.Tokenizer;
        var report = Grpo.Run(model, tokenizer, ToyTask.Problems, (_, _) => verdict,
            ToyTask.Grpo with { Steps = 1, MaxTokens = maxTokens }, seed: 1)[0];
        Assert.Equal(8, report.AllWrong);
        Assert.StartsWith("No reward is +1", report.Warning, StringComparison.Ordinal);
        Assert.Contains(words, report.Warning!, StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_that_are_too_easy_are_told_from_problems_that_are_too_hard()
    {
        var step = Step();
        Assert.Contains("too easy", GrpoWarning.Of(step with { AllRight = 8 }, ToyTask.Grpo)!,
            StringComparison.Ordinal);
        Assert.Contains("3 all wrong, 5 all right",
            GrpoWarning.Of(step with { AllWrong = 3, AllRight = 5 }, ToyTask.Grpo)!, StringComparison.Ordinal);
        Assert.Contains("MaxAccuracy", GrpoWarning.Of(step with { AllWrong = 3, TooEasy = 5 }, ToyTask.Grpo)!,
            StringComparison.Ordinal);
        Assert.Null(GrpoWarning.Of(step with { AllWrong = 7, Used = 1 }, ToyTask.Grpo));
        Assert.Contains("what is learned is brevity",
            GrpoWarning.Of(step with { Used = 8, Truncated = 60 }, ToyTask.Grpo)!, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_step_tells_of_problems_tokens_and_answers_adds_up()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var reports = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst,
            ToyTask.Grpo with { Steps = 10, Rebalance = true, MaxAccuracy = 0.5 }, seed: 1);
        Assert.All(reports, report =>
        {
            Assert.Equal(8, report.AllWrong + report.AllRight + report.TooEasy + report.Used);
            Assert.Equal(report.MeanLength * report.Answers, report.SampledTokens, tolerance: 1e-6);
            Assert.Equal(report.TooEasy > 0, report.Cost.TooEasy > 0);
            Assert.Equal(report.Used > 0, report.Cost.Used > 0);
            Assert.InRange(report.VerifySeconds, 0, report.SampleSeconds);
            Assert.True(report.Truncated + report.Unverifiable + report.NoAnswer <= report.Answers);
        });
        Assert.Contains(reports, report => report.Cost.TooEasy > 0);
    }

    // The pull: with a large weight the model stays near its start, and the divergence that is told is small.
    [Theory]
    [InlineData(KlEstimator.K2)]
    [InlineData(KlEstimator.K3)]
    public void A_divergence_in_the_loss_holds_the_model_near_its_start(KlEstimator estimator)
    {
        var (free, _) = Distance(ToyTask.Grpo with { Steps = 6 });
        var (held, reports) = Distance(ToyTask.Grpo with
        {
            Steps = 6,
            Update = ToyTask.Grpo.Update with { KlCoefficient = 20, KlEstimator = estimator },
        });
        Assert.True(held < 0.7 * free, $"{held} held, {free} free");
        Assert.Contains(reports, report => report.Update.Divergence > 0);
        Assert.Equal(0, reports[0].Update.Divergence, tolerance: 1e-6);

        static (double, IReadOnlyList<GrpoReport>) Distance(GrpoConfig config)
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            using var model = SmallModel.Create(ToyTask.Config);
            var ids = SmallModel.AsTensor(SmallModel.Ids(16));
            var before = nn.functional.log_softmax(model.call(ids), 2);
            IReadOnlyList<GrpoReport> reports;
            using (enable_grad())
            {
                reports = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 1);
            }

            return ((before.exp() * (before - nn.functional.log_softmax(model.call(ids), 2))).sum()
                .AsDouble(), reports);
        }
    }

    private static GrpoReport Step() => new()
    {
        Step = 0,
        Steps = 1,
        Temperature = 1,
        MeanReward = -1,
        Accuracy = 0,
        AllWrong = 0,
        AllRight = 0,
        TooEasy =
            0,
        Used = 0,
        AnswersUsed = 0,
        Answers = 64,
        Truncated = 0,
        Unverifiable = 0,
        NoAnswer = 0,
        MeanLength =
                4,
        LengthSpread = 1,
        Update = new PolicyUpdateReport
        {
            Loss = 0,
            Entropy = 0,
            TrainInferenceMismatch = 0,
            GradientNorm = 0,
            Divergence = 0,
            ClippedShare = 0,
            TruncatedShare = 0,
        },
        LearningRate = 1e-5,
        Cost = new TokenCost(0, 0, 0,
            0),
        SampleSeconds = 1,
        VerifySeconds = 0.5,
        LearnSeconds = 1
    };
}
