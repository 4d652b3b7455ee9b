using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Tests.Training;
using Phi4R.Training;

namespace Phi4R.Tests.Stages;

// The law: a stage over ranks ends as the same stage in one process does, but for the order in which 32-bit numbers are
// added. AdamW divides by the gradient's own size, so that one which is nothing but rounding moves its weight by the
// whole rate; the large epsilon takes that away and leaves the rest.
public sealed class RanksStageTests : IDisposable
{
    private static readonly OptimizerConfig Smooth = ResumeTests.Optimizer with { Epsilon = 1e-2 };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    // Documents of 5 to 30 tokens, five a step and one in the last: not every rank has a row of each.
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Fine_tuning_over_ranks_ends_as_in_one_process(int size) => EndsAlike<TrainingReport>(
        size, FineTuned, report =>
        (report.Loss, report.GradientNorm, $"{report.Step} {report.Tokens} {report.LossTokens} {report.Padding}"));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Preference_learning_over_ranks_ends_as_in_one_process(int size) => EndsAlike<DpoReport>(
        size, Preferred, report =>
        (report.Loss + report.Margin + report.ChosenChange + report.RejectedChange + report.Accuracy,
            report.GradientNorm, $"{report.Step} {report.Tokens}"));

    [Theory]
    [InlineData(2, null, 0)]
    [InlineData(3, 2, 0)]
    [InlineData(2, null, 1)]
    public void Reinforcement_over_ranks_ends_as_in_one_process(
        int size, int? minibatches, int staleness) => EndsAlike<GrpoReport>(
        size,
        (ranks, cancel, progress) => Reinforced(minibatches, staleness, ranks, cancel, progress),
        report => (report.Loss + report.Entropy + report.Update.Divergence + report.Update.TruncatedShare,
            report.GradientNorm, $"{report.Step} {report.Answers} {report.AnswersUsed} {report.SampledTokens} "
            + $"{report.Accuracy} {report.Update.MaskedShare:0.######}"));

    // One rank alone is asked to stop, after its second step: all stop there, and two go on from what four wrote.
    [Fact]
    public void A_checkpoint_of_four_ranks_is_gone_on_from_by_two()
    {
        var (never, neverReports) = FineTuned(null, default, null);
        var stopped = ThreadRanks.Run(4, ranks =>
        {
            using var stop = new CancellationTokenSource();
            var done = 0;
            Assert.ThrowsAny<OperationCanceledException>(() => FineTuned(Kept(ranks), stop.Token,
                new InlineProgress<TrainingReport>(_ => Stop(ranks.Rank == 3 && ++done == 2, stop))));
            return done;
        });
        Assert.Equal([0, 0, 0, 2], stopped);
        Assert.Contains("step-00000002", Directory.GetDirectories(_folder.FullName).Select(Path.GetFileName));
        Assert.Equal(2, File.ReadLines(Path.Combine(_folder.FullName, "steps.jsonl")).Count());
        foreach (var (model, reports) in ThreadRanks.Run(2, ranks => FineTuned(Kept(ranks), default, null)))
        {
            Near(never, model);
            Assert.Equal(neverReports.Select(report => report.LossTokens), reports.Select(report => report.LossTokens));
            Assert.Equal(neverReports.Count, reports.Count);
        }

        static void Stop(bool isTime, CancellationTokenSource stop)
        {
            if (isTime)
            {
                stop.Cancel();
            }
        }
    }

    // The files of a checkpoint do not tell how many wrote it.
    [Fact]
    public void Checkpoints_of_any_number_of_ranks_hold_the_same_tensors()
    {
        var files = new[] { 1, 3 }.Select(size =>
        {
            var home = Path.Combine(_folder.FullName, $"{size}");
            ThreadRanks.Run(size, ranks => FineTuned(Kept(ranks, home), default, null));
            var last = Directory.GetDirectories(home, "step-*").Order(StringComparer.Ordinal).Last();
            return (Names: string.Join(" ", Directory.GetFiles(last).Select(Path.GetFileName).Order()),
                State: Phi4R.Checkpoints.SafeTensors.Read(Path.Combine(last, "optimizer.safetensors")));
        }).ToList();
        Assert.Equal(files[0].Names, files[1].Names);
        Assert.Equal(files[0].State.Keys.Order(), files[1].State.Keys.Order());
        Assert.All(files[0].State, pair => Compare.Close(pair.Value, files[1].State[pair.Key], 1e-5, pair.Key));
    }

