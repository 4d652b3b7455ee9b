using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Stages;
using Phi4R.Training;

namespace Phi4R.Tests.Training;

// The law: a run that was stopped and goes on ends with the bits of a run that never was.
public sealed class ResumeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly List<string> _said = [];

    public static OptimizerConfig Optimizer { get; } = new()
    {
        PeakLearningRate = 3e-3,
        MinLearningRateRatio = 0.1,
        WarmupRatio = 0.2,
        Decay = Decay.Cosine,
        Beta1 = 0.9,
        Beta2 = 0.95,
        Epsilon = 1e-8,
        WeightDecay = 0.1,
        MaxGradientNorm = 1,
        StopAfterSkipped = 3,
    };

    public void Dispose()
    {
        if (Directory.Exists(_folder.FullName))
        {
            _folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Next_token_training_goes_on_as_if_it_never_stopped(int stopAfter) =>
        GoesOn<TrainingReport>(stopAfter, NextToken, report => report with { Seconds = 0 });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Preference_learning_goes_on_as_if_it_never_stopped(int stopAfter) =>
        GoesOn<DpoReport>(stopAfter, Prefer, report => report with { Seconds = 0 });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Reinforcement_goes_on_as_if_it_never_stopped(int stopAfter) =>
        GoesOn<GrpoReport>(stopAfter, Reinforcement, Timeless);

    // What a step ahead is sampled with stands in the checkpoint, since its weights are gone by then.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 2)]
    [InlineData(2, 9)]
    public void Reinforcement_that_samples_ahead_goes_on_as_if_it_never_stopped(int stopAfter, int staleness)
    {
        GoesOn<GrpoReport>(stopAfter, Ahead, Timeless);

        (LanguageModel, IReadOnlyList<GrpoReport>) Ahead(
            TrainingCheckpoints? checkpoints, IProgress<GrpoReport>? progress, CancellationToken cancel)
        {
            var model = SmallModel.Create(ToyTask.Config);
            var config = StalenessTests.Loose with { Steps = 5, Optimizer = Optimizer, Staleness = staleness };
            return (model, Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 5,
                checkpoints, progress, cancel: cancel));
        }
    }

    // The divergence is from the model as the stage found it, not as its checkpoint left it.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Reinforcement_with_a_divergence_goes_on_as_if_it_never_stopped(int stopAfter)
    {
        GoesOn<GrpoReport>(stopAfter, Diverging, Timeless);
        Assert.All(Diverging(null, null, default).Reports.Skip(1), report => Assert.True(report.Update.Divergence > 0));
    }

    // The values stand on the disk under the hash of the weights that the stage starts from.
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Preference_learning_with_kept_reference_values_goes_on_as_if_it_never_stopped(int stopAfter)
    {
        GoesOn<DpoReport>(stopAfter, (checkpoints, progress, cancel) =>
            Prefer((model, pairs, config) =>
                ReferenceLogProbCache.Take(Path.Combine(_folder.FullName, "reference"), model, pairs, config,
                    padTokenId: 0, _said.Add), checkpoints, progress, cancel), report => report with
                    {
                        Seconds = 0,
                    });
        // By the run that was stopped and by that which goes on.
        Assert.Equal(2, _said.Count(line => line.Contains("are taken from", StringComparison.Ordinal)));
    }

    // No checkpoint was written: both steps are made again from the answers that were kept, one of which was cut in
    // writing.
    [Fact]
    public void Answers_drawn_since_the_last_checkpoint_are_not_drawn_again()
    {
        var (never, neverReports) = Reinforcement(null, null, default);
        Assert.Throws<TimeoutException>(() => Reinforcement(
            new TrainingCheckpoints(_folder.FullName, "settings", TimeSpan.FromHours(1), _said.Add),
            new Told<GrpoReport>(report => _ = report.Step < 1 ? 0 : throw new TimeoutException()), default));
        var samples = Path.Combine(_folder.FullName, "samples.jsonl");
        Assert.Equal(128, File.ReadLines(samples).Count());
        File.WriteAllText(samples, File.ReadAllText(samples)[..^20]);
        _said.Clear();
        var kept = new TrainingCheckpoints(_folder.FullName, "settings", TimeSpan.FromHours(1), _said.Add);
        var (stopped, stoppedReports) = Reinforcement(kept, null, default);
        Assert.Equal(1, kept.Samples.Dropped);
        Assert.Equal(
            ["1 of 128 lines of samples.jsonl were incomplete or damaged; they are dropped and their answers sampled "
                    + "again",
                "64 of 64 answers had been sampled when it was stopped, and are used",
                "63 of 64 answers had been sampled when it was stopped, and are used"],
            _said);
        Assert.Equal(neverReports.Select(Timeless), stoppedReports.Select(Timeless));
        Assert.Equal(SmallModel.Weights(never), SmallModel.Weights(stopped));
        kept.Clear();
        Assert.False(File.Exists(samples));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Training_of_adapters_goes_on_as_if_it_never_stopped(int stopAfter)
    {
        GoesOn<TrainingReport>(stopAfter, Adapters, report => report with { Seconds = 0 });
        Assert.All(Steps(),
            step => Assert.False(File.Exists(Path.Combine(Home(step), "model.safetensors")), "The frozen weights need "
                + "no place in a checkpoint."));

        static (LanguageModel, IReadOnlyList<TrainingReport>) Adapters(
            TrainingCheckpoints? checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel)
        {
            var model = SmallModel.Create();
            using var adapters = LowRankAdapters.On(model, new LoraConfig { Rank = 4, Alpha = 8 }, seed: 3);
            var (_, reports) = NextToken(model, checkpoints, progress, cancel);
            adapters.Merge();
            return (model, reports);
        }
    }

    // The masters are what a checkpoint holds: weights rounded to 16 bits would go on another way.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Training_with_masters_goes_on_as_if_it_never_stopped(int stopAfter)
    {
        GoesOn<TrainingReport>(stopAfter, Rounded, report => report with { Seconds = 0 });

        static (LanguageModel, IReadOnlyList<TrainingReport>) Rounded(
            TrainingCheckpoints? checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel) =>
            NextToken(
                LanguageModel.PrepareForTraining(SmallModel.Create(),
                    new MemoryConfig { ActivationCheckpointEvery = 0, Weights = WeightPrecision.BFloat16 }, 0),
                        checkpoints, progress, cancel);
    }

    [Theory]
    [InlineData(OptimizerStateStorage.Host)]
    [InlineData(OptimizerStateStorage.EightBit)]
    public void Training_with_moments_kept_otherwise_goes_on_as_if_it_never_stopped(OptimizerStateStorage kept)
    {
        GoesOn<TrainingReport>(3, Kept, report => report with { Seconds = 0 });

        (LanguageModel, IReadOnlyList<TrainingReport>) Kept(
            TrainingCheckpoints? checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel)
        {
            var model = SmallModel.Create(SmallModel.Config with { VocabularySize = 256 });
            model.Memory = model.Memory with { OptimizerState = kept };
            Assert.Contains(model.Parameters, pair => pair.Weight.numel() >= 4096);
            return NextToken(model, checkpoints, progress, cancel);
        }
    }

    // Samples are drawn with the 16-bit weights, the reference is their copy, and sampling and training are within 0.05
    // nats on every token.
    [Fact]
    public void Reinforcement_with_masters_goes_on_as_if_it_never_stopped()
    {
        GoesOn<GrpoReport>(2, Rounded, Timeless);

        static (LanguageModel, IReadOnlyList<GrpoReport>) Rounded(
            TrainingCheckpoints? checkpoints, IProgress<GrpoReport>? progress, CancellationToken cancel)
        {
            var model = LanguageModel.PrepareForTraining(SmallModel.Create(ToyTask.Config),
                new MemoryConfig { ActivationCheckpointEvery = 0, Weights = WeightPrecision.BFloat16 }, 0);
            var loose = ToyTask.Grpo.Update with { MaxTokenRatio = 1.05, MaxSamplingDivergence = 1e-3 };
            var update = loose with { KlCoefficient = 0.01 };
            var config = ToyTask.Grpo with { Steps = 4, Optimizer = Optimizer, Update = update };
            return (model, Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 5,
                checkpoints, progress, cancel: cancel));
        }
    }

    // Samples are drawn with the merged weights: the limit on how far they may be from the training pass holds at every
    // step.
    [Fact]
    public void Reinforcement_of_adapters_goes_on_as_if_it_never_stopped()
    {
        GoesOn<GrpoReport>(2, Adapters,
            report => report with { SampleSeconds = 0, VerifySeconds = 0, LearnSeconds = 0 });

        static (LanguageModel, IReadOnlyList<GrpoReport>) Adapters(
            TrainingCheckpoints? checkpoints, IProgress<GrpoReport>? progress, CancellationToken cancel)
        {
            var model = SmallModel.Create(ToyTask.Config);
            var before = Phi4R.Checkpoints.Weights.Hash(model);
            using var adapters = LowRankAdapters.On(model, new LoraConfig { Rank = 4, Alpha = 8 }, seed: 3);
            var config = ToyTask.Grpo with
            {
                Steps = 4,
                Optimizer = Optimizer,
                Update = ToyTask.Grpo.Update with { KlCoefficient = 0.01 },
            };
            var reports = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 5,
                checkpoints, progress, cancel: cancel);
            adapters.Merge();
            Assert.NotEqual(before, Phi4R.Checkpoints.Weights.Hash(model));
            return (model, reports);
        }
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_is_used()
    {
        var whole = Weights(NextToken(null, null, default));
        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors", "reports.json", "checkpoint.json" })
        {
            Stop<TrainingReport>(3, NextToken);
            _said.Clear();
            FlipByte(Path.Combine(Newest(), file));
            var kept = Kept();
            Assert.Equal(whole, Weights(NextToken(kept, null, default)));
            Assert.Equal(1, kept.Damaged);
            Assert.Contains(_said,
                line => line.StartsWith("the checkpoint after step 3 is damaged", StringComparison.Ordinal)
                    && line.Contains("is not used", StringComparison.Ordinal));
            Assert.Contains(_said, line => line.StartsWith("goes on at step 2", StringComparison.Ordinal));
            kept.Clear();
        }
    }

    // The answers kept since the newest checkpoint are of no use to the one before it, and do no harm.
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("optimizer.safetensors")]
    public void Stages_of_pairs_and_of_drawn_answers_go_on_from_the_checkpoint_before_a_damaged_one(string file)
    {
        GoesOnBefore<DpoReport>(Prefer);
        GoesOnBefore<GrpoReport>(Diverging);

        void GoesOnBefore<TReport>(Stage<TReport> run)
        {
            var whole = Weights(run(null, null, default));
            Stop(3, run);
            FlipByte(Path.Combine(Home(3), file));
            _said.Clear();
            var kept = Kept();
            Assert.Equal(whole, Weights(run(kept, null, default)));
            Assert.Contains("goes on at step 2, from the last checkpoint", _said);
            kept.Clear();
        }
    }

    // Stopped after step 3 with its checkpoint gone and its line cut in writing: the third step is done again.
    [Fact]
    public void Each_step_is_written_when_it_is_done_and_after_a_stop_none_is_twice_there_or_missing()
    {
        var path = Kept().StepsPath;
        List<int> before = [];
        using var source = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => NextToken(Kept(), new Told<TrainingReport>(report =>
        {
            before.Add(File.Exists(path) ? File.ReadLines(path).Count() : 0);
            if (report.Step == 2)
            {
                source.Cancel();
            }
        }), source.Token));
        Assert.Equal([0, 1, 2], before);
        Assert.Equal(3, File.ReadLines(path).Count());
        Directory.Delete(Home(3), recursive: true);
        File.WriteAllText(path, File.ReadAllText(path)[..^20]);
        var (_, reports) = NextToken(Kept(), null, default);
        Assert.Equal(reports, JsonLines.Read<TrainingReport>(path));
        Assert.Equal(Enumerable.Range(0, reports.Count), reports.Select(report => report.Step));

        // Without a checkpoint all is done again.
        Steps().ForEach(step => Directory.Delete(Home(step), recursive: true));
        (_, reports) = NextToken(Kept(), null, default);
        Assert.Equal(reports, JsonLines.Read<TrainingReport>(path));
        Kept().Clear();
        Assert.False(Directory.Exists(_folder.FullName));
    }

    [Fact]
    public void What_is_told_to_stop_keeps_the_state_of_its_last_step_whatever_the_time()
    {
        StopsAt<TrainingReport>(NextToken);
        StopsAt<DpoReport>(Prefer);
        StopsAt<GrpoReport>(Reinforcement);

        void StopsAt<TReport>(Stage<TReport> run)
        {
            Stop<TReport>(2,
                (_, progress, cancel) =>
                    run(new TrainingCheckpoints(_folder.FullName, "settings", TimeSpan.FromHours(1), _said.Add),
                        progress, cancel));
            Assert.Equal([2], Steps());
            Kept().Clear();
        }
    }

    // A manifest is small enough to try each of its bytes: none may lead to other weights.
    [Fact]
    public void No_damaged_byte_of_a_manifest_leads_to_another_result()
    {
        var whole = Weights(NextToken(null, null, default));
        Stop<TrainingReport>(3, NextToken);
        var manifest = Path.Combine(Newest(), "checkpoint.json");
        var good = File.ReadAllBytes(manifest);
        for (var place = 0; place < good.Length; place += 7)
        {
            var bad = good.ToArray();
            bad[place] ^= 1;
            File.WriteAllBytes(manifest, bad);
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, Optimizer);
            List<TrainingReport> reports = [];
            var step = Kept().Restore(model, optimizer, reports);
            Assert.True(step == reports.Count && step is 2 or 3, $"byte {place}: step {step}, {reports.Count} reports");
        }

        File.WriteAllBytes(manifest, good);
        Assert.Equal(whole, Weights(NextToken(Kept(), null, default)));
    }

    [Fact]
    public void When_all_are_damaged_the_run_begins_anew()
    {
        var whole = Weights(NextToken(null, null, default));
        Stop<TrainingReport>(3, NextToken);
        FlipByte(Path.Combine(Home(3), "model.safetensors"));
        File.Delete(Path.Combine(Home(2), "optimizer.safetensors"));
        _said.Clear();
        var (model, reports) = NextToken(Kept(), null, default);
        Assert.Equal(whole, Weights((model, reports)));
        Assert.Equal(2, _said.Count(line => line.Contains("is not used", StringComparison.Ordinal)));
        Assert.DoesNotContain(_said, line => line.StartsWith("goes on", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_of_other_settings_is_not_used_and_it_is_said()
    {
        Stop<TrainingReport>(3, NextToken);
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, Optimizer);
        List<TrainingReport> reports = [];
        Assert.Equal(0,
            new TrainingCheckpoints(_folder.FullName, "others", TimeSpan.Zero, _said.Add).Restore(model,
                optimizer, reports));
        Assert.Empty(reports);
        Assert.Contains(_said, line => line.Contains("belongs to other settings", StringComparison.Ordinal));
    }

    // By hand: of 5 steps with the newest and every second kept; a stage that is over keeps the even ones alone.
    [Fact]
    public void What_the_retention_rule_keeps_stays_and_nothing_else_does()
    {
        Stop<TrainingReport>(5, NextToken, new Retention { KeepLast = 1, KeepEvery = 2 });
        Assert.Equal([2, 4, 5], Steps());
        Kept(new Retention { KeepLast = 1, KeepEvery = 2 }).Clear();
        Assert.Equal([2, 4], Steps());
        Kept().Clear();
        Assert.False(Directory.Exists(_folder.FullName));
        Stop<TrainingReport>(4, NextToken, new Retention { KeepLast = 3, KeepEvery = null });
        Assert.Equal([2, 3, 4], Steps());
    }

    // Whatever the time between two, those that are kept for good are written.
    [Fact]
    public void A_checkpoint_that_is_kept_for_good_does_not_wait_for_its_time()
    {
        NextToken(new TrainingCheckpoints(_folder.FullName, "settings", TimeSpan.FromHours(1), _said.Add,
            new Retention { KeepLast = 3, KeepEvery = 2 }), null, default);
        Assert.Equal([2, 4, 6], Steps());
    }

    // The newest is damaged, and the one before it is all there is: it stays until the next is whole.
    [Fact]
    public void The_last_good_checkpoint_is_never_removed_before_another_is_whole()
    {
        var whole = Weights(NextToken(null, null, default));
        Stop<TrainingReport>(3, NextToken);
        FlipByte(Path.Combine(Home(3), "model.safetensors"));
        using var model = SmallModel.Create();
        using var optimizer = new Optimizer(model, Optimizer);
        List<TrainingReport> reports = [];
        var one = new Retention { KeepLast = 1, KeepEvery = null };
        var kept = Kept(one);
        Assert.Equal(2, kept.Restore(model, optimizer, reports));

        // A disk that refuses the next one: a file stands where its folder is to be.
        File.WriteAllText(Path.Combine(_folder.FullName, "unfinished.part"), "");
        Assert.ThrowsAny<IOException>(() => kept.Offer(3, model, optimizer, reports));
        Assert.Contains(2, Steps());
        File.Delete(Path.Combine(_folder.FullName, "unfinished.part"));
        Assert.Equal(whole, Weights(NextToken(Kept(one), null, default)));
    }

    // What is killed while it writes leaves a checkpoint under its first name; a disk may lose the manifest, or half of
    // it.
    [Fact]
    public void A_checkpoint_that_was_cut_while_it_was_written_is_passed_over()
    {
        var whole = Weights(NextToken(null, null, default));
        Stop<TrainingReport>(3, NextToken);
        var newest = Newest();
        var manifest = File.ReadAllBytes(Path.Combine(newest, "checkpoint.json"));
        File.WriteAllBytes(Path.Combine(newest, "checkpoint.json"), manifest[..(manifest.Length / 2)]);
        Assert.Equal(whole, Weights(NextToken(Kept(), null, default)));
        Kept().Clear();
        Stop<TrainingReport>(3, NextToken);
        File.Delete(Path.Combine(Newest(), "checkpoint.json"));
        Assert.Equal(whole, Weights(NextToken(Kept(), null, default)));
        Kept().Clear();
        Stop<TrainingReport>(3, NextToken);
        Directory.Move(Newest(), Path.Combine(_folder.FullName, "unfinished.part"));
        _said.Clear();
        Assert.Equal(whole, Weights(NextToken(Kept(), null, default)));
        Assert.Equal("goes on at step 2, from the last checkpoint", _said.Single());
    }

    private delegate (LanguageModel Model, IReadOnlyList<TReport> Reports) Stage<TReport>(
        TrainingCheckpoints? checkpoints, IProgress<TReport>? progress, CancellationToken cancel);

    private void GoesOn<TReport>(int stopAfter, Stage<TReport> run, Func<TReport, TReport> timeless)
    {
        var (never, neverReports) = run(null, null, default);
        Stop(stopAfter, run);
        List<TReport> told = [];
        var (stopped, stoppedReports) = run(Kept(), new Told<TReport>(told.Add), default);
        Assert.Contains(_said, line => line.StartsWith($"goes on at step {stopAfter}", StringComparison.Ordinal));
        Assert.Equal(stoppedReports, told); // Those before the stop, too.
        Assert.Equal(neverReports.Select(timeless), stoppedReports.Select(timeless));
        Assert.Equal(SmallModel.Weights(never), SmallModel.Weights(stopped));
        Assert.Equal(Phi4R.Checkpoints.Weights.Hash(never), Phi4R.Checkpoints.Weights.Hash(stopped));
    }

    private void Stop<TReport>(int after, Stage<TReport> run, Retention? retention = null)
    {
        using var source = new CancellationTokenSource();
        var done = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => run(Kept(retention), new Told<TReport>(_ =>
        {
            if (++done == after)
            {
                source.Cancel();
            }
        }), source.Token));
    }

    private static GrpoReport Timeless(GrpoReport report) =>
        report with { SampleSeconds = 0, VerifySeconds = 0, LearnSeconds = 0 };

    private TrainingCheckpoints Kept(Retention? retention = null) =>
        new(_folder.FullName, "settings", TimeSpan.Zero, _said.Add, retention);

    private string Home(int step) => Path.Combine(_folder.FullName, $"step-{step:D8}");

    private List<int> Steps() =>
        [.. Directory.GetDirectories(_folder.FullName, "step-*")
            .Select(path => int.Parse(Path.GetFileName(path)[5..], System.Globalization.CultureInfo.InvariantCulture))
            .Order()];

    private string Newest() => Home(Steps()[^1]);

    private static void FlipByte(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static Dictionary<string, float[]> Weights<TReport>(
        (LanguageModel Model, IReadOnlyList<TReport> Reports) result) => SmallModel.Weights(result.Model);

    private static (LanguageModel, IReadOnlyList<TrainingReport>) NextToken(
        TrainingCheckpoints? checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel) =>
        NextToken(SmallModel.Create(), checkpoints, progress, cancel);

    private static (LanguageModel, IReadOnlyList<TrainingReport>) NextToken(LanguageModel model,
        TrainingCheckpoints? checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel)
    {
        var documents = Enumerable.Range(0, 40)
            .Select(d => new TrainingExample($"{d}", SmallModel.Ids(5 + (d % 9), d), d % 3)).ToList();
        var config = new MidTrainingConfig
        {
            SequenceLength = 32,
            OpenRows = 4,
            BatchSize = 2,
            MicroBatchSize = 1,
            Epochs = 1,
            Optimizer = Optimizer,
        };
        return (model, MidTraining.Run(model, documents, config, SmallModel.Tokenizer, seed: 5, checkpoints, progress,
            cancel: cancel));
    }

    private static (LanguageModel, IReadOnlyList<DpoReport>) Prefer(
        TrainingCheckpoints? checkpoints, IProgress<DpoReport>? progress, CancellationToken cancel) =>
        Prefer((model, pairs, config) => RolloutDpo.Reference(model, pairs, config, padTokenId: 0), checkpoints,
            progress, cancel);

    private static (LanguageModel, IReadOnlyList<DpoReport>) Prefer(
        Func<LanguageModel, IReadOnlyList<PreferencePair>, RolloutDpoConfig, IReadOnlyList<(double Chosen,
            double Rejected)>> reference,
        TrainingCheckpoints? checkpoints, IProgress<DpoReport>? progress, CancellationToken cancel)
    {
        var model = SmallModel.Create();
        var pairs = Enumerable.Range(0, 12)
            .Select(
                p => new PreferencePair($"{p}", SmallModel.Ids(4, p), SmallModel.Ids(3 + (p % 4), p + 50),
                    SmallModel.Ids(5, p + 90))).ToList();
        var config = new RolloutDpoConfig
        {
            Loss = PreferenceLoss.Dpo,
            LengthNormalized = false,
            Beta = 0.1,
            NllWeight = 0.5,
            BatchSize = 4,
            MicroBatchSize = 2,
            Epochs = 2,
            Optimizer = Optimizer,
        };
        return (model, RolloutDpo.Run(model, pairs, reference(model, pairs, config), config, padTokenId: 0, seed: 5,
            checkpoints, progress, cancel));
    }

    private static (LanguageModel, IReadOnlyList<GrpoReport>) Reinforcement(
        TrainingCheckpoints? checkpoints, IProgress<GrpoReport>? progress, CancellationToken cancel) =>
        Reinforcement(klWeight: 0, checkpoints, progress, cancel);

    private static (LanguageModel Model, IReadOnlyList<GrpoReport> Reports) Diverging(
        TrainingCheckpoints? checkpoints, IProgress<GrpoReport>? progress, CancellationToken cancel) =>
        Reinforcement(klWeight: 0.1, checkpoints, progress, cancel);

    private static (LanguageModel, IReadOnlyList<GrpoReport>) Reinforcement(double klWeight,
        TrainingCheckpoints? checkpoints, IProgress<GrpoReport>? progress, CancellationToken cancel)
    {
        var model = SmallModel.Create(ToyTask.Config);
        var config = ToyTask.Grpo with
        {
            Steps = 4,
            Optimizer = Optimizer,
            Update = ToyTask.Grpo.Update with { KlCoefficient = klWeight },
        };
        return (model, Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 5,
            checkpoints, progress, cancel: cancel));
    }

    private sealed class Told<T>(Action<T> handle) : IProgress<T>
    {
        public void Report(T value) => handle(value);
    }
}
