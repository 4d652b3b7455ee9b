using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Model;
using Phi4R.Native;
using Phi4R.Recipes;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// Looks at a run's data and machine, so that each stage can say what it is expected to take; see <see
/// cref="RunPlan.Make"/>.
/// </summary>
public sealed class PlanProbe
{
    internal const int SampledProblems = 200;
    private const int ProbedPrompts = 64;
    private const double SettlingSeconds = 2;

    // Of the process, as is the compiled code.
    private static bool Learns;
    private static bool Draws;

    // A forward pass of the reference beside the three passes' work of training.
    internal const double WithReference = 4 / 3.0;

    private readonly CancellationToken _cancel;
    private readonly Recipe _recipe;
    private readonly ChatFormat _chat;
    private readonly long? _before;

    internal PlanProbe(RecipeRun run, CancellationToken cancel)
    {
        (Run, _cancel, _recipe, _chat) = (run, cancel, run.Recipe, new ChatFormat(run.Tokenizer));
        _before = run.Data.Source.Device.type == DeviceType.CPU ? null : DeviceMemory.Taken(run.Data.Source.Device);
    }

    /// <summary>What could not be found out, and why; a line each.</summary>
    internal List<string> Notes { get; } = [];

    /// <summary>The run that is planned.</summary>
    public RecipeRun Run { get; }

    /// <summary>Every number of the run.</summary>
    public Recipe Recipe => _recipe;

    /// <summary>Sampled rollouts that are right and finished, as documents.</summary>
    public IReadOnlyList<TrainingExample> Verified { get; private set; } = [];

    /// <summary>Those of the sampled documents that fine-tuning would learn from.</summary>
    public IReadOnlyList<TrainingExample> Curated { get; private set; } = [];

    /// <summary>
    /// What answers are taken to be like: the curated documents, or all verified ones where there are none.
    /// </summary>
    public IReadOnlyList<TrainingExample> Hardest => Curated.Count > 0 ? Curated : Verified;

    /// <summary>How many times as many problems the run has as were sampled.</summary>
    public double Times { get; private set; }

    internal double DistillationSeconds { get; private set; }

    /// <summary>What each stage of the run that has a plan is expected to take.</summary>
    internal IEnumerable<StagePlan> Stages()
    {
        // 1. A sample of the data says how long documents are and how many stay.
        var clock = Stopwatch.StartNew();
        Stages.Distilled? sample = null;
        _ = Estimated("the data", () =>
        {
            Sample(SampledProblems / 4); // Code that has not been compiled to its best yet would be taken for slow.
            clock.Restart();
            sample = Sample(SampledProblems);
            return Nothing("the data");
        });
        if (sample is null)
        {
            yield break;
        }

        var problems = Math.Max(1, sample.Rollouts.Select(rollout => rollout.ProblemId)
            .Distinct(StringComparer.Ordinal).Count());
        Times = (double)_recipe.Distill.Problems / problems;
        DistillationSeconds = clock.Elapsed.TotalSeconds * Times;
        Verified = Documents(sample.Verified);
        if (Verified.Count < sample.Rollouts.Count)
        {
            Notes.Add($"{sample.Rollouts.Count - Verified.Count:N0} of {sample.Rollouts.Count:N0} sampled rollouts "
                + "are wrong, truncated or could not be verified, and are not trained on");
        }

        var share = (int)Math.Max(1, Math.Round(_recipe.Curation.Count / Times));
        Curated = Documents(Curation.Select(
            [.. sample.Rollouts], _recipe.Curation with { Count = share }, Randomness.For(Run.Seed, "plan"),
            rollout => Run.Data.Length(rollout) <= _recipe.Sft.MaxTokens).Kept);

        // 2. Each stage at its own shape.
        foreach (var stage in Run.Stages)
        {
            if (stage.Plan is { } plan && Estimated(stage.Name, () => plan(this, stage.Name)) is { } planned)
            {
                yield return planned;
            }
        }
    }

    internal static StagePlan Nothing(string stage) =>
        new() { Stage = stage, LearnedTokens = 0, DrawnTokens = 0, Seconds = 0, StateBytes = 0, PeakBytes = 0 };

    // What stops an estimate, whatever it is, stops the stage too if it matters, and there in the stage's own words.
    private StagePlan? Estimated(string stage, Func<StagePlan?> estimate)
    {
        try
        {
            return estimate();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Notes.Add($"what {stage} will take could not be estimated: {exception.Message}");
            return Nothing(stage);
        }
    }

