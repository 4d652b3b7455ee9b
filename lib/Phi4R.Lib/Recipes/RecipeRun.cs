using System.Text.Json;
using Phi4R.Data;
using Phi4R.Evaluation;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Sampling;
using Phi4R.Stages;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>
/// One run of a recipe: each stage takes the stage before it from the run's folder, or makes it first. A stage that was stopped goes on
/// from its last checkpoint; one whose settings and inputs have not changed is not run again.
/// </summary>
public sealed class RecipeRun
{
    /// <summary>Rebalancing learns from about a fifth of what it draws; without it, a fifth of the problems give as many answers to learn from.</summary>
    private const int OversamplingWorth = 5;

    private readonly StageStore _store;
    private readonly PocketTokenizer _tokenizer = new();
    private readonly ChatFormat _chat;
    private readonly ProceduralTeacher _teacher = new(ProceduralTeacherConfig.Diverse);

    private readonly Action<string> _say;

    private RecipeRun(Recipe recipe, int seed, string folder, StageStore store, Action<string> say)
    {
        (Recipe, Seed, Folder, _store, _say) = (recipe, seed, folder, store, say);
        _chat = new ChatFormat(_tokenizer);
    }

    /// <summary>Every number of the run.</summary>
    public Recipe Recipe { get; }

    /// <summary>What every stream of random numbers comes from.</summary>
    public int Seed { get; }

    /// <summary>Where the run's results stand.</summary>
    public string Folder { get; }

    /// <summary>Token ids of the run's texts.</summary>
    public ITokenizer Tokenizer => _tokenizer;

    private int Fill => _tokenizer.EndOfText;

    /// <summary>Opens a run, new or begun before.</summary>
    /// <param name="profile">smoke or pocket.</param>
    /// <param name="folder">Where results stand; null: runs/PROFILE-seedSEED in the project's folder, or under PHI4R_RUNS.</param>
    /// <param name="say">Told in a line what is taken, made and resumed.</param>
    /// <exception cref="ArgumentException">There is no such profile.</exception>
    /// <exception cref="InvalidDataException">The folder's recipe.json cannot be read.</exception>
    public static RecipeRun Open(string profile, int seed = 1, string? folder = null, Action<string>? say = null)
    {
        var recipe = Recipe.Named(profile);
        var home = folder ?? Path.Combine(RunsFolder(), $"{profile}-seed{seed}");
        Directory.CreateDirectory(home);
        var kept = Path.Combine(home, "recipe.json");
        if (File.Exists(kept))
        {
            try
            {
                recipe = JsonSerializer.Deserialize<Recipe>(File.ReadAllBytes(kept), StageStore.Json)!;
                say?.Invoke($"the settings of this run's recipe.json hold; they differ from the profile's");
            }
            catch (Exception exception) when (exception is JsonException or ArgumentException)
            {
                throw new InvalidDataException($"{kept} cannot be read: {exception.Message} Mend it, or delete it to go back to the profile '{profile}'.", exception);
            }
        }

        return new RecipeRun(recipe, seed, home, new StageStore(home, say ?? (_ => { })), say ?? (_ => { }));
    }

    /// <summary>The same run with other settings, which also hold for the stages after this one, in whatever notebook, until they are set again.</summary>
    public RecipeRun With(Func<Recipe, Recipe> change)
    {
        var recipe = change(Recipe);
        var kept = Path.Combine(Folder, "recipe.json");
        var (changed, original) = (JsonSerializer.Serialize(recipe, StageStore.Json), JsonSerializer.Serialize(Recipe.Named(Recipe.Name), StageStore.Json));
        if (changed == original)
        {
            File.Delete(kept);
        }
        else
        {
            AtomicFile.WriteText(kept, changed);
        }

        return new RecipeRun(recipe, Seed, Folder, _store, _say);
    }

    /// <summary>Data distillation: rollouts of the teacher, verified and labeled.</summary>
    public Distilled Distill(IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var record = DistillRecord(progress, cancel);
        return new Distilled([.. RolloutFile.Read(Path.Combine(record.Folder, "rollouts.jsonl"))], ReadJson<int>(record, "unverifiable.json"));
    }

