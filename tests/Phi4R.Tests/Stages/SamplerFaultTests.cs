using Phi4R.Data;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Model;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Tests.Reference;

namespace Phi4R.Tests.Stages;

/// <summary>A whole stage of reinforcement with 16-bit weights, whose completions are sampled by another.</summary>
public sealed class SamplerFaultTests
{
    // The paper's rules for how far the two may be apart, and steps large enough that old weights are soon others.
    private static readonly GrpoConfig Config = ToyTask.Grpo with
    {
        Steps = 4,
        GroupSize = 32,
        Update = Paper.Recipe.Grpo.Update with { MicroBatchSize = 256 },
        Optimizer = ToyTask.Grpo.Optimizer with { PeakLearningRate = 3e-2 },
    };

    // In each step one token is said to be 5 nats likelier than it was: it is left out, and every step is made.
    [Fact]
    public void One_token_that_is_far_off_in_each_step_does_not_stop_a_run_of_16_bit_weights()
    {
        using var model = Rounded();
        var reports = Grpo.Run(model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, Config, seed: 1,
            generator: new Faulty { Outlier = 5 });
        Assert.Equal(Config.Steps, reports.Count);
        var learned = reports.Where(report => report.AnswersUsed > 0).ToList();
        Assert.Contains(learned, report => report.TrainInferenceMismatch > 4.5);
        Assert.All(learned, report => Assert.InRange(report.Update.SamplingDivergence, 0, 1e-2));
        Assert.All(learned, report => Assert.InRange(report.Update.MaskedShare, 0, 1e-2));
        Assert.All(learned.Where(report => report.TrainInferenceMismatch > 4.5),
            report => Assert.True(report.Update.MaskedShare > 0));
    }

    // The generator goes on with the weights of the first step. The second step is the first of other weights.
    [Fact]
    public void Weights_that_the_generator_did_not_take_over_stop_the_run_and_their_step_changes_no_weight()
    {
        using var model = Rounded();
        using var after = Rounded();
        using var first = model.Copy();
        List<GrpoReport> told = [];
        var error = Assert.Throws<InvalidOperationException>(() => Grpo.Run(
            model, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, Config, seed: 1,
            progress: new Told(told), generator: new Faulty { Stale = first }));
        Assert.Contains("Do both use the same weights", error.Message, StringComparison.Ordinal);
        Assert.InRange(told.Count, 1, Config.Steps - 1);
        Assert.All(told.Take(1), report => Assert.True(report.AnswersUsed > 0));

        // The steps that were told, and nothing of the one that was not.
        Grpo.Run(after, ToyTask.Tokenizer, ToyTask.Problems, ToyTask.EvenFirst, Config with { Steps = 1 }, seed: 1);
        Assert.Single(told);
        Assert.Equal(SmallModel.Weights(after), SmallModel.Weights(model));
    }

    private static LanguageModel Rounded() => LanguageModel.PrepareForTraining(
        SmallModel.Create(ToyTask.Config),
        new MemoryConfig { ActivationCheckpointEvery = 0, Weights = WeightPrecision.BFloat16 }, 0);

    private sealed class Told(List<GrpoReport> reports) : IProgress<GrpoReport>
    {
        public void Report(GrpoReport value) => reports.Add(value);
    }

    // The engine of this process, with a fault: of each step's first completion it moves the last token's
    // log-probability, or it samples with the first weights that it was given and says that they are the newest.
    private sealed class Faulty : IPolicyGenerator
    {
        private readonly LocalGenerator _inner = new();
        private bool _planted;

        public float Outlier { get; init; }

        public LanguageModel? Stale { get; init; }

        public GeneratorInfo Info => _inner.Info;

        public async Task<IReadOnlyList<Completion>> GenerateAsync(GenerationRequest request,
            Action<int, Completion>? onCompleted = null, CancellationToken cancel = default)
        {
            var plants = !_planted && Outlier != 0;
            _planted = true;
            var completions = await _inner.GenerateAsync(request, onCompleted, cancel);
            return plants ? [.. completions.Select(Moved)] : completions;
        }

        public Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default)
        {
            _planted = false;
            return _inner.LoadAsync(Stale ?? policy, version, cancel);
        }

        public Task SleepAsync(CancellationToken cancel = default) => _inner.SleepAsync(cancel);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();

        private Completion Moved(Completion completion, int place)
        {
            var said = completion.LogProbs!.ToArray();
            said[^1] += place == 0 ? Outlier : 0;
            return completion with { LogProbs = said };
        }
    }
}