    internal StagePlan Reinforced(
        string stage, IReadOnlyList<TrainingExample> like, double answers, Stages.GrpoConfig config)
    {
        var learned = config.Rebalance ? RunPlan.KeptAnswers * answers : answers;
        var drawing = Drawn(stage, like, answers, config.GroupSize, config.MaxTokens);
        var learning = Apart(
            stage, like, learned * config.Update.InnerEpochs, (int)Math.Max(1, learned / config.Steps),
            config.Update.MicroBatchSize, config.Update.KlCoefficient > 0 ? WithReference : 1, alike: true);
        return learning with
        {
            DrawnTokens = drawing.DrawnTokens,
            Seconds = drawing.Seconds + learning.Seconds,
            PeakBytes = learning.PeakBytes is null
                ? null
                : learning.StateBytes
                    + Math.Max(learning.PeakBytes.Value - learning.StateBytes, drawing.PeakBytes ?? 0),
        };
    }

    private static IReadOnlyList<T> Some<T>(IReadOnlyList<T> sampled, string what) =>
        sampled.Count > 0 ? sampled : throw new InvalidDataException($"of the sampled data there is no {what}.");

    private Stages.Distilled Sample(int problems)
    {
        List<Rollout> rollouts = [];
        var config = _recipe.Distill with { Problems = Math.Min(problems, _recipe.Distill.Problems) };
        var unverifiable = Run.Data.Source.Distill(
            config, Run.Seed, Run.Data.SeedOf("plan"), (rollout, _) => rollouts.Add(rollout), ledger: null, null,
            _cancel);
        return new(rollouts, unverifiable);
    }

    private List<TrainingExample> Documents(IEnumerable<Rollout> rollouts) => [.. rollouts.Select(rollout =>
    {
        var prompt = _chat.Prompt(rollout.Prompt);
        return new TrainingExample(rollout.ProblemId, [.. prompt, .. _chat.Completion(rollout.Text, rollout.Finished)],
            prompt.Length);
    })];

    /// <summary>
    /// What training takes on rows that are filled with whole documents, each learned from its start.
    /// </summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="documents">A sample of what the stage learns from.</param>
    /// <param name="times">How many times as many documents the stage has.</param>
    /// <param name="config">The shape of rows and steps.</param>
    /// <param name="memory">What the model keeps how; the run's own by default.</param>
    public StagePlan Packed(
        string stage, IReadOnlyList<TrainingExample> documents, double times, Stages.MidTrainingConfig config,
        MemoryConfig? memory = null)
    {
        var fitting = documents.Where(document => document.Tokens.Length <= config.SequenceLength)
            .Select(document => document with { LossStart = 0 }).ToList();
        var rows = Packing.Pack(fitting, config.SequenceLength, config.OpenRows).Take(config.MicroBatchSize).ToList();
        var tokens = fitting.Sum(document => (double)document.Tokens.Length) * times * config.Epochs;
        return Learn(
            stage, Some(rows, $"document of at most {config.SequenceLength:N0} tokens to learn from"), tokens,
            config.BatchSize, config.MicroBatchSize, 1, memory);
    }

    // A row for each document; of one pass they are of similar length where the stage sorts them, as fine-tuning and
    // reinforcement do.
    internal StagePlan Apart(string stage, IReadOnlyList<TrainingExample> documents, double count, int perStep,
        int atOnce, double work, bool alike = false)
    {
        _ = Some(documents, "document to learn from");
        List<TrainingExample> like = alike
            ? [.. documents.OrderBy(document => document.Tokens.Length).Skip(documents.Count * 3 / 8)
                .Take(Math.Max(1, documents.Count / 4))]
            : [.. documents];
        var some = Enumerable.Range(0, Math.Min(atOnce, perStep)).Select(i => like[i % like.Count]).ToList();
        var length = some.Max(document => document.Tokens.Length);
        return Learn(stage, [.. some.Select(document => new PackedSequence([document], length))],
            documents.Average(document => (double)document.Tokens.Length) * count, perStep, atOnce, work);
    }

