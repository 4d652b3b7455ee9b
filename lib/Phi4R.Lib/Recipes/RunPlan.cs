using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>What a run is expected to take: amounts from a sample of its own data, speed and memory from a short probe of the stages' own code.</summary>
/// <remarks>
/// A probe trains one step on rows of the stage's shape and draws answers of the expected length, with random weights of the recipe's model. Two numbers cannot be
/// known before: how many problems give a pair, and how many answers rebalancing keeps; they are the pocket's (<see cref="PairsPerPossible"/>, <see cref="KeptAnswers"/>).
/// Answers are expected as long as the teacher's. Not counted: verifying, checkpoints, and on an accelerator the cost of contexts beyond <see cref="ProbedTokens"/> tokens.
/// </remarks>
public sealed record RunPlan
{
    private const string File = "plan.json";

    // Of the pairs that problems could give, those they gave: 4,357 of 16,000 in the pocket's first run.
    private const double PairsPerPossible = 0.27;

    // Of the answers drawn, those that rebalancing learns from: 9,178 of 76,800 in the pocket's run of seed 1.
    private const double KeptAnswers = 0.12;

    private const int SampledProblems = 200;
    private const int ProbedPrompts = 64;
    private const int ProbedTokens = 256;
    private const double SettlingSeconds = 2;

    // Ablations are evaluated under other names.
    private static readonly string[] Models = ["base", "mid-training", "sft", "dpo", "rl"];
    private static readonly string[] Evaluations =
        [.. Models.SelectMany(model => new[] { $"answers-{model}", $"evaluation-{model}" })];

    /// <summary>In the order that they are run.</summary>
    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>What finding this out took.</summary>
    public required double ProbeSeconds { get; init; }

    /// <summary>Where it was found out.</summary>
    public required string Machine { get; init; }

    /// <summary>Hash of the settings that it is for.</summary>
    public required string Settings { get; init; }

    /// <summary>Of all stages.</summary>
    [JsonIgnore]
    public double Seconds => Stages.Sum(stage => stage.Seconds);

    /// <summary>Plans a run, and writes the plan to plan.json in its folder.</summary>
    /// <exception cref="OperationCanceledException">Cancelled between two probes.</exception>
    public static RunPlan Make(RecipeRun run, CancellationToken cancel = default)
    {
        var clock = Stopwatch.StartNew();
        var plan = new RunPlan { Stages = [.. new Probe(run, cancel).Stages()], ProbeSeconds = 0, Machine = RunFacts.Here.Machine, Settings = SettingsOf(run.Recipe) };
        plan = plan with { ProbeSeconds = clock.Elapsed.TotalSeconds };
        AtomicFile.WriteText(Path.Combine(run.Folder, File), JsonSerializer.Serialize(plan, StageStore.Json));
        return plan;
    }

    /// <summary>
    /// The plan that stands in a run's folder; null where there is none, one of other settings, or one that is damaged, which
    /// is said: it is made anew, since no run depends on it.
    /// </summary>
    public static RunPlan? Of(RecipeRun run)
    {
        var path = Path.Combine(run.Folder, File);
        if (!System.IO.File.Exists(path))
        {
            return null;
        }

        try
        {
            var plan = JsonSerializer.Deserialize<RunPlan>(System.IO.File.ReadAllBytes(path), Strict);
            if (plan is null || plan.Stages.Contains(null!))
            {
                throw new JsonException("it names no stages.");
            }

            return plan.Settings == SettingsOf(run.Recipe) ? plan : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            run.Say($"{File} is damaged ({exception.Message}) and is made anew.");
            return null;
        }
    }

    /// <summary>How far off the plan was, for each stage that stands finished in the run's folder.</summary>
    public IReadOnlyList<StageOutcome> Compare(string folder)
    {
        var made = StageManifest.OfRun(folder);
        return [.. Stages.Select(stage => new StageOutcome(stage.Stage, stage.Seconds, Took(stage.Stage)))];

        double? Took(string stage)
        {
            var parts = made.Where(pair => stage == "evaluation" ? Evaluations.Contains(pair.Key) : pair.Key == stage).Select(pair => pair.Value.Manifest.Seconds).ToList();
            return parts.Count > 0 ? parts.Sum() : null;
        }
    }

