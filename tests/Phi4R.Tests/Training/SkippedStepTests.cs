using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Runs;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// The law: a step whose gradient is not finite is as if it never was, and is told.
public sealed class SkippedStepTests
{
    private static OptimizerConfig Level => ResumeTests.Optimizer with { WarmupRatio = 0, MinLearningRateRatio = 1 };

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_step_without_a_finite_gradient_changes_no_weight_and_no_moment(float bad)
    {
        using var scope = NewDisposeScope();
        var (with, withState) = Run([1, bad, 2, bad, bad, 3]);
        var (without, withoutState) = Run([1, 2, 3]);
        Assert.Equal(without, with);
        Assert.Equal(withoutState, withState);
        Assert.Equal(3, withState["model.norm.weight.steps"].Single());

        (Dictionary<string, float[]> Weights, Dictionary<string, float[]> State) Run(float[] sizes)
        {
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, Level);
            foreach (var (step, size) in sizes.Index())
            {
                Give(model, size);
                Assert.Equal(float.IsFinite(size), double.IsFinite(optimizer.Step(step, sizes.Length)));
                Assert.All(model.Parameters, pair => Assert.Equal(0, pair.Weight.grad!.abs().max().AsDouble()));
            }

            return (SmallModel.Weights(model),
                optimizer.State.ToDictionary(pair => pair.Name, pair => Compare.Bits(pair.Value)));
        }
    }

    [Fact]
    public void The_third_in_a_row_stops_the_run_and_the_message_says_what_to_do()
    {
        using var scope = NewDisposeScope();
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, Level);
        var before = SmallModel.Weights(model);
        for (var step = 0; step < 2; step++)
        {
            Give(model, float.PositiveInfinity);
            optimizer.Step(step, 5);
        }

        Give(model, float.PositiveInfinity);
        var error = Assert.Throws<InvalidOperationException>(() => optimizer.Step(2, 5));
        Assert.Contains("at step 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("in a row are now 3; StopAfterSkipped is 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("Lower the learning rate", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, SmallModel.Weights(model));
        Assert.All(optimizer.State,
            pair => Assert.Equal(pair.Name == "skipped" ? 3 : 0, pair.Value.abs().sum().AsDouble()));
    }

    // The weights are infinite while the second step is learned from, and mended after it.
    [Fact]
    public void Next_token_training_goes_on_as_if_the_step_never_was()
    {
        var rows = Enumerable.Range(0, 4)
            .Select(step => new[]
            {
                new PackedSequence([new TrainingExample($"{step}", SmallModel.Ids(9, step), 2)], 12),
            }).ToArray();
        var (with, reports) = Run(rows, 1);
        var (without, _) = Run([rows[0], rows[2], rows[3]], -1);
        Assert.Equal(without, with);
        Assert.Equal([0, 1, 0, 0], reports.Select(report => report.Skipped));
        Assert.False(double.IsFinite(reports[1].GradientNorm));

        // What is not finite is written, and read again.
        var path = Path.GetTempFileName();
        JsonLines.Write(path, reports);
        Assert.Equal(reports, JsonLines.Read<TrainingReport>(path));
        File.Delete(path);

        (Dictionary<string, float[]>, IReadOnlyList<TrainingReport>) Run(PackedSequence[][] steps, int bad)
        {
            using var model = SmallModel.Create();
            var told = NextTokenTraining.Run(model, Spoiled(model, steps, bad), steps.Length, 1, padTokenId: 0, Level);
            return (SmallModel.Weights(model), told);
        }
    }

    // The counter is kept with a checkpoint: two before the stop and one after it are three.
    [Fact]
    public void Steps_in_a_row_are_counted_over_a_stop()
    {
        var folder = Directory.CreateTempSubdirectory();
        using (var model = SmallModel.Create())
        using (var optimizer = new Optimizer(model, Level))
        {
            Give(model, float.NaN);
            optimizer.Step(0, 5);
            Give(model, float.NaN);
            optimizer.Step(1, 5);
            new TrainingCheckpoints(folder.FullName, "x", TimeSpan.Zero).Offer(2, model, optimizer,
                [new TrainingReport
                {
                    Step = 1,
                    Steps = 5,
                    Loss = 0,
                    GradientNorm = double.NaN,
                    LearningRate = 0,
                    Tokens = 1,
                    LossTokens = 1,
                    Padding = 0,
                    Seconds = 0,
                    Skipped = 1,
                }]);
        }

        using var again = SmallModel.Create();
        using var resumed = new Optimizer(again, Level);
        Assert.Equal(2,
            new TrainingCheckpoints(folder.FullName, "x", TimeSpan.Zero).Restore(again, resumed,
                new List<TrainingReport>()));
        Give(again, float.NaN);
        Assert.Throws<InvalidOperationException>(() => resumed.Step(2, 5));
        folder.Delete(recursive: true);
    }

    // A reference that is not a number makes the loss of its pair one.
    [Fact]
    public void Preference_learning_counts_the_step_and_stops_when_it_repeats()
    {
        var pairs = Enumerable.Range(0, 5)
            .Select(
                p => new PreferencePair($"{p}", SmallModel.Ids(4, p), SmallModel.Ids(3, p + 50),
                    SmallModel.Ids(5, p + 90))).ToList();
        var config = new RolloutDpoConfig
        {
            Loss = PreferenceLoss.Dpo,
            LengthNormalized = false,
            Beta = 0.1,
            NllWeight = 0,
            BatchSize = 1,
            MicroBatchSize = 1,
            Epochs = 1,
            Optimizer = Level,
        };
        var reports = Run(bad: 1);
        Assert.Equal(1, reports.Sum(report => report.Skipped));
        Assert.All(reports, report => Assert.Equal(report.Skipped == 0, double.IsFinite(report.GradientNorm)));
        Assert.Contains("StopAfterSkipped", Assert.Throws<InvalidOperationException>(() => Run(bad: 5)).Message,
            StringComparison.Ordinal);

        IReadOnlyList<DpoReport> Run(int bad)
        {
            using var model = SmallModel.Create();
            var reference = pairs.Select((_, i) => (i < bad ? double.NaN : -20, -30.0)).ToList();
            return RolloutDpo.Run(model, pairs, reference, config, padTokenId: 0, seed: 5);
        }
    }

    [Fact]
    public void A_policy_update_counts_what_it_skips_and_changes_nothing()
    {
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, Level);
        var before = SmallModel.Weights(model);
        var answer = new PolicyRollout(SmallModel.Ids(4, 1),
            new Completion { TokenIds = SmallModel.Ids(3, 2), LogProbs = new float[3], Finish = FinishReason.Stop },
            double.NaN);
        var loose = ToyTask.Grpo.Update with { MaxTokenRatio = 1e40, MaxSamplingDivergence = 1e40 };
        var config = loose with { InnerEpochs = 2 };
        var report = PolicyUpdate.Run(model, null, optimizer, [answer], 1, 9, config, padTokenId: 0, step: 0, steps: 4);
        Assert.Equal(2, report.Skipped);
        Assert.Equal(before, SmallModel.Weights(model));
    }

    [Fact]
    public void The_ledger_has_a_line_for_skipped_updates()
    {
        var folder = Directory.CreateTempSubdirectory();
        var record = new StageStore(folder.FullName, _ => { }).Take("learn", new { }, [], work => work.WriteSteps(
            [Report(0), Report(1), Report(1)]));
        Assert.Equal(new LedgerLine("learn", "updates", 2, "their gradient was not finite; they changed nothing"),
            record.Ledger.Single());
        folder.Delete(recursive: true);

        static TrainingReport Report(int skipped) =>
            new()
            {
                Step = 0,
                Steps = 3,
                Loss = 1,
                GradientNorm = skipped > 0 ? double.NaN : 1,
                LearningRate = 1e-3,
                Tokens = 10,
                LossTokens = 10,
                Padding = 0,
                Seconds = 1,
                Skipped = skipped,
            };
    }

    private static void Give(LanguageModel model, float size)
    {
        foreach (var (_, weight) in model.Parameters)
        {
            weight.grad = full_like(weight, float.IsFinite(size) ? size * 0.01f : 0.01f);
        }

        if (!float.IsFinite(size))
        {
            model.Parameters[3].Weight.grad![0] = tensor(size);
        }
    }

    private static IEnumerable<PackedSequence[]> Spoiled(LanguageModel model, PackedSequence[][] steps, int bad)
    {
        var norm = model.Parameters.Single(pair => pair.Name == "model.norm.weight").Weight;
        foreach (var (step, rows) in steps.Index())
        {
            var kept = Compare.Bits(norm)[0];
            Put(step == bad ? float.PositiveInfinity : kept);
            yield return rows;
            Put(step == bad ? kept : Compare.Bits(norm)[0]);
        }

        void Put(float value)
        {
            using var frozen = no_grad();
            norm[0] = tensor(value);
        }
    }
}