    /// <summary>The base model, trained from nothing on facts and bare answers.</summary>
    public TrainedModel<TrainingReport> Base(IProgress<TrainingReport>? progress = null, CancellationToken cancel = default)
    {
        var (data, config) = (Recipe.PretrainData!, Recipe.Pretrain!);
        return Train<TrainingReport>("base", "base", new { Seed, Recipe.Model, data, config }, [], null, (model, checkpoints, _) =>
            TrainPacked(model, PretrainDocuments(data), config, "base", checkpoints, progress, cancel));
    }

    /// <summary>Stage 1: mid-training on all verified rollouts.</summary>
    public TrainedModel<TrainingReport> MidTrain(IProgress<TrainingReport>? progress = null, CancellationToken cancel = default)
    {
        var (start, distilled) = (Base(cancel: cancel), DistillRecord(null, cancel));
        return Train<TrainingReport>("mid-training", "+ mid-training", new { Seed, Recipe.MidTrain }, [start.Record, distilled], start, (model, checkpoints, _) =>
            TrainPacked(model, Documents(Distill(cancel: cancel).Verified, learnPrompt: true), Recipe.MidTrain, "mid-training", checkpoints, progress, cancel));
    }

    /// <summary>The curated subset that fine-tuning learns from, and what was left out.</summary>
    public Curated Curate() => Curation.Select([.. Distill().Rollouts], Recipe.Curation, Randomness.For(Seed, "curation"));

    /// <summary>Stage 2: fine-tuning on the curated subset.</summary>
    /// <param name="from">The model to start from; null: that of mid-training. The base model shows what fine-tuning does alone.</param>
    /// <param name="packed">Packed and with the prompts learned, as mid-training is, to show what leaving that off is worth.</param>
    public TrainedModel<TrainingReport> FineTune(
        IProgress<TrainingReport>? progress = null, TrainedModel? from = null, bool packed = false, CancellationToken cancel = default)
    {
        var start = from ?? MidTrain(cancel: cancel);
        object settings = packed ? new { Seed, Recipe.Curation, Recipe.FineTune, packed, Recipe.MidTrain } : new { Seed, Recipe.Curation, Recipe.FineTune, packed };
        var stage = "sft" + (from is null ? "" : $"-from-{start.Record.Stage}") + (packed ? "-packed" : "");
        return Train<TrainingReport>(stage, "+ SFT", settings, [start.Record, DistillRecord(null, cancel)], start, (model, checkpoints, _) =>
            packed
                ? TrainPacked(model, Documents(Curate().Kept, learnPrompt: true), Recipe.MidTrain with { Optimizer = Recipe.FineTune.Optimizer }, stage, checkpoints, progress, cancel)
                : Stages.FineTune.Run(model, Documents(Curate().Kept, learnPrompt: false), Recipe.FineTune, Fill, SeedOf(stage), checkpoints, progress, cancel));
    }

    /// <summary>The preference pairs, and what became of the problems they were looked for in.</summary>
    public (IReadOnlyList<PreferencePair> Pairs, PairingReport Report) Pairs(IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var record = PairsRecord(progress, cancel);
        return ([.. JsonLines.Read<PreferencePair>(Path.Combine(record.Folder, "pairs.jsonl"))], ReadJson<PairingReport>(record, "report.json"));
    }

    /// <summary>Stage 3: Rollout-DPO from the fine-tuned model.</summary>
    public TrainedModel<PreferenceReport> Prefer(IProgress<PreferenceReport>? progress = null, CancellationToken cancel = default)
    {
        var (start, pairs) = (FineTune(cancel: cancel), PairsRecord(null, cancel));
        return Train<PreferenceReport>("dpo", "+ Rollout-DPO", new { Seed, Recipe.RolloutPreference }, [start.Record, pairs], start, (model, checkpoints, _) =>
        {
            var data = Pairs(cancel: cancel).Pairs;
            var reference = ReferenceCache.Take(Path.Combine(Folder, "reference"), model, data, Recipe.RolloutPreference, Fill, _say);
            return RolloutPreference.Run(model, data, reference, Recipe.RolloutPreference, Fill, SeedOf("dpo"), checkpoints, progress, cancel);
        });
    }

    /// <summary>The problems that reinforcement learns from, and what choosing them left out.</summary>
    public (IReadOnlyList<Problem> Problems, PromptSelectionReport Report) Prompts(CancellationToken cancel = default)
    {
        var record = PromptsRecord(Prefer(cancel: cancel), cancel);
        return ([.. ProblemFile.Read(Path.Combine(record.Folder, "problems.jsonl"))], ReadJson<PromptSelectionReport>(record, "report.json"));
    }

