using System.Collections.Concurrent;
using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Stages;
using Phi4R.Tests.Reference;
using Phi4R.Training;

namespace Phi4R.Tests.Stages;

public sealed class StalenessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    /// <summary>The toy task with limits that leave room for what some updates change.</summary>
    public static GrpoConfig Loose { get; } = ToyTask.Grpo with
    {
        Steps = 4,
        PromptsPerStep = 4,
        Update = ToyTask.Grpo.Update with
        {
            ImportanceSamplingCap = 2,
            MaxTokenRatio = 1000,
            MaxMaskedShare = 1,
            MaxSamplingDivergence = 100,
        },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    // The versions are hashes of the weights: those after max(0, k - staleness) updates.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void A_step_is_sampled_with_the_weights_of_as_many_updates_ago_as_it_is_stale(int staleness)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        List<string> after = [Weights.Hash(model)];
        var generator = new Watched();
        var reports = Run(model, Loose with { Staleness = staleness }, generator,
            _ => after.Add(Weights.Hash(model)));
        Assert.True(after.Distinct().Count() > 3, "a step without anything to compare changes no weight");
        Assert.Equal(Enumerable.Range(0, 4).Select(step => after[Math.Max(0, step - staleness)]), generator.Loaded);
        Assert.Equal(Enumerable.Range(0, 4).Select(step => Math.Min(step, staleness)),
            reports.Select(report => report.Staleness));
    }

    // The second step's answers wait until the first step's report has come: only who samples ahead comes through.
    [Fact]
    public void A_step_is_learned_from_while_the_next_one_is_sampled()
    {
        using var learned = new ManualResetEventSlim();
        using var model = SmallModel.Create(ToyTask.Config);
        var generator = new Watched
        {
            Before = (load, _, cancel) => load == 2 && !learned.Wait(Patience, cancel)
                ? throw new TimeoutException()
                : default,
        };
        Assert.Equal(4, Run(model, Loose with { Staleness = 1 }, generator, _ => learned.Set()).Count);
    }

    [Fact]
    public void The_task_is_learned_from_answers_that_are_one_update_old()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var slower = Loose.Optimizer with { PeakLearningRate = 5e-3 };
        var config = Loose with { Steps = 25, PromptsPerStep = 8, Staleness = 1, Optimizer = slower };
        var reports = Run(model, config, new Watched());
        Assert.True(reports[0].Accuracy < 0.3, $"at first {reports[0].Accuracy}");
        Assert.True(reports[^1].Accuracy > 0.9, $"at last {reports[^1].Accuracy}");
    }

    [Fact]
    public void Without_weights_on_old_answers_it_does_not_begin()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var error = Assert.Throws<ArgumentException>(
            () => Run(model, ToyTask.Grpo with { Staleness = 1 }, new Watched()));
        Assert.Contains("ImportanceSamplingCap", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_without_room_for_old_answers_say_so()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var update = ToyTask.Grpo.Update with { ImportanceSamplingCap = 2 };
        var error = Assert.Throws<InvalidOperationException>(
            () => Run(model, Loose with { Staleness = 1, Update = update }, new Watched()));
        Assert.Contains("Staleness", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_generator_that_fails_a_step_ahead_ends_the_run_with_what_it_said()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var generator = new Watched { Before = (load, _, _) => load == 3 ? throw new IOException("gone") : default };
        List<GrpoReport> reports = [];
        Assert.Equal("gone",
            Assert.Throws<IOException>(() => Run(model, Loose with { Staleness = 1 }, generator, reports.Add)).Message);
        Assert.Equal(2, reports.Count);
    }

    // Stopped after its second step, when all of the third is sampled: a run that goes on asks for the last step alone.
    [Fact]
    public void What_was_sampled_ahead_is_not_sampled_again()
    {
        using var first = SmallModel.Create(ToyTask.Config);
        using var source = new CancellationTokenSource();
        var generator = new Watched();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(first, Loose with { Staleness = 1 }, generator, report =>
        {
            if (report.Step == 1)
            {
                Assert.True(SpinWait.SpinUntil(() => generator.Answered == 12, Patience), $"{generator.Answered}");
                source.Cancel();
            }
        }, source.Token));
        using var again = SmallModel.Create(ToyTask.Config);
        var second = new Watched();
        Assert.Equal(4, Run(again, Loose with { Staleness = 1 }, second).Count);
        Assert.Equal(4, second.Answered);
        using var never = SmallModel.Create(ToyTask.Config);
        Grpo.Run(never, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, Loose with { Staleness = 1 }, seed: 5);
        Assert.Equal(SmallModel.Weights(never), SmallModel.Weights(again));
    }

    // Of six problems two are never answered: the step goes on with the four that are, and says what it gave up.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_takes_too_long_is_given_up_and_counted_where_more_is_asked_than_needed(int staleness)
    {
        using var model = SmallModel.Create(ToyTask.Config);
        var generator = new Watched
        {
            Before = (_, place, cancel) => new ValueTask(place < 2 ? Task.Delay(Patience, cancel) : Task.CompletedTask),
        };
        var reports = Run(model, Loose with { ExtraPrompts = 2, Staleness = staleness }, generator);
        Assert.All(reports, report => Assert.Equal(
            (2, 4, 32), (report.GivenUp, report.AllWrong + report.AllRight + report.Used, report.Answers)));
    }

    [Fact]
    public void As_many_are_learned_from_as_were_wanted_where_all_are_quick()
    {
        using var model = SmallModel.Create(ToyTask.Config);
        Assert.All(Run(model, Loose with { ExtraPrompts = 3 }, new Watched()),
            report => Assert.Equal((3, 32), (report.GivenUp, report.Answers)));
    }

    [Fact]
    public void A_journal_keeps_what_came_since_as_many_steps_ago_as_it_is_told()
    {
        var path = Path.Combine(_folder.FullName, "samples.jsonl");
        var journal = new CompletionJournal(path);
        for (var step = 0; step < 5; step++)
        {
            journal.Append($"first of {step}", new Completion { TokenIds = [step], Finish = FinishReason.Stop });
            journal.Append($"second of {step}", new Completion { TokenIds = [step, 1], Finish = FinishReason.Length });
            journal.Forget(2);
        }

        var read = new CompletionJournal(path);
        Assert.Equal([null, null, null, 3, 4],
            Enumerable.Range(0, 5).Select(step => read.Find($"first of {step}")?.TokenIds[0]));
        Assert.True(read.Find("second of 4")!.IsTruncated);
        Assert.Equal(0, read.Dropped);
    }

    private IReadOnlyList<GrpoReport> Run(LanguageModel model, GrpoConfig config, IPolicyGenerator generator,
        Action<GrpoReport>? told = null, CancellationToken cancel = default) =>
        Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, config, seed: 5,
            new TrainingCheckpoints(_folder.FullName, "settings", TimeSpan.Zero),
            new InlineProgress<GrpoReport>(report => told?.Invoke(report)), generator, cancel);

    // The engine of this process; what stands before an answer is given how many weights were loaded, the request's
    // place in its step, and who cancels.
    private sealed class Watched : IPolicyGenerator
    {
        private readonly LocalGenerator _inner = new();
        private int _place;
        private int _answered;

        public ConcurrentQueue<string> Loaded { get; } = [];

        public Func<int, int, CancellationToken, ValueTask> Before { get; init; } = (_, _, _) => default;

        public int Answered => Volatile.Read(ref _answered);

        public GeneratorInfo Info => _inner.Info;

        public async Task<IReadOnlyList<Completion>> GenerateAsync(GenerationRequest request,
            Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
        {
            await Before(Loaded.Count, _place++, cancel);
            var completions = await _inner.GenerateAsync(request, onCompleted, cancel);
            Interlocked.Increment(ref _answered);
            return completions;
        }

        public Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default)
        {
            Loaded.Enqueue(version);
            _place = 0;
            return _inner.LoadAsync(policy, version, cancel);
        }

        public Task SleepAsync(CancellationToken cancel = default) => _inner.SleepAsync(cancel);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
