using System.Diagnostics;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>Looks at a run's data and machine; see <see cref="RunPlan.Make"/>.</summary>
internal sealed class PlanProbe(RecipeRun run, CancellationToken cancel)
{
    private const int SampledProblems = 200;
    private const int ProbedPrompts = 64;
    private const double SettlingSeconds = 2;

    // Of the process, as is the compiled code.
    private static bool Learns;
    private static bool Draws;

    private readonly Recipe _recipe = run.Recipe;
    private readonly ChatFormat _chat = new(run.Tokenizer);
    private readonly long? _before = run.Data.Source.Device.type == DeviceType.CPU ? null : DeviceMemory.Taken();

    /// <summary>What could not be found out, and why.</summary>
    public List<string> Notes { get; } = [];

    public IEnumerable<StagePlan> Stages()
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

        var problems = Math.Max(1, sample.Rollouts.Select(rollout => rollout.ProblemId).Distinct(StringComparer.Ordinal).Count());
        var times = (double)_recipe.Distill.Problems / problems;
        yield return new("distillation", 0, 0, clock.Elapsed.TotalSeconds * times, 0, 0);
        var verified = Documents(sample.Verified);
        if (verified.Count < sample.Rollouts.Count)
        {
            Notes.Add($"{sample.Rollouts.Count - verified.Count:N0} of {sample.Rollouts.Count:N0} sampled rollouts are wrong, cut or could not be verified, and are not learned from");
        }

        var share = (int)Math.Max(1, Math.Round(_recipe.Curation.Count / times));
        var curated = Documents(Curation.Select(
            [.. sample.Rollouts], _recipe.Curation with { Count = share }, Randomness.For(run.Seed, "plan"),
            rollout => run.Data.Length(rollout) <= _recipe.FineTune.MaxTokens).Kept);
        var hardest = curated.Count > 0 ? curated : verified;

        // 2. Each stage that trains, at its own shape.
        if (_recipe is { PretrainData: { } data, Pretrain: { } config })
        {
            yield return Estimated("base", () =>
            {
                var documents = run.Data.Source.PretrainDocuments(data with { Documents = Math.Min(data.Documents, 4 * SampledProblems) }, run.Seed);
                return Packed("base", documents, (double)data.Documents / documents.Count, config);
            });
        }

        yield return Estimated("mid-training", () => Packed("mid-training", verified, times, _recipe.MidTrain));
        yield return Estimated("sft", () => Apart(
            "sft", hardest, _recipe.FineTune.Epochs * curated.Count * times, _recipe.FineTune.ExamplesPerStep, _recipe.FineTune.ExamplesAtOnce, 1, alike: true));

        // 3. Preference: answers drawn, then two sides of each pair, and a forward pass of the reference.
        var (preference, reinforce) = (_recipe.PreferenceData, _recipe.Reinforce);
        yield return preference.FromTeacher ? Nothing("pairs") : Estimated("pairs", () => Drawn(
            "pairs", hardest, (long)preference.Problems * preference.AnswersPerProblem, preference.AnswersPerProblem, preference.MaxTokens));
        var pairs = Math.Max(1, RunPlan.PairsPerPossible * preference.Problems * preference.Pairing.PairsPerPrompt);
        yield return Estimated("dpo", () => Apart(
            "dpo", hardest, 2 * pairs * _recipe.RolloutPreference.Epochs, 2 * _recipe.RolloutPreference.PairsPerStep, 2 * _recipe.RolloutPreference.PairsAtOnce, 4 / 3.0));

        // 4. Reinforcement: candidates answered for the choice, then answers of which a part is learned from.
        var asked = (double)reinforce.Steps * reinforce.PromptsPerStep;
        yield return !reinforce.ChoosePrompts ? Nothing("prompts") : Estimated("prompts", () => Drawn(
            "prompts", hardest, asked * _recipe.PromptSelection.CandidatesPerPrompt * _recipe.PromptSelection.Answers, _recipe.PromptSelection.Answers, reinforce.MaxTokens));
        yield return Estimated("rl", () => Reinforced(hardest, asked * reinforce.AnswersPerPrompt, reinforce));

