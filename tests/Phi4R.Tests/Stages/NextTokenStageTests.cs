using Phi4R.Data;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Training;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Tests.Stages;

public sealed class NextTokenStageTests
{
    private static readonly SftConfig Tuning = new()
    {
        MaxTokens = 12,
        BatchSize = 4,
        MicroBatchSize = 2,
        StepsPerBucket = 2,
        Epochs = 2,
        Optimizer = ResumeTests.Optimizer,
    };

    [Fact]
    public void Fine_tuning_learns_every_answer_token_once_an_epoch_and_no_prompt()
    {
        using var model = SmallModel.Create();
        var examples = Enumerable.Range(0, 10)
            .Select(e => new TrainingExample($"{e}", SmallModel.Ids(6 + (e % 5), e), LossStart: 3)).ToList();
        var reports = Sft.Run(model, examples, Tuning, SmallModel.Tokenizer, seed: 1);
        Assert.Equal(6, reports.Count);
        Assert.Equal(2 * examples.Sum(example => example.Tokens.Length - 3), reports.Sum(report => report.LossTokens));
        Assert.Equal(2 * examples.Sum(example => example.Tokens.Length), reports.Sum(report => report.Tokens));
    }

    // Lengths from 6 to 60 tokens, 37 documents in steps of 4: the last step of an epoch has one. A document's weight
    // in an epoch is its tokens, each over what its step is divided by.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void What_a_token_weighs_depends_on_no_bucket_where_all_weigh_the_same(int stepsPerBucket)
    {
        var examples = Enumerable.Range(0, 37)
            .Select(e => new TrainingExample($"{e}", SmallModel.Ids(6 + (3 * (e % 19)), e), LossStart: 3)).ToList();
        var config = Tuning with { MaxTokens = 60, StepsPerBucket = stepsPerBucket, Epochs = 1 };
        var mean = examples.Sum(example => example.LossTokens) / 10.0;
        var steps = Sft.Steps(examples, config, seed: 1);
        Assert.Equal(10, steps.Count);
        Assert.Equal(mean, NextTokenTraining.Divisor(steps, TokenWeight.OfRun)!.Value, tolerance: 1e-9);
        Assert.Null(NextTokenTraining.Divisor(steps, TokenWeight.OfStep));

        // The loop divides by it: at a rate that moves nothing a step's gradient is that of its own mean, by the share
        // of its tokens.
        var optimizer = ResumeTests.Optimizer with { PeakLearningRate = 1e-30, MaxGradientNorm = 1e6 };
        var still = config with { Optimizer = optimizer };
        using var model = SmallModel.Create();
        var own = Sft.Run(model, examples, still, SmallModel.Tokenizer, seed: 1);
        still = still with { TokenWeight = TokenWeight.OfRun };
        var even = Sft.Run(model, examples, still, SmallModel.Tokenizer, seed: 1);
        foreach (var (plain, other) in own.Zip(even))
        {
            var expected = plain.GradientNorm * plain.LossTokens / mean;
            Assert.Equal(expected, other.GradientNorm, tolerance: 1e-4 * expected);
        }

        Assert.All(own.Zip(even), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_row_is_filled_up_to_the_longest_of_its_pass(int atOnce)
    {
        var examples = Enumerable.Range(0, 10)
            .Select(e => new TrainingExample($"{e}", SmallModel.Ids(6 + (e % 5), e), LossStart: 3)).ToList();
        var steps = Sft.Steps(examples, Tuning with { MicroBatchSize = atOnce, StepsPerBucket = 1 }, seed: 1);
        Assert.Equal(20, steps.Sum(step => step.Length));
        Assert.All(steps.SelectMany(step => step.Chunk(atOnce)), pass =>
            Assert.All(pass, row => Assert.Equal(pass.Max(other => other.Used), row.Length)));
        Assert.Equal(atOnce == 1, steps.Sum(step => step.Sum(row => row.Length - row.Used)) == 0);
    }

    [Fact]
    public void Fine_tuning_refuses_an_example_that_is_too_long_before_it_changes_a_weight()
    {
        using var model = SmallModel.Create();
        var before = SmallModel.Weights(model);
        var error = Assert.Throws<InvalidDataException>(() =>
            Sft.Run(model, [new TrainingExample("p7", SmallModel.Ids(13), 2)], Tuning, SmallModel.Tokenizer, seed: 1));
        Assert.Contains("The example of problem p7 has 13 tokens; MaxTokens is 12", error.Message);
        Assert.Equal(before, SmallModel.Weights(model));
    }

    [Fact]
    public void Mid_training_learns_every_token_but_the_first_of_each_document()
    {
        using var model = SmallModel.Create();
        var documents = Enumerable.Range(0, 23)
            .Select(d => new TrainingExample($"{d}", SmallModel.Ids(3 + (d % 9), d), LossStart: 0)).ToList();
        var config = new MidTrainingConfig
        {
            SequenceLength = 24,
            OpenRows = 3,
            BatchSize = 2,
            MicroBatchSize = 2,
            Epochs = 3,
            Optimizer = ResumeTests.Optimizer,
        };
        var reports = MidTraining.Run(model, documents, config, SmallModel.Tokenizer, seed: 1);
        Assert.Equal(3 * documents.Sum(document => document.Tokens.Length), reports.Sum(report => report.Tokens));
        Assert.Equal(3 * documents.Sum(document => document.Tokens.Length - 1),
            reports.Sum(report => report.LossTokens));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stage_without_a_document_is_an_error_and_not_a_finished_stage(bool fineTune)
    {
        using var model = SmallModel.Create();
        var config = new MidTrainingConfig
        {
            SequenceLength = 24,
            OpenRows = 3,
            BatchSize = 2,
            MicroBatchSize = 2,
            Epochs = 3,
            Optimizer = ResumeTests.Optimizer,
        };
        var error = Assert.Throws<InvalidDataException>(() => fineTune
            ? Sft.Run(model, [], Tuning, SmallModel.Tokenizer, seed: 1)
            : MidTraining.Run(model, [], config, SmallModel.Tokenizer, seed: 1));
        Assert.Contains("no document to learn from", error.Message, StringComparison.Ordinal);
    }

    // The pocket's answers end in its <|end|>, or with its end of text; two of three documents lost theirs, p1 the
    // first.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Documents_that_lost_their_end_stop_a_stage_before_it_changes_a_weight_unless_told_otherwise(
        bool fineTune)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var tokenizer = new PocketTokenizer();
        var chat = new ChatFormat(tokenizer);
        var documents = new[]
        {
            ("p0", true),
            ("p1", false),
            ("p2", false),
        }.Select(
            document =>
                new TrainingExample(document.Item1,
                    [.. chat.Prompt("1+1"), .. chat.Completion("2", document.Item2)], 1))
                    .ToList();
        var before = SmallModel.Weights(model);
        var error = Assert.Throws<InvalidDataException>(() => Learn(openEnds: false)).Message;
        Assert.Contains("2 of 3 documents do not end", error, StringComparison.Ordinal);
        Assert.Contains("problem p1", error, StringComparison.Ordinal);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.Equal((3 * documents[1].LossTokens) + 1,
            Learn(openEnds: true).Where(report => report.Step == 0).Sum(report => report.LossTokens));

        IReadOnlyList<TrainingReport> Learn(bool openEnds) => fineTune
            ? Sft.Run(model, documents, Tuning, tokenizer, seed: 1, openEnds: openEnds)
            : MidTraining.Run(model, documents, new MidTrainingConfig
            {
                SequenceLength = 24,
                OpenRows = 3,
                BatchSize = 3,
                MicroBatchSize = 2,
                Epochs = 1,
                Optimizer = ResumeTests.Optimizer,
            }, tokenizer, seed: 1, openEnds: openEnds);
    }

    // A model of two layers learns eight fixed documents by heart.
    [Fact]
    public void A_small_set_is_learned_by_heart()
    {
        using var model = SmallModel.Create(SmallModel.Config with { InitialDeviation = 0.05 });
        var examples = Enumerable.Range(0, 8)
            .Select(e => new TrainingExample($"{e}", SmallModel.Ids(10, e), LossStart: 2)).ToList();
        var reports = Sft.Run(model, examples, Tuning with
        {
            BatchSize = 8,
            MicroBatchSize = 8,
            StepsPerBucket = 1,
            Epochs = 60,
            Optimizer = ResumeTests.Optimizer with { PeakLearningRate = 1e-2 },
        }, SmallModel.Tokenizer, seed: 1);
        Assert.InRange(reports[0].Loss, Math.Log(40) - 0.3, Math.Log(40) + 0.3);
        Assert.InRange(reports[^1].Loss, 0, 0.1);
    }

    [Fact]
    public void A_preferred_answer_grows_likelier_against_the_other()
    {
        using var model = SmallModel.Create();
        var pairs = Enumerable.Range(0, 6)
            .Select(
                p => new PreferencePair($"{p}", SmallModel.Ids(4, p), SmallModel.Ids(5, p + 50),
                    SmallModel.Ids(5, p + 90))).ToList();
        var config = new RolloutDpoConfig
        {
            Loss = PreferenceLoss.Dpo,
            LengthNormalized = false,
            Beta = 0.1,
            NllWeight = 0,
            BatchSize = 6,
            MicroBatchSize = 3,
            Epochs = 15,
            Optimizer = ResumeTests.Optimizer,
        };
        var reports = RolloutDpo.Run(model, pairs, RolloutDpo.Reference(model, pairs, config, padTokenId: 0), config,
            padTokenId: 0, seed: 1);

        // The first step starts at the reference: no margin, and a loss of ln 2.
        Assert.Equal(Math.Log(2), reports[0].Loss, tolerance: 1e-5);
        Assert.Equal(0, reports[0].Margin, tolerance: 1e-5);
        Assert.True(reports[^1].Margin > 0.5);
        Assert.Equal(1, reports[^1].Accuracy, tolerance: 1e-9);
        Assert.Contains("no preference pairs",
            Assert.Throws<InvalidOperationException>(
                () => RolloutDpo.Run(model, [], [], config, padTokenId: 0, seed: 1)).Message);
    }
}