    // A step of one part and one of two tell the passes from the update, which a step of many parts has once.
    private StagePlan Learn(
        string stage, IReadOnlyList<PackedSequence> rows, double tokens, int perStep, int atOnce, double work,
        MemoryConfig? memory = null)
    {
        _cancel.ThrowIfCancellationRequested();
        using var model = LanguageModel.PrepareForTraining(Fresh(), memory ?? _recipe.Memory, Run.Seed);
        var (first, second, state, checkpoint) = (0.0, 0.0, 0L, 0L);
        var peak = Measured(model, () =>
        {
            using var optimizer = new Optimizer(model, _recipe.MidTraining.Optimizer);
            first = Settled(ref Learns, () => Step(model, optimizer, rows, 1));
            second = perStep > atOnce ? Settled(ref Learns, () => Step(model, optimizer, rows, 2)) : first;
            var gradients = model.Trainable.Sum(pair => pair.Weight.numel() * sizeof(float));
            var moments = optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size());
            checkpoint = gradients + moments; // Weights are as many bytes in a file as gradients here.
            state = WeightBytes(model) + checkpoint;
        });
        var used = rows.Sum(row => (double)row.Used);
        var parts = Math.Max(1.0, (double)perStep / atOnce);
        var (passes, update) = perStep > atOnce
            ? (Math.Clamp(second - first, first / 2, first),
                Math.Max(0, first - Math.Clamp(second - first, first / 2, first)))
            : (first, 0);
        var steps = tokens / (used * parts);
        var seconds = steps * ((passes * parts * work) + update);
        return new StagePlan
        {
            Stage = stage,
            LearnedTokens = tokens,
            DrawnTokens = 0,
            Seconds = seconds,
            StateBytes = state,
            PeakBytes = peak + WeightBytes(model),
            CheckpointBytes = checkpoint,
        };
    }

    // Seconds of it, the best of few after one. The first of its kind in a process goes on for longer before: code that
    // has run often is compiled again, and is many times as fast then.
    private static double Settled(ref bool settled, Action body)
    {
        var clock = Stopwatch.StartNew();
        do
        {
            body();
        }
        while (!settled && clock.Elapsed.TotalSeconds < SettlingSeconds);

        settled = true;
        var (best, spent) = (double.PositiveInfinity, Stopwatch.StartNew());
        for (var i = 0; i == 0 || (i < 3 && spent.Elapsed.TotalSeconds < 0.5); i++)
        {
            clock.Restart();
            body();
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }

        return best;
    }

    private void Step(LanguageModel model, Optimizer optimizer, IReadOnlyList<PackedSequence> rows, int parts)
    {
        model.train();
        using var scope = NewDisposeScope();
        for (var part = 0; part < parts; part++)
        {
            using var inner = NewDisposeScope();
            using var batch = TokenBatch.From(rows, Run.Fill, model.Device);
            var mean = -ModelLosses.TokenLogProbs(model, batch).mean(); // []
            optimizer.Backward(mean);
            mean.AsDouble();
        }

        optimizer.Step(0, 1000);
    }

    internal StagePlan Drawn(
        string stage, IReadOnlyList<TrainingExample> like, double answers, int perPrompt, int limit)
    {
        _cancel.ThrowIfCancellationRequested();
        _ = Some(like, "answer to tell from how long answers are");
        using var model = Fresh();
        var expected = Math.Min(limit, like.Average(document => (double)document.Tokens.Length - document.LossStart));
        var requests = Enumerable.Range(0, ProbedPrompts).Select(i => new GenerationRequest
        {
            PromptIds = like[i % like.Count].Tokens[..like[i % like.Count].LossStart],
            Seeds = [.. Enumerable.Range(0, perPrompt).Select(j => Randomness.For(Run.Seed, "plan", i, j).State)],
            Sampling = new SamplingConfig
            {
                Temperature = 1,
                TopP = 1,
                MaxTokens = (int)Math.Clamp(expected, 1, RunPlan.ProbedTokens),
            },
            StopIds = [],
        }).ToList();
        var generator = Run.Data.Generator;
        var (drawn, seconds) = (0L, 0.0);
        var peak = Measured(model, () => seconds = Settled(
            ref Draws,
            () =>
                drawn = Sampler.With(generator, model,
                    () => Sampler.Draw(generator, requests, cancel: _cancel), _cancel)
                .Sum(group => group.Sum(completion => (long)completion.TokenIds.Length))));
        var tokens = answers * expected;
        return new StagePlan
        {
            Stage = stage,
            LearnedTokens = 0,
            DrawnTokens = tokens,
            Seconds = tokens * seconds / drawn,
            StateBytes = 0,
            PeakBytes = peak + WeightBytes(model),
        };
    }

    private LanguageModel Fresh()
    {
        var model = Run.Data.Source.FirstModel(_recipe.Model, Run.Seed);
        model.Memory = _recipe.Memory;
        return model;
    }

    // Weights, and their masters and adapters where there are any.
    private static long WeightBytes(LanguageModel model) =>
        model.Parameters.Concat(model.Adapters?.Matrices ?? []).Select(pair => (Tensor)pair.Weight)
            .Concat(model.MasterWeights?.Select(pair => pair.Weight) ?? [])
            .Sum(weight => weight.numel() * weight.element_size()) + model.EightBitBytes;

    private long? Measured(LanguageModel model, Action body)
    {
        if (model.Device.type == DeviceType.CPU)
        {
            return PeakMemory.During(body);
        }

        // The allocator keeps what earlier probes gave back, so that a probe which needs no more than they did is told
        // the most that any needed.
        body();
        return DeviceMemory.Taken(Run.Data.Source.Device) - _before;
    }
}
