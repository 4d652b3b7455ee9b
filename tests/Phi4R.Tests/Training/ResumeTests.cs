using Phi4R.Data;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
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
        FinalShare = 0.1,
        WarmupShare = 0.2,
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
    public void Next_token_training_goes_on_as_if_it_never_stopped(int stopAfter) => GoesOn<TrainingReport>(stopAfter, NextToken, report => report with { Seconds = 0 });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Preference_learning_goes_on_as_if_it_never_stopped(int stopAfter) => GoesOn<PreferenceReport>(stopAfter, Prefer, report => report with { Seconds = 0 });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Reinforcement_goes_on_as_if_it_never_stopped(int stopAfter) => GoesOn<ReinforceReport>(stopAfter, Reinforcement, report => report with { SampleSeconds = 0, VerifySeconds = 0, LearnSeconds = 0 });

    [Fact]
    public void A_damaged_slot_is_named_and_the_other_is_used()
    {
        var whole = Weights(NextToken(null, null, default));
        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors", "reports.json", "checkpoint.json" })
        {
            Stop<TrainingReport>(3, NextToken);
            _said.Clear();
            FlipByte(Path.Combine(Newest(), file));
            Assert.Equal(whole, Weights(NextToken(Kept(), null, default)));
            Assert.Contains(_said, line => line.Contains("is not used", StringComparison.Ordinal));
            Assert.Contains(_said, line => line.StartsWith("goes on at step 2", StringComparison.Ordinal));
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
    public void When_both_slots_are_damaged_the_run_begins_anew()
    {
        var whole = Weights(NextToken(null, null, default));
        Stop<TrainingReport>(3, NextToken);
        FlipByte(Path.Combine(_folder.FullName, "a", "model.safetensors"));
        File.Delete(Path.Combine(_folder.FullName, "b", "optimizer.safetensors"));
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
        Assert.Equal(0, new Checkpoints(_folder.FullName, "others", TimeSpan.Zero, _said.Add).Restore(model, optimizer, reports));
        Assert.Empty(reports);
        Assert.Contains(_said, line => line.Contains("belongs to other settings", StringComparison.Ordinal));
    }

    // What is killed while it writes leaves a slot without a manifest, or with a half of one.
    [Fact]
    public void A_slot_that_was_cut_while_it_was_written_is_passed_over()
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
    }

    private delegate (LanguageModel Model, IReadOnlyList<TReport> Reports) Stage<TReport>(Checkpoints? checkpoints, IProgress<TReport>? progress, CancellationToken cancel);

    private void GoesOn<TReport>(int stopAfter, Stage<TReport> run, Func<TReport, TReport> timeless)
    {
        var (never, neverReports) = run(null, null, default);
        Stop(stopAfter, run);
        var (stopped, stoppedReports) = run(Kept(), null, default);
        Assert.Contains(_said, line => line.StartsWith($"goes on at step {stopAfter}", StringComparison.Ordinal));
        Assert.Equal(neverReports.Select(timeless), stoppedReports.Select(timeless));
        Assert.Equal(SmallModel.Weights(never), SmallModel.Weights(stopped));
    }

    private void Stop<TReport>(int after, Stage<TReport> run)
    {
        using var source = new CancellationTokenSource();
        var done = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => run(Kept(), new Told<TReport>(_ =>
        {
            if (++done == after)
            {
                source.Cancel();
            }
        }), source.Token));
    }

    private Checkpoints Kept() => new(_folder.FullName, "settings", TimeSpan.Zero, _said.Add);

    private string Newest() => new[] { "a", "b" }.Select(slot => Path.Combine(_folder.FullName, slot))
        .MaxBy(slot => Fixtures.Json(Path.Combine(slot, "reports.json")).GetArrayLength())!;

    private static void FlipByte(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static Dictionary<string, float[]> Weights<TReport>((LanguageModel Model, IReadOnlyList<TReport> Reports) result) => SmallModel.Weights(result.Model);

    private static (LanguageModel, IReadOnlyList<TrainingReport>) NextToken(Checkpoints? checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel)
    {
        var model = SmallModel.Create();
        var documents = Enumerable.Range(0, 40).Select(d => new Example($"{d}", SmallModel.Ids(5 + (d % 9), d), d % 3)).ToList();
        var config = new MidTrainConfig { RowLength = 32, OpenRows = 4, RowsPerStep = 2, RowsAtOnce = 1, Epochs = 1, Optimizer = Optimizer };
        return (model, MidTrain.Run(model, documents, config, fill: 0, seed: 5, checkpoints, progress, cancel));
    }

    private static (LanguageModel, IReadOnlyList<PreferenceReport>) Prefer(Checkpoints? checkpoints, IProgress<PreferenceReport>? progress, CancellationToken cancel)
    {
        var model = SmallModel.Create();
        var pairs = Enumerable.Range(0, 12).Select(p => new PreferencePair($"{p}", SmallModel.Ids(4, p), SmallModel.Ids(3 + (p % 4), p + 50), SmallModel.Ids(5, p + 90))).ToList();
        var config = new RolloutPreferenceConfig { Loss = PreferenceLoss.Sigmoid, LengthNormalized = false, Beta = 0.1, LikelihoodWeight = 0.5, PairsPerStep = 4, PairsAtOnce = 2, Epochs = 2, Optimizer = Optimizer };
        return (model, RolloutPreference.Run(model, pairs, RolloutPreference.Reference(SmallModel.Create(), pairs, config, fill: 0), config, fill: 0, seed: 5, checkpoints, progress, cancel));
    }

    private static (LanguageModel, IReadOnlyList<ReinforceReport>) Reinforcement(Checkpoints? checkpoints, IProgress<ReinforceReport>? progress, CancellationToken cancel)
    {
        var model = SmallModel.Create(ToyTask.Config);
        return (model, Reinforce.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, ToyTask.Reinforce with { Steps = 4, Optimizer = Optimizer }, seed: 5, checkpoints, progress, cancel));
    }

    private sealed class Told<T>(Action<T> handle) : IProgress<T>
    {
        public void Report(T value) => handle(value);
    }
}
