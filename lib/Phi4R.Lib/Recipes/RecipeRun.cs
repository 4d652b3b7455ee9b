using Phi4R.Data;
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
public sealed partial class RecipeRun
{
    /// <summary>Rebalancing learns from about a fifth of what it draws; without it, a fifth of the problems give as many answers to learn from.</summary>
    private const int OversamplingWorth = 5;

    private readonly StageStore _store;
    private readonly Action<string> _say;
    private readonly IRecipeSource _source;
    private readonly Recipe _original;
    private readonly IReadOnlyList<string> _parameters;

    private RecipeRun(
        Recipe recipe, Recipe original, IReadOnlyList<string> parameters, int seed, string folder, StageStore store,
        IRecipeSource source, Action<string> say, string? verifier = null, IPolicyGenerator? generator = null)
    {
        (Recipe, _original, _parameters, Seed, Folder) = (recipe, original, parameters, seed, folder);
        (_store, _source, _say) = (store, source, say);
        Data = new RunData(_source, store, recipe.Model, seed, generator) { Verifier = verifier ?? RoomCode.Verifier };
    }

    /// <summary>Every number of the run.</summary>
    public Recipe Recipe { get; }

    /// <summary>The settings that were named when it was changed, and any other that differs from the recipe's.</summary>
    public IReadOnlyList<RunParameter> Parameters => RunParameter.Of(_original, Recipe, _parameters);

    /// <summary>What every stream of random numbers comes from.</summary>
    public int Seed { get; }

    /// <summary>Where the run's results stand.</summary>
    public string Folder { get; }

    /// <summary>Token ids of the run's texts.</summary>
    public ITokenizer Tokenizer => _source.Tokenizer;

    internal RunData Data { get; }

    /// <summary>Tells whoever opened the run.</summary>
    internal Action<string> Say => _say;

    internal int Fill => Tokenizer.EndOfText;

    /// <summary>Opens a run, new or begun before.</summary>
    /// <param name="profile">A recipe's name or file; see <see cref="Recipe.Named"/>.</param>
    /// <param name="folder">Where results stand; null: runs/NAME-seedSEED in the project's folder, or under PHI4R_RUNS.</param>
    /// <param name="say">Told in a line what is taken, made and resumed.</param>
    /// <param name="generator">Who samples the completions of the run's models; null: the engine of this process. It stays the caller's.</param>
    /// <exception cref="ArgumentException">There is no such recipe.</exception>
    /// <exception cref="InvalidDataException">
    /// The folder is another recipe's or seed's, or the recipe needs what this machine does not have; the message lists it.
    /// </exception>
    public static RecipeRun Open(string profile, int seed = 1, string? folder = null, Action<string>? say = null, IPolicyGenerator? generator = null)
    {
        var recipe = Recipe.Named(profile);
        var home = folder ?? Path.Combine(RunsFolder(), $"{recipe.Name}-seed{seed}");
        if (File.Exists(Path.Combine(home, "recipe.json")))
        {
            say?.Invoke($"{Path.Combine(home, "recipe.json")} is of an earlier version, which kept changed settings there; it is not "
                + $"obeyed: the settings are those of '{profile}'. Name that file as the recipe to use it, or delete it.");
        }

        RecipeNeeds.Check(recipe);
        Directory.CreateDirectory(home);
        if (RunRecord.RecipeNameIn(home) is { } name && name != recipe.Name)
        {
            throw new InvalidDataException(
                $"{home} holds a run of the recipe '{name}' (run.json), and '{recipe.Name}' is asked for. Name another folder.");
        }

        RemoveHalves(home);
        if (StageManifest.SeedIn(home) is { } other && other != seed)
        {
            throw new InvalidDataException($"{home} holds stages of seed {other}, and seed {seed} is asked for; "
                + "their steps and ledgers would be taken for one run's. Name another folder.");
        }

        say ??= _ => { };
        return new RecipeRun(recipe, recipe, [], seed, home, new StageStore(home, say), SourceOf(recipe), say, generator: generator);
    }

    // What a process left that was killed while it wrote; what is younger may be of one that still writes.
    private static void RemoveHalves(string home)
    {
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        foreach (var half in Directory.GetFiles(home, "*" + AtomicFile.Unfinished).Where(file => File.GetLastWriteTimeUtc(file) < old))
        {
            File.Delete(half);
        }
    }

    /// <summary>The same run with other settings. They hold for what is asked of the returned run, and nowhere else.</summary>
    public RecipeRun With(Func<Recipe, Recipe> change) => With(change(Recipe), _parameters);