        // 5. Five models on three benchmarks.
        yield return Estimated("evaluation", () => Drawn(
            "evaluation", verified, (double)RunPlan.Models.Length * run.AnswersOfOne, _recipe.Evaluation.AnswersPerProblem,
            _recipe.Evaluation.Sampling.MaxTokens));
    }

    private static StagePlan Nothing(string stage) => new(stage, 0, 0, 0, 0, 0);

    // What stops an estimate, whatever it is, stops the stage too if it matters, and there in the stage's own words.
    private StagePlan Estimated(string stage, Func<StagePlan> estimate)
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

    private StagePlan Reinforced(IReadOnlyList<Example> like, double answers, Stages.ReinforceConfig config)
    {
        var learned = config.Rebalance ? RunPlan.KeptAnswers * answers : answers;
        var drawing = Drawn("rl", like, answers, config.AnswersPerPrompt, config.MaxTokens);
        var learning = Apart(
            "rl", like, learned * config.Update.InnerEpochs, (int)Math.Max(1, learned / config.Steps), config.Update.AnswersAtOnce, config.Update.KlWeight > 0 ? 4 / 3.0 : 1, alike: true);
        return learning with
        {
            DrawnTokens = drawing.DrawnTokens,
            Seconds = drawing.Seconds + learning.Seconds,
            PeakBytes = learning.PeakBytes is null ? null : learning.StateBytes + Math.Max(learning.PeakBytes.Value - learning.StateBytes, drawing.PeakBytes ?? 0),
        };
    }

    private static IReadOnlyList<T> Some<T>(IReadOnlyList<T> sampled, string what) =>
        sampled.Count > 0 ? sampled : throw new InvalidDataException($"of the sampled data there is no {what}.");

    private Stages.Distilled Sample(int problems) => run.Data.Source.Distill(
        _recipe.Distill with { Problems = Math.Min(problems, _recipe.Distill.Problems) }, run.Seed, run.Data.SeedOf("plan"), ledger: null, null, cancel);

    private List<Example> Documents(IEnumerable<Rollout> rollouts) => [.. rollouts.Select(rollout =>
    {
        var prompt = _chat.Prompt(rollout.Prompt);
        return new Example(rollout.ProblemId, [.. prompt, .. _chat.Answer(rollout.Text, rollout.Finished)], prompt.Length);
    })];

    // Rows filled with whole documents, each learned from its start.
    private StagePlan Packed(string stage, IReadOnlyList<Example> documents, double times, Stages.MidTrainConfig config)
    {
        var fitting = documents.Where(document => document.Tokens.Length <= config.RowLength).Select(document => document with { LearnFrom = 0 }).ToList();
        var rows = Packing.Pack(fitting, config.RowLength, config.OpenRows).Take(config.RowsAtOnce).ToList();
        return Learn(stage, Some(rows, $"document of at most {config.RowLength:N0} tokens to learn from"), fitting.Sum(document => (double)document.Tokens.Length) * times * config.Epochs, config.RowsPerStep, config.RowsAtOnce, 1);
    }

    // A row for each document; of one pass they are of like length where the stage sorts them, as fine-tuning and reinforcement do.
    private StagePlan Apart(string stage, IReadOnlyList<Example> documents, double count, int perStep, int atOnce, double work, bool alike = false)
    {
        _ = Some(documents, "document to learn from");
        List<Example> like = alike ? [.. documents.OrderBy(document => document.Tokens.Length).Skip(documents.Count * 3 / 8).Take(Math.Max(1, documents.Count / 4))] : [.. documents];
        var some = Enumerable.Range(0, Math.Min(atOnce, perStep)).Select(i => like[i % like.Count]).ToList();
        var length = some.Max(document => document.Tokens.Length);
        return Learn(stage, [.. some.Select(document => new PackedRow([document], length))], documents.Average(document => (double)document.Tokens.Length) * count, perStep, atOnce, work);
    }

    // A step of one part and one of two tell the passes from the update, which a step of many parts has once.
    private StagePlan Learn(string stage, IReadOnlyList<PackedRow> rows, double tokens, int perStep, int atOnce, double work)
    {
        cancel.ThrowIfCancellationRequested();
        using var model = LanguageModel.ToLearn(Fresh(), stage == "base" ? _recipe.Memory with { Lora = null } : _recipe.Memory, run.Seed);
        var (first, second, state, checkpoint) = (0.0, 0.0, 0L, 0L);
        var peak = Measured(model, () =>
        {
            using var optimizer = new Optimizer(model, _recipe.MidTrain.Optimizer);
            first = Settled(ref Learns, () => Step(model, optimizer, rows, 1));
            second = perStep > atOnce ? Settled(ref Learns, () => Step(model, optimizer, rows, 2)) : first;
            var gradients = model.Trainable.Sum(pair => pair.Weight.numel() * sizeof(float));
            var moments = optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size());
            checkpoint = gradients + moments; // Weights are as many bytes in a file as gradients here.
            state = WeightBytes(model) + checkpoint;
        });
        var used = rows.Sum(row => (double)row.Used);
        var parts = Math.Max(1.0, (double)perStep / atOnce);
        var (passes, update) = perStep > atOnce ? (Math.Clamp(second - first, first / 2, first), Math.Max(0, first - Math.Clamp(second - first, first / 2, first))) : (first, 0);
        var steps = tokens / (used * parts);
        var seconds = steps * ((passes * parts * work) + update);
        return new StagePlan(stage, tokens, 0, seconds, state, peak + WeightBytes(model), checkpoint);
    }

    // Seconds of it, the best of few after one. The first of its kind in a process goes on for longer before: code that has run often is compiled again, and is many times as fast then.
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

    private void Step(LanguageModel model, Optimizer optimizer, IReadOnlyList<PackedRow> rows, int parts)
    {
        model.train();
        using var scope = NewDisposeScope();
        for (var part = 0; part < parts; part++)
        {
            using var inner = NewDisposeScope();
            using var batch = TokenBatch.From(rows, run.Fill, model.Device);
            var mean = -ModelLosses.TokenLogProbabilities(model, batch).mean(); // []
            optimizer.Backward(mean);
            mean.ToDouble();
        }

        optimizer.Step(0, 1000);
    }

    private StagePlan Drawn(string stage, IReadOnlyList<Example> like, double answers, int perPrompt, int limit)
    {
        cancel.ThrowIfCancellationRequested();
        _ = Some(like, "answer to tell from how long answers are");
        using var model = Fresh();
        var expected = Math.Min(limit, like.Average(document => (double)document.Tokens.Length - document.LearnFrom));
        var requests = Enumerable.Range(0, ProbedPrompts).Select(i => new GenerationRequest
        {
            PromptIds = like[i % like.Count].Tokens[..like[i % like.Count].LearnFrom],
            Seeds = [.. Enumerable.Range(0, perPrompt).Select(j => Randomness.For(run.Seed, "plan", i, j).State)],
            Sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = (int)Math.Clamp(expected, 1, RunPlan.ProbedTokens) },
            StopIds = [],
        }).ToList();
        var generator = run.Data.Generator;
        var (drawn, seconds) = (0L, 0.0);
        var peak = Measured(model, () => seconds = Settled(
            ref Draws, () => drawn = Sampler.With(generator, model, () => Sampler.Draw(generator, requests, cancel: cancel), cancel)
                .Sum(group => group.Sum(completion => (long)completion.TokenIds.Length))));
        var tokens = answers * expected;
        return new StagePlan(stage, 0, tokens, tokens * seconds / drawn, 0, peak + WeightBytes(model));
    }

    private LanguageModel Fresh()
    {
        var model = run.Data.Source.FirstModel(_recipe.Model, run.Seed);
        model.Memory = _recipe.Memory;
        return model;
    }

    // Weights, and their masters and adapters where there are any.
    private static long WeightBytes(LanguageModel model) =>
        model.Parameters.Concat(model.Adapters?.Matrices ?? []).Select(pair => (Tensor)pair.Weight).Concat(model.Masters?.Select(pair => pair.Weight) ?? []).Sum(weight => weight.numel() * weight.element_size());

    private long? Measured(LanguageModel model, Action body)
    {
        if (model.Device.type == DeviceType.CPU)
        {
            return PeakMemory.During(body);
        }

        // The allocator keeps what earlier probes gave back, so that a probe which needs no more than they did is told the most that any needed.
        body();
        return DeviceMemory.Taken() - _before;
    }
}