    // The token that is far off is one rank's; it leaves the denominators of all.
    [Theory]
    [InlineData(LossNormalization.Token)]
    [InlineData(LossNormalization.Sequence)]
    public void What_one_rank_masks_is_in_no_ranks_denominator(LossNormalization normalization)
    {
        var config = ToyTask.Grpo.Update with
        {
            Normalization = normalization,
            MaxTokenRatio = 5,
            MaxMaskedShare = 0.2,
            MicroBatchSize = 2,
        };
        var alone = Updated(SingleProcess.Instance);
        foreach (var report in ThreadRanks.Run(3, Updated))
        {
            Assert.Equal(alone.Loss, report.Loss, tolerance: 1e-6);
            Assert.Equal(alone.GradientNorm, report.GradientNorm, tolerance: 1e-5 * alone.GradientNorm);
            Assert.Equal(alone.MaskedShare, report.MaskedShare);
            Assert.Equal(alone.TrainInferenceMismatch, report.TrainInferenceMismatch, tolerance: 1e-6);
            Assert.Equal(alone.MeanLogProbabilityGap, report.MeanLogProbabilityGap, tolerance: 1e-6);
            Assert.Equal(alone.SamplingDivergence, report.SamplingDivergence, tolerance: 1e-9);
        }

        Assert.Equal(2 / 20.0, alone.MaskedShare, tolerance: 1e-12);

        PolicyUpdateReport Updated(ICollective ranks)
        {
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, Smooth, ranks);
            return Update(model, optimizer, [(0, 0, 3f), (0, 1, -3f)], config);
        }
    }

    // One rank's tokens are off, and all stop: with weights that differ between ranks nobody could go on.
    [Fact]
    public void Where_sampling_and_training_disagree_on_one_rank_all_stop_and_no_weight_is_changed()
    {
        var before = SmallModel.Weights(SmallModel.Create());
        var config = ToyTask.Grpo.Update with { MaxTokenRatio = 5, MaxMaskedShare = 0.04 };
        Assert.All(ThreadRanks.Run(2, ranks =>
        {
            using var model = SmallModel.Create();
            using var optimizer = new Optimizer(model, Smooth, ranks);
            var error = Assert.Throws<InvalidOperationException>(
                () => Update(model, optimizer, [(2, 0, 3f)], config));
            Assert.Equal(before, SmallModel.Weights(model));
            return error.Message;
        }), message => Assert.Contains("on a share of 0.05", message, StringComparison.Ordinal));
    }

    // The same completions for any number of ranks, and none sampled twice.
    [Fact]
    public void Ranks_share_the_sampling_of_completions()
    {
        var alone = Sampled(SingleProcess.Instance, out _);
        foreach (var size in new[] { 2, 3 })
        {
            var asked = new int[size];
            foreach (var groups in ThreadRanks.Run(size, ranks => Sampled(ranks, out asked[ranks.Rank])))
            {
                Assert.Equal(alone, groups);
            }

            Assert.Equal(ToyTask.Problems.Count, asked.Sum());
            Assert.All(asked, count => Assert.InRange(count, ToyTask.Problems.Count / size, 1 + (ToyTask.Problems.Count
                / size)));
        }

        static List<string> Sampled(ICollective ranks, out int asked)
        {
            using var model = SmallModel.Create(ToyTask.Config);
            var own = new Counted();
            var groups = RolloutCollector.Sample(ranks.Size > 1 ? new SharedGenerator(own, ranks) : own, model,
                ToyTask.Tokenizer, ToyTask.Problems, new GroupOptions
                {
                    GroupSize = 3,
                    Sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = 6 },
                    Stream = (problem, answer) => Randomness.For(1, "ranks", problem, answer),
                });
            asked = own.Asked;
            return [.. groups.SelectMany(group => group.Completions).Select(completion =>
                $"{string.Join(' ', completion.TokenIds)}: {string.Join(' ', completion.LogProbs!)} {completion.Text} "
                    + $"{completion.Finish} {completion.WeightsVersion}")];
        }
    }

    // Some parts stood on the disk; the values of the others have the bits of one process.
    [Fact]
    public void Ranks_share_the_reference_pass()
    {
        using var model = SmallModel.Create();
        var (pairs, config) = (Pairs(), Dpo);
        var alone = ReferenceLogProbCache.Take(Path.Combine(_folder.FullName, "alone"), model, pairs, config, 0);
        var shared = Path.Combine(_folder.FullName, "shared");
        ReferenceLogProbCache.Take(shared, model, pairs, config, 0);
        Assert.All(ThreadRanks.Run(3, ranks => Values(ranks, Path.Combine(_folder.FullName, "anew"))),
            values => Assert.Equal(alone, values));
        Assert.All(ThreadRanks.Run(2, ranks => Values(ranks, shared)), values => Assert.Equal(alone, values));
        Assert.Equal(
            File.ReadAllText(Directory.GetFiles(shared).Single()),
            File.ReadAllText(Directory.GetFiles(Path.Combine(_folder.FullName, "anew")).Single()));

        IReadOnlyList<(double, double)> Values(ICollective ranks, string folder)
        {
            using var own = SmallModel.Create();
            return ReferenceLogProbCache.Take(folder, own, pairs, config, 0, null, ranks);
        }
    }

    private static RolloutDpoConfig Dpo { get; } = new()
    {
        Loss = PreferenceLoss.Dpo,
        LengthNormalized = false,
        Beta = 0.1,
        NllWeight = 0.5,
        BatchSize = 5,
        MicroBatchSize = 2,
        Epochs = 1,
        Optimizer = Smooth,
    };

    private delegate (LanguageModel Model, IReadOnlyList<TReport> Reports) Stage<TReport>(
        TrainingCheckpoints? checkpoints, CancellationToken cancel, IProgress<TReport>? progress);

    private void EndsAlike<TReport>(int size, Stage<TReport> run,
        Func<TReport, (double Value, double Norm, string Exact)> look)
    {
        var (alone, aloneReports) = run(null, default, null);
        Assert.NotEqual(SmallModel.Weights(alone)["model.norm.weight"],
            SmallModel.Weights(SmallModel.Create(alone.Config))["model.norm.weight"]);
        var first = (Dictionary<string, float[]>?)null;
        foreach (var (model, reports) in ThreadRanks.Run(size, ranks => run(Kept(ranks), default, null)))
        {
            Near(alone, model);
            Assert.Equal(first ??= SmallModel.Weights(model), SmallModel.Weights(model)); // The ranks among them.
            Assert.Equal(aloneReports.Select(report => look(report).Exact),
                reports.Select(report => look(report).Exact));
            Assert.All(aloneReports.Zip(reports), pair =>
            {
                Assert.Equal(look(pair.First).Value, look(pair.Second).Value, tolerance: 2e-5);
                Assert.Equal(look(pair.First).Norm, look(pair.Second).Norm, tolerance: 1e-5 * look(pair.First).Norm);
            });
        }
    }

    private static void Near(LanguageModel expected, LanguageModel found) =>
        Assert.All(expected.Parameters.Zip(found.Parameters),
            pair => Compare.Close(pair.First.Weight, pair.Second.Weight, 1e-6, pair.First.Name));

    private TrainingCheckpoints Kept(ICollective ranks, string? folder = null) =>
        new(folder ?? _folder.FullName, "settings", TimeSpan.Zero) { Ranks = ranks };

    private static (LanguageModel, IReadOnlyList<TrainingReport>) FineTuned(
        TrainingCheckpoints? checkpoints, CancellationToken cancel, IProgress<TrainingReport>? progress)
    {
        var model = SmallModel.Create();
        var documents = Enumerable.Range(0, 16)
            .Select(d => new TrainingExample($"{d}", SmallModel.Ids(5 + (d * 25 / 15), d), d % 3)).ToList();
        var config = new SftConfig
        {
            MaxTokens = 32,
            BatchSize = 5,
            MicroBatchSize = 2,
            StepsPerBucket = 4,
            Epochs = 1,
            Optimizer = Smooth,
        };
        return (model, Sft.Run(model, documents, config, SmallModel.Tokenizer, seed: 5, checkpoints, progress,
            cancel: cancel));
    }

    private static List<PreferencePair> Pairs() => [.. Enumerable.Range(0, 11).Select(p => new PreferencePair(
        $"{p}", SmallModel.Ids(4, p), SmallModel.Ids(3 + (p % 7), p + 50), SmallModel.Ids(5, p + 90)))];

    private static (LanguageModel, IReadOnlyList<DpoReport>) Preferred(
        TrainingCheckpoints? checkpoints, CancellationToken cancel, IProgress<DpoReport>? progress)
    {
        var model = SmallModel.Create();
        var reference = RolloutDpo.Reference(model, Pairs(), Dpo, padTokenId: 0);
        return (model, RolloutDpo.Run(model, Pairs(), reference, Dpo, 0, seed: 5, checkpoints, progress, cancel));
    }

    private static (LanguageModel, IReadOnlyList<GrpoReport>) Reinforced(int? minibatches, int staleness,
        TrainingCheckpoints? checkpoints, CancellationToken cancel, IProgress<GrpoReport>? progress)
    {
        var model = SmallModel.Create(ToyTask.Config);
        var config = ToyTask.Grpo with
        {
            Steps = 3,
            Staleness = staleness,
            Optimizer = Smooth,
            Update = (staleness > 0 ? StalenessTests.Loose : ToyTask.Grpo).Update with
            {
                KlCoefficient = 0.1,
                ImportanceSamplingCap = 2,
                Minibatches = minibatches,
                MicroBatchSize = 8,
            },
        };
        var ranks = checkpoints?.Ranks ?? SingleProcess.Instance;
        return (model, Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 5,
            checkpoints, progress, ranks.Size > 1 ? new SharedGenerator(new LocalGenerator(), ranks) : null, cancel));
    }

    // Five completions of 2 to 6 tokens, of which sampling says so many nats more of some tokens than training does.
    private static PolicyUpdateReport Update(LanguageModel model, Optimizer optimizer,
        (int Completion, int Token, float Nats)[] planted, PolicyUpdateConfig config)
    {
        var answers = PolicyLossTests.Answers(model, 0);
        foreach (var (place, token, nats) in planted)
        {
            var said = answers[place].Completion.LogProbs!.ToArray();
            said[token] += nats;
            answers[place] = answers[place] with { Completion = answers[place].Completion with { LogProbs = said } };
        }

        return PolicyUpdate.Run(model, null, optimizer, answers, temperature: 1, maxTokens: 9, config, padTokenId: 0,
            step: 0, steps: 4);
    }

    private sealed class Counted : IPolicyGenerator
    {
        private readonly LocalGenerator _inner = new();

        public int Asked { get; private set; }

        public GeneratorInfo Info => _inner.Info;

        public Task<IReadOnlyList<Completion>> GenerateAsync(GenerationRequest request,
            Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
        {
            Asked++;
            return _inner.GenerateAsync(request, onCompleted, cancel);
        }

        public Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default) =>
            _inner.LoadAsync(policy, version, cancel);

        public Task SleepAsync(CancellationToken cancel = default) => _inner.SleepAsync(cancel);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