    /// <summary>The same run with some settings changed. They hold for what is asked of the returned run, and nowhere else.</summary>
    /// <param name="settings">
    /// Each named by its place in a recipe file, such as "MidTrain.Epochs". A value of null leaves the recipe's own; the setting is
    /// among <see cref="Parameters"/> all the same.
    /// </param>
    /// <exception cref="ArgumentException">The recipe has no such setting, or the value makes no sense there; the message says which.</exception>
    public RecipeRun With(params (string Setting, object? Value)[] settings) => With(
        RecipeFile.Changed(Recipe, settings), [.. _parameters.Union(settings.Select(setting => setting.Setting), StringComparer.Ordinal)]);

    private RecipeRun With(Recipe recipe, IReadOnlyList<string> parameters) => new(
        recipe, _original, parameters, Seed, Folder, _store,
        RecipeFile.Same(recipe.Files, Recipe.Files) ? _source : SourceOf(recipe), _say, Data.Verifier, Data.Generator);

    private static IRecipeSource SourceOf(Recipe recipe) => recipe.Files is null ? new PocketSource() : new FileSource(recipe.Files);

    /// <summary>The same run as another verifier's code would have it judged.</summary>
    internal RecipeRun JudgedBy(string verifier) => new(Recipe, _original, _parameters, Seed, Folder, _store, _source, _say, verifier, Data.Generator);

    /// <summary>Data distillation: rollouts of the teacher, verified and labeled.</summary>
    public Distilled Distill(IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        var record = Data.Distillation(Recipe.Distill, progress, cancel);
        return new Distilled(record.ReadLines<Rollout>("rollouts.jsonl"), record.Read<int>("unverifiable.json"));
    }

    /// <summary>The base model, trained from nothing on facts and bare answers.</summary>
    public TrainedModel<TrainingReport> Base(IProgress<TrainingReport>? progress = null, CancellationToken cancel = default)
    {
        if (Recipe.PretrainData is not { } data || Recipe.Pretrain is not { } config)
        {
            return Train<TrainingReport>("base", "base", new { Seed, Recipe.Model }, [], null, (_, _) => []);
        }

        return Train<TrainingReport>("base", "base", new { Seed, Recipe.Model, data, config }, [], null, (model, work) =>
            TrainPacked(model, Data.Pretraining(data, config.RowLength, work.Ledger), config, "base", work, progress, cancel));
    }

    /// <summary>Stage 1: mid-training on all verified rollouts.</summary>
    public TrainedModel<TrainingReport> MidTrain(IProgress<TrainingReport>? progress = null, CancellationToken cancel = default)
    {
        var (start, distilled) = (Base(cancel: cancel), Data.Distillation(Recipe.Distill, null, cancel));
        return Train<TrainingReport>("mid-training", "+ mid-training", new { Seed, Recipe.MidTrain }, [start.Record, distilled], start, (model, work) =>
            TrainPacked(model, Data.Of(Distill(cancel: cancel).Verified, learnPrompt: true, Recipe.MidTrain.RowLength, work.Ledger), Recipe.MidTrain, "mid-training", work, progress, cancel));
    }

    /// <summary>The curated subset that fine-tuning learns from, and what was left out.</summary>
    public Curated Curate() => Curation.Select(
        [.. Distill().Rollouts], Recipe.Curation, Randomness.For(Seed, "curation"), rollout => Data.Length(rollout) <= Recipe.FineTune.MaxTokens);