    private static JsonSerializerOptions Strict { get; } = new(StageStore.Json)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    internal static string SettingsOf(Recipe recipe) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(recipe, StageStore.Json)));

    /// <summary>Looks at a run's data and machine; see <see cref="Make"/>.</summary>
    private sealed class Probe(RecipeRun run, CancellationToken cancel)
    {
        // Of the process, as is the compiled code.
        private static bool Learns;
        private static bool Draws;

        private readonly Recipe _recipe = run.Recipe;
        private readonly ChatFormat _chat = new(run.Tokenizer);
        private readonly long? _before = run.Data.Source.Device.type == DeviceType.CPU ? null : DeviceMemory.Taken();

        public IEnumerable<StagePlan> Stages()
        {
            // 1. A sample of the data says how long documents are and how many stay.
            Sample(SampledProblems / 4); // Code that has not been compiled to its best yet would be taken for slow.
            var clock = Stopwatch.StartNew();
            var sample = Sample(SampledProblems);
            var problems = Math.Max(1, sample.Rollouts.Select(rollout => rollout.ProblemId).Distinct(StringComparer.Ordinal).Count());
            var times = (double)_recipe.Distill.Problems / problems;
            yield return new("distillation", 0, 0, clock.Elapsed.TotalSeconds * times, 0, 0);
            var verified = Documents(sample.Verified);
            var curated = Documents(Curation.Select([.. sample.Rollouts], _recipe.Curation with { Count = (int)Math.Max(1, Math.Round(_recipe.Curation.Count / times)) }, Randomness.For(run.Seed, "plan")).Kept);
            var hardest = curated.Count > 0 ? curated : verified;

            // 2. Each stage that trains, at its own shape.
            if (_recipe is { PretrainData: { } data, Pretrain: { } config })
            {
                var documents = run.Data.Source.PretrainDocuments(data with { Documents = Math.Min(data.Documents, 4 * SampledProblems) }, run.Seed);
                yield return Packed("base", documents, (double)data.Documents / documents.Count, config);
            }

            yield return Packed("mid-training", verified, times, _recipe.MidTrain);
            yield return Apart("sft", hardest, _recipe.FineTune.Epochs * curated.Count * times, _recipe.FineTune.ExamplesPerStep, _recipe.FineTune.ExamplesAtOnce, 1, alike: true);

            // 3. Preference: answers drawn, then two sides of each pair, and a forward pass of the reference.
            var (preference, reinforce) = (_recipe.PreferenceData, _recipe.Reinforce);
            yield return preference.FromTeacher
                ? new("pairs", 0, 0, 0, 0, 0)
                : Drawn("pairs", hardest, (long)preference.Problems * preference.AnswersPerProblem, preference.AnswersPerProblem, preference.MaxTokens);
            var pairs = Math.Max(1, PairsPerPossible * preference.Problems * preference.Pairing.PairsPerPrompt);
            yield return Apart("dpo", hardest, 2 * pairs * _recipe.RolloutPreference.Epochs, 2 * _recipe.RolloutPreference.PairsPerStep, 2 * _recipe.RolloutPreference.PairsAtOnce, 4 / 3.0);

            // 4. Reinforcement: candidates answered for the choice, then answers of which a part is learned from.
            var asked = (double)reinforce.Steps * reinforce.PromptsPerStep;
            yield return reinforce.ChoosePrompts
                ? Drawn("prompts", hardest, asked * _recipe.PromptSelection.CandidatesPerPrompt * _recipe.PromptSelection.Answers, _recipe.PromptSelection.Answers, reinforce.MaxTokens)
                : new("prompts", 0, 0, 0, 0, 0);
            var answers = asked * reinforce.AnswersPerPrompt;
            var learned = reinforce.Rebalance ? KeptAnswers * answers : answers;
            var drawing = Drawn("rl", hardest, answers, reinforce.AnswersPerPrompt, reinforce.MaxTokens);
            var learning = Apart("rl", hardest, learned * reinforce.Update.InnerEpochs, (int)Math.Max(1, learned / reinforce.Steps), reinforce.Update.AnswersAtOnce, reinforce.Update.KlWeight > 0 ? 4 / 3.0 : 1, alike: true);
            yield return learning with { DrawnTokens = drawing.DrawnTokens, Seconds = drawing.Seconds + learning.Seconds, PeakBytes = learning.PeakBytes is null ? null : learning.StateBytes + Math.Max(learning.PeakBytes.Value - learning.StateBytes, drawing.PeakBytes ?? 0) };

            // 5. Five models on three benchmarks.
            var questions = run.Data.Source.Benchmarks(_recipe.Benchmarks, validation: false).Sum(benchmark => benchmark.Problems.Count);
            yield return Drawn("evaluation", verified, (double)Models.Length * questions * _recipe.Evaluation.AnswersPerProblem, _recipe.Evaluation.AnswersPerProblem, _recipe.Evaluation.Sampling.MaxTokens);
        }

        private Stages.Distilled Sample(int problems) => run.Data.Source.Distill(
            _recipe.Distill with { Problems = Math.Min(problems, _recipe.Distill.Problems) }, run.Seed, run.Data.SeedOf("plan"), new Ledger("plan"), null, cancel);

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
            return Learn(stage, rows, fitting.Sum(document => (double)document.Tokens.Length) * times * config.Epochs, config.RowsPerStep, config.RowsAtOnce, 1);
        }

        // A row for each document; of one pass they are of like length where the stage sorts them, as fine-tuning and reinforcement do.
        private StagePlan Apart(string stage, IReadOnlyList<Example> documents, double count, int perStep, int atOnce, double work, bool alike = false)
        {
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
            var (first, second, state) = (0.0, 0.0, 0L);
            var peak = Measured(model, () =>
            {
                using var optimizer = new Optimizer(model, _recipe.MidTrain.Optimizer);
                first = Settled(ref Learns, () => Step(model, optimizer, rows, 1));
                second = perStep > atOnce ? Settled(ref Learns, () => Step(model, optimizer, rows, 2)) : first;
                state = WeightBytes(model) + model.Trainable.Sum(pair => pair.Weight.numel() * sizeof(float)) + optimizer.State.Sum(pair => pair.Value.numel() * pair.Value.element_size());
            });
            var used = rows.Sum(row => (double)row.Used);
            var parts = Math.Max(1.0, (double)perStep / atOnce);
            var (passes, update) = perStep > atOnce ? (Math.Clamp(second - first, first / 2, first), Math.Max(0, first - Math.Clamp(second - first, first / 2, first))) : (first, 0);
            var steps = tokens / (used * parts);
            return new StagePlan(stage, tokens, 0, steps * ((passes * parts * work) + update), state, peak + WeightBytes(model));
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
            using var model = Fresh();
            var expected = Math.Min(limit, like.Average(document => (double)document.Tokens.Length - document.LearnFrom));
            var requests = Enumerable.Range(0, ProbedPrompts).Select(i => new SampleRequest(
                like[i % like.Count].Tokens[..like[i % like.Count].LearnFrom], [.. Enumerable.Range(0, perPrompt).Select(j => Randomness.For(run.Seed, "plan", i, j))])).ToList();
            var sampling = new SamplingConfig { Temperature = 1, TopP = 1, MaxTokens = (int)Math.Clamp(expected, 1, ProbedTokens) };
            var (drawn, seconds) = (0L, 0.0);
            var peak = Measured(model, () => seconds = Settled(
                ref Draws, () => drawn = Sampler.Draw(model, requests, sampling, [], cancel: cancel).Sum(group => group.Sum(sample => (long)sample.Tokens.Length))));
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
}