    /// <summary>Stage 4: reinforcement from the model of Rollout-DPO.</summary>
    /// <param name="stabilized">False turns the three stabilizers off, for half the steps, to show what they are worth.</param>
    public TrainedModel<ReinforceReport> Reinforce(IProgress<ReinforceReport>? progress = null, bool stabilized = true, CancellationToken cancel = default)
    {
        var start = Prefer(cancel: cancel);
        var config = stabilized ? Recipe.Reinforce : Recipe.Reinforce with
        {
            ChoosePrompts = false,
            Rebalance = false,
            Anneal = false,
            PromptsPerStep = Math.Max(1, Recipe.Reinforce.PromptsPerStep / OversamplingWorth),
            Steps = Math.Max(1, Recipe.Reinforce.Steps / 2),
        };
        var stage = stabilized ? "rl" : "rl-plain";
        var prompts = PromptsRecord(start, cancel, config.ChoosePrompts);
        return Train<ReinforceReport>(stage, stabilized ? "+ RL" : "+ RL, no stabilizers", new { Seed, config }, [start.Record, prompts], start, (model, checkpoints, _) =>
            Stages.Reinforce.Run(
                model, _tokenizer, [.. ProblemFile.Read(Path.Combine(prompts.Folder, "problems.jsonl"))], Verifiers.FinalAnswer, config, SeedOf(stage), checkpoints, progress, cancel));
    }

    /// <summary>Asks a model the three benchmarks.</summary>
    /// <param name="validation">Whether to ask the validation set instead, which is for choosing settings.</param>
    public ModelResults Evaluate(TrainedModel trained, bool validation = false, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        ProblemSet[] benchmarks = validation
            ? [PocketBenchmarks.Validation(600)]
            : [PocketBenchmarks.Pocket500(Recipe.Benchmarks.Medium), PocketBenchmarks.PocketHard(Recipe.Benchmarks.Hard), PocketBenchmarks.PocketChoice(Recipe.Benchmarks.Choice)];
        var stage = $"{(validation ? "validation" : "evaluation")}-{trained.Record.Stage}";
        var record = _store.Take(stage, new { Recipe.Evaluation, Recipe.Benchmarks, validation }, [trained.Record], (folder, _) =>
        {
            using var model = trained.Load();
            var results = new ModelResults(trained.Name, [.. benchmarks.Select(benchmark => Evaluation.Evaluate.Run(model, _tokenizer, benchmark, Verifiers.FinalAnswer, Recipe.Evaluation, progress, cancel))]);
            WriteJson(folder, "results.json", results);
        });
        return ReadJson<ModelResults>(record, "results.json") with { Model = trained.Name };
    }

    /// <summary>Asks all five models the benchmarks, making those that are missing; the table goes to results.md and the record to run.json in the run's folder.</summary>
    public (RunSummary Summary, IReadOnlyList<ModelResults> Results) Summarize(IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        TrainedModel[] models = [Base(cancel: cancel), MidTrain(cancel: cancel), FineTune(cancel: cancel), Prefer(cancel: cancel), Reinforce(cancel: cancel)];
        var results = models.Select(model => Evaluate(model, progress: progress, cancel: cancel)).ToList();
        var summary = RunSummary.Of([(Seed, results)]);
        AtomicFile.WriteText(Path.Combine(Folder, "results.md"), summary.ToMarkdown());
        RunRecord.Of(this, models, results).Write(Folder);
        return (summary, results);
    }

    /// <summary>What the recipe's choices are worth: each left out in turn, beside the model that has it.</summary>
    public AblationTable Ablate(IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var teacher = new RecipeRun(Recipe with { PreferenceData = Recipe.PreferenceData with { FromTeacher = true } }, Seed, Folder, _store, _say);
        (string Choice, TrainedModel Without, TrainedModel With)[] pairs =
        [
            ("mid-training skipped", FineTune(from: Base(cancel: cancel), cancel: cancel), FineTune(cancel: cancel)),
            ("SFT packed, prompts learned too", FineTune(packed: true, cancel: cancel), FineTune(cancel: cancel)),
            ("DPO on the teacher's rollouts", teacher.Prefer(cancel: cancel), Prefer(cancel: cancel)),
            ("RL without its stabilizers", Reinforce(stabilized: false, cancel: cancel), Reinforce(cancel: cancel)),
        ];
        return new AblationTable([.. pairs.Select(pair => AblationTable.Row.Of(pair.Choice, Evaluate(pair.Without, progress: progress, cancel: cancel), Evaluate(pair.With, progress: progress, cancel: cancel)))]);
    }