    /// <summary>Stage 2: fine-tuning on the curated subset.</summary>
    /// <param name="from">The model to start from; null: that of mid-training. The base model shows what fine-tuning does alone.</param>
    /// <param name="packed">Packed and with the prompts learned, as mid-training is, to show what leaving that off is worth.</param>
    public TrainedModel<TrainingReport> FineTune(
        IProgress<TrainingReport>? progress = null, TrainedModel? from = null, bool packed = false, CancellationToken cancel = default)
    {
        var start = from ?? MidTrain(cancel: cancel);
        object settings = packed ? new { Seed, Recipe.Curation, Recipe.FineTune, packed, Recipe.MidTrain } : new { Seed, Recipe.Curation, Recipe.FineTune, packed };
        var stage = "sft" + (from is null ? "" : $"-from-{start.Record.Stage}") + (packed ? "-packed" : "");
        return Train<TrainingReport>(stage, "+ SFT", settings, [start.Record, Data.Distillation(Recipe.Distill, null, cancel)], start, (model, work) =>
        {
            var curated = Curate().Checked(Recipe.Curation);
            foreach (var (reason, count) in curated.LeftOut)
            {
                work.Ledger.Add("rollouts", count, $"curation: {reason}");
            }

            work.Ledger.Add("rollouts", curated.Missing, "asked for and not there: a level had too few");
            work.Ledger.Add("rollouts", curated.FromOthers, "taken of levels that had more, in the place of those that another lacked (FillFromOthers)");
            return packed
                ? TrainPacked(model, Data.Of(curated.Kept, learnPrompt: true, Recipe.MidTrain.RowLength, work.Ledger), Recipe.MidTrain with { Optimizer = Recipe.FineTune.Optimizer }, stage, work, progress, cancel)
                : Stages.FineTune.Run(model, Data.Of(curated.Kept, learnPrompt: false, Recipe.FineTune.MaxTokens, work.Ledger), Recipe.FineTune, Tokenizer, Data.SeedOf(stage), work.Checkpoints, progress, cancel: cancel);
        });
    }

    /// <summary>The preference pairs, and what became of the problems they were looked for in.</summary>
    /// <param name="fromTeacher">As in <see cref="Prefer"/>.</param>
    public (IReadOnlyList<PreferencePair> Pairs, PairingReport Report) Pairs(IProgress<int>? progress = null, bool fromTeacher = false, CancellationToken cancel = default)
    {
        var record = PairsRecord(fromTeacher, progress, cancel);
        return (record.ReadLines<PreferencePair>("pairs.jsonl"), record.Read<PairingReport>("report.json"));
    }

    /// <summary>Stage 3: Rollout-DPO from the fine-tuned model.</summary>
    /// <param name="fromTeacher">Whether the pairs are the teacher's rollouts even where the recipe's are the model's own, to show what that is worth.</param>
    public TrainedModel<PreferenceReport> Prefer(IProgress<PreferenceReport>? progress = null, bool fromTeacher = false, CancellationToken cancel = default)
    {
        var (start, pairs) = (FineTune(cancel: cancel), PairsRecord(fromTeacher, null, cancel));
        var (stage, name) = fromTeacher && !Recipe.PreferenceData.FromTeacher ? ("dpo-teacher", "+ DPO on the teacher's rollouts") : ("dpo", "+ Rollout-DPO");
        return Train<PreferenceReport>(stage, name, new { Seed, Recipe.RolloutPreference }, [start.Record, pairs], start, (model, work) =>
        {
            var data = pairs.ReadLines<PreferencePair>("pairs.jsonl");
            var reference = Reference(model, data, cancel);
            var audit = PairAudit.Of(data, Tokenizer, reference);
            work.Write("audit.json", audit);
            audit.Warnings.ToList().ForEach(warning => _say($"{stage}: warning: {warning}"));
            return RolloutPreference.Run(model, data, reference, Recipe.RolloutPreference, Fill, Data.SeedOf(stage), work.Checkpoints, progress, cancel);
        });
    }

    /// <summary>What the pairs would teach besides right and wrong, and how the fine-tuned model orders them already.</summary>
    public PairAudit AuditPairs(CancellationToken cancel = default)
    {
        var pairs = Pairs(cancel: cancel).Pairs;
        using var model = LanguageModel.ToLearn(FineTune(cancel: cancel).Load(_source.Device), Recipe.Memory with { Lora = null }, 0); // As the stage itself will hold it.
        return PairAudit.Of(pairs, Tokenizer, Reference(model, pairs, cancel));
    }

    /// <summary>The problems that reinforcement learns from, and what choosing them left out.</summary>
    public (IReadOnlyList<Problem> Problems, PromptSelectionReport Report) Prompts(CancellationToken cancel = default)
    {
        var record = Data.Prompts(Prefer(cancel: cancel), Recipe, choose: true, cancel);
        return ([.. ProblemFile.Read(Path.Combine(record.Folder, "problems.jsonl"))], record.Read<PromptSelectionReport>("report.json"));
    }

    /// <summary>Stage 4: reinforcement from the model of Rollout-DPO.</summary>
    /// <param name="stabilized">False turns the three stabilizers off, for half the steps, to show what they are worth.</param>
    public TrainedModel<ReinforceReport> Reinforce(IProgress<ReinforceReport>? progress = null, bool stabilized = true, CancellationToken cancel = default) =>
        stabilized ? Reinforce("rl", "+ RL", Recipe.Reinforce, progress, cancel) : Reinforce(Stabilizers.All, progress, cancel);