    /// <summary>The folder that runs stand in.</summary>
    public static string RunsFolder()
    {
        if (Environment.GetEnvironmentVariable("PHI4R_RUNS") is { Length: > 0 } set)
        {
            return set;
        }

        for (var folder = new DirectoryInfo(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Phi4R.Lib.sln")))
            {
                return Path.Combine(folder.FullName, "runs");
            }
        }

        return Path.Combine(Directory.GetCurrentDirectory(), "runs");
    }

    private StageRecord DistillRecord(IProgress<int>? progress, CancellationToken cancel) =>
        _store.Take("distillation", new { Seed, Recipe.Distill }, [], (folder, _) =>
        {
            var problems = Draw("distillation problems", Recipe.Distill.Problems, Recipe.Distill.Mix, distinct: false);
            var distilled = Stages.Distill.Run(problems, _teacher, _tokenizer, Verifiers.FinalAnswer, Recipe.Distill, SeedOf("distillation"), progress, cancel);
            RolloutFile.Write(Path.Combine(folder, "rollouts.jsonl"), distilled.Rollouts);
            WriteJson(folder, "unverifiable.json", distilled.Unverifiable);
        });

    private StageRecord PairsRecord(IProgress<int>? progress, CancellationToken cancel)
    {
        var start = FineTune(cancel: cancel);
        var data = Recipe.PreferenceData;
        return _store.Take("pairs", new { Seed, data }, [start.Record], (folder, _) =>
        {
            var problems = Draw("preference problems", data.Problems, data.Mix);
            var answers = data.FromTeacher ? TeacherAnswers(problems, data) : ModelAnswers(start, problems, data, progress, cancel);
            var (pairs, report) = Pairing.Pair(problems.Select((problem, i) => (problem.Id, _chat.Prompt(problem.Question), answers[i])), data.Pairing);
            JsonLines.Write(Path.Combine(folder, "pairs.jsonl"), pairs);
            WriteJson(folder, "report.json", report);
        });
    }

    private StageRecord PromptsRecord(TrainedModel start, CancellationToken cancel, bool choose = true)
    {
        var (config, selection) = (Recipe.Reinforce, Recipe.PromptSelection);
        var keep = config.Steps * config.PromptsPerStep;
        return _store.Take(choose ? "prompts" : "prompts-any", new { Seed, selection, Recipe.ReinforceMix, keep, config.MaxTokens, choose }, [start.Record], (folder, _) =>
        {
            var candidates = Draw("reinforcement problems", choose ? (int)(keep * selection.CandidatesPerPrompt) : keep, Recipe.ReinforceMix);
            using var model = choose ? start.Load() : null;
            var (kept, report) = model is null
                ? (candidates, new PromptSelectionReport(keep, keep, 0, 0))
                : PromptSelection.Run(model, _tokenizer, candidates, keep, selection, config.MaxTokens, SeedOf("prompts"), cancel);
            ProblemFile.Write(Path.Combine(folder, "problems.jsonl"), kept);
            WriteJson(folder, "report.json", report);
        });
    }

    // Loads the model that a stage starts from, runs the stage, and keeps its weights and steps.
    private TrainedModel<TReport> Train<TReport>(
        string stage, string name, object settings, IReadOnlyList<StageRecord> inputs, TrainedModel? start, Func<LanguageModel, Checkpoints, string, IReadOnlyList<TReport>> run)
        where TReport : class
    {
        var record = _store.Take(stage, settings, inputs, (folder, checkpoints) =>
        {
            using var model = start?.Load() ?? LanguageModel.Create(Recipe.Model, SeedOf("weights"), CPU);
            var reports = run(model, checkpoints, folder);
            Weights.Save(model, Path.Combine(folder, "model.safetensors"));
            JsonLines.Write(Path.Combine(folder, "steps.jsonl"), reports);
        });
        return new TrainedModel<TReport>(name, record, Recipe.Model, [.. JsonLines.Read<TReport>(Path.Combine(record.Folder, "steps.jsonl"))]);
    }

    private IReadOnlyList<TrainingReport> TrainPacked(
        LanguageModel model, IReadOnlyList<Example> documents, MidTrainConfig config, string stage, Checkpoints checkpoints, IProgress<TrainingReport>? progress, CancellationToken cancel) =>
        Stages.MidTrain.Run(model, documents, config, Fill, SeedOf(stage), checkpoints, progress, cancel);

    private List<Problem> Draw(string purpose, int count, ProblemMix mix, bool distinct = true)
    {
        List<Problem> problems = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (var i = 0; problems.Count < count; i++)
        {
            var problem = PocketProblems.Draw(Randomness.For(Seed, purpose, i), mix, Split.Training);

            // Where the levels asked for have fewer problems than that, problems come again.
            if (!distinct || seen.Add(problem.Id) || i > 20 * count)
            {
                problems.Add(problem);
            }
        }

        return problems;
    }

    private List<Example> PretrainDocuments(PretrainData data)
    {
        List<Example> documents = [];
        for (var i = 0; i < data.Documents; i++)
        {
            var stream = Randomness.For(Seed, "base documents", i);
            if (stream.Chance(data.FactShare))
            {
                var facts = string.Concat(Enumerable.Range(0, data.FactsPerDocument).Select(_ => PocketFact.Draw(stream).Text + " "));
                documents.Add(new Example("facts", [.. _tokenizer.Encode(facts), Fill], 0));
            }
            else
            {
                var problem = PocketProblems.Draw(stream, data.Mix, Split.Training);
                documents.Add(new Example(problem.Id, [.. _chat.Prompt(problem.Question), .. _chat.Answer($"\\boxed{{{problem.Answer}}}")], 0));
            }
        }

        return documents;
    }

    private List<Example> Documents(IEnumerable<Rollout> rollouts, bool learnPrompt) => [.. rollouts.Select(rollout =>
    {
        var prompt = _chat.Prompt(rollout.Prompt);
        return new Example(rollout.ProblemId, [.. prompt, .. _chat.Answer(rollout.Text)], learnPrompt ? 0 : prompt.Length);
    })];

    private List<IReadOnlyList<VerifiedAnswer>> TeacherAnswers(IReadOnlyList<Problem> problems, PreferenceData data) => [.. problems.Select((problem, i) =>
        (IReadOnlyList<VerifiedAnswer>)[.. _teacher.Answer(problem, data.AnswersPerProblem, Randomness.For(Seed, "teacher's preference answers", i))
            .Select(answer => new VerifiedAnswer(_chat.Answer(answer.Text, answer.Finished), Verifiers.FinalAnswer(problem, answer.Text).Outcome == Maths.Outcome.Correct, !answer.Finished))])];

    private List<IReadOnlyList<VerifiedAnswer>> ModelAnswers(TrainedModel start, IReadOnlyList<Problem> problems, PreferenceData data, IProgress<int>? progress, CancellationToken cancel)
    {
        using var model = start.Load();
        var requests = problems.Select((problem, i) => new SampleRequest(
            _chat.Prompt(problem.Question),
            [.. Enumerable.Range(0, data.AnswersPerProblem).Select(j => Randomness.For(Seed, "preference rollouts", i, j))])).ToList();
        var sampling = new SamplingConfig { Temperature = data.Temperature, TopP = 1, MaxTokens = data.MaxTokens };
        var drawn = Sampler.Draw(model, requests, sampling, _tokenizer.StopIds, progress, cancel);
        return [.. drawn.Select((group, i) => (IReadOnlyList<VerifiedAnswer>)[.. group.Select(sample =>
            new VerifiedAnswer(sample.Tokens, Verifiers.FinalAnswer(problems[i], _tokenizer.Decode(sample.Tokens)).Outcome == Maths.Outcome.Correct, sample.Cut))])];
    }

    // Each stage has a seed of its own, so that adding one draw to a stage changes no other.
    private long SeedOf(string stage) => (long)(Randomness.For(Seed, stage).NextBits() >> 1);

    private static void WriteJson<T>(string folder, string file, T value) => AtomicFile.WriteText(Path.Combine(folder, file), JsonSerializer.Serialize(value, StageStore.Json));

    private static T ReadJson<T>(StageRecord record, string file) => JsonSerializer.Deserialize<T>(File.ReadAllBytes(Path.Combine(record.Folder, file)), StageStore.Json)!;
}