    /// <summary>Stage 4 without some of its stabilizers, for half the steps, to show what they are worth.</summary>
    public TrainedModel<ReinforceReport> Reinforce(Stabilizers without, IProgress<ReinforceReport>? progress = null, CancellationToken cancel = default)
    {
        var (config, rebalance) = (Recipe.Reinforce, !without.HasFlag(Stabilizers.Rebalance));
        config = config with
        {
            ChoosePrompts = config.ChoosePrompts && !without.HasFlag(Stabilizers.ChoosePrompts),
            Rebalance = config.Rebalance && rebalance,
            Anneal = config.Anneal && !without.HasFlag(Stabilizers.Anneal),
            PromptsPerStep = rebalance ? config.PromptsPerStep : Math.Max(1, config.PromptsPerStep / OversamplingWorth),
            Steps = Math.Max(1, config.Steps / 2),
        };
        return without == Stabilizers.All
            ? Reinforce("rl-plain", "+ RL, no stabilizers", config, progress, cancel)
            : Reinforce($"rl-without-{without.ToString().Replace(", ", "-", StringComparison.Ordinal).ToLowerInvariant()}", $"+ RL without {without}", config, progress, cancel);
    }

    private TrainedModel<ReinforceReport> Reinforce(string stage, string name, ReinforceConfig config, IProgress<ReinforceReport>? progress, CancellationToken cancel)
    {
        var start = Prefer(cancel: cancel);
        var prompts = Data.Prompts(start, Recipe, config.ChoosePrompts, cancel);
        return Train<ReinforceReport>(stage, name, Data.Sampled(new { Seed, config }), [start.Record, prompts], start, (model, work) =>
        {
            var steps = Stages.Reinforce.Run(
                model, Tokenizer, [.. ProblemFile.Read(Path.Combine(prompts.Folder, "problems.jsonl"))], config.RewardVerifier, config,
                Data.SeedOf(stage), work.Checkpoints, progress, Data.Generator, cancel);
            RunData.Account(steps, config, work.Ledger);
            return steps;
        }, judges: true);
    }

    private IReadOnlyList<(double Chosen, double Rejected)> Reference(LanguageModel model, IReadOnlyList<PreferencePair> pairs, CancellationToken cancel) =>
        ReferenceCache.Take(Path.Combine(Folder, "reference"), model, pairs, Recipe.RolloutPreference, Fill, _say, cancel);

    // The recipe's pairs, or the teacher's even where the recipe's are the model's own.
    private StageRecord PairsRecord(bool fromTeacher, IProgress<int>? progress, CancellationToken cancel) =>
        Data.Pairs(FineTune(cancel: cancel), fromTeacher ? Recipe.PreferenceData with { FromTeacher = true } : Recipe.PreferenceData, progress, cancel);

    // Loads the model that a stage starts from, runs the stage, and keeps its weights and steps.
    private TrainedModel<TReport> Train<TReport>(
        string stage,
        string name,
        object settings,
        IReadOnlyList<StageRecord> inputs,
        TrainedModel? start,
        Func<LanguageModel, StageWork, IReadOnlyList<TReport>> run,
        bool judges = false)
        where TReport : class, IStepReport
    {
        var memory = start is null ? Recipe.Memory with { Lora = null } : Recipe.Memory;
        var record = _store.Take(stage, Data.Settings(memory.KeyOf(settings), judges), inputs, work =>
        {
            var exact = start?.LoadToLearn(_source.Device, memory) ?? _source.FirstModel(Recipe.Model, Data.SeedOf("weights"));
            using var model = LanguageModel.ToLearn(exact, memory, Data.SeedOf($"{stage} adapters"));
            work.WriteSteps(run(model, work));
            work.WriteModel(model, Tokenizer);
        }, Recipe.Checkpoints);
        return new TrainedModel<TReport>(name, record, Recipe.Model, record.ReadLines<TReport>(StageWork.StepsFile));
    }

    private IReadOnlyList<TrainingReport> TrainPacked(
        LanguageModel model, IReadOnlyList<Example> documents, MidTrainConfig config, string stage, StageWork work, IProgress<TrainingReport>? progress, CancellationToken cancel) =>
        Stages.MidTrain.Run(model, documents, config, Tokenizer, Data.SeedOf(stage), work.Checkpoints, progress, cancel: cancel);
}
