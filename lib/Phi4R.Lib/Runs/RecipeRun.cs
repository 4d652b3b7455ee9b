using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Inference.Local;
using Phi4R.Native;
using Phi4R.Recipes;
using Phi4R.Text;

namespace Phi4R.Runs;

/// <summary>
/// One run of a recipe: each stage takes the stage before it from the run's folder, or makes it first. A stage that was
/// stopped goes on from its last checkpoint; one whose settings and inputs have not changed is not run again.
/// </summary>
public sealed partial class RecipeRun
{
    /// <summary>What the run's files held when they were last read, so that no opening reads them again.</summary>
    internal const string HashesFile = "hashes.jsonl";

    private readonly StageStore _store;
    private readonly FileHashes _hashes;
    private readonly Action<string> _say;
    private readonly IRecipeSource _source;
    private readonly Recipe _original;
    private readonly IReadOnlyList<string> _parameters;

    private RecipeRun(
        Recipe recipe, Recipe original, IReadOnlyList<string> parameters, int seed, string folder, StageStore store,
        FileHashes hashes, IRecipeSource source, Action<string> log, IReadOnlyList<StageDefinition> stages,
        string? verifier = null, IPolicyGenerator? generator = null)
    {
        (Recipe, _original, _parameters, Seed, Folder, Stages) = (recipe, original, parameters, seed, folder, stages);
        (_store, _hashes, _source, _say) = (store, hashes, source, log);
        Data = new RunData(_source, recipe.Model, seed, generator) { Verifier = verifier ?? RoomCode.Verifier };
    }

    /// <summary>Every number of the run.</summary>
    public Recipe Recipe { get; }

    /// <summary>
    /// The settings that were named when it was changed, and any other that differs from the recipe's.
    /// </summary>
    public IReadOnlyList<RunParameter> Parameters => RunParameter.Of(_original, Recipe, _parameters);

    /// <summary>What every stream of random numbers comes from.</summary>
    public int Seed { get; }

    /// <summary>Where the run's results stand.</summary>
    public string Folder { get; }

    /// <summary>The run's stages, in the order in which they run.</summary>
    public IReadOnlyList<StageDefinition> Stages { get; }

    /// <summary>Token ids of the run's texts.</summary>
    public ITokenizer Tokenizer => _source.Tokenizer;

    /// <summary>The processes that make the run's stages together.</summary>
    public ICollective Ranks => _store.Ranks;

    internal RunData Data { get; }

    internal FileHashes Hashes => _hashes;

    /// <summary>Tells whoever opened the run.</summary>
    internal Action<string> Say => _say;

    internal int Fill => Tokenizer.EndOfText;

    internal string ReferenceFolder => Path.Combine(Folder, "reference");

    /// <summary>Opens a run, new or begun before.</summary>
    /// <param name="profile">A recipe's name or file; see <see cref="Recipe.Named"/>.</param>
    /// <param name="folder">Where results stand; null: NAME-seedSEED in <see cref="HostOptions.RunsFolder"/>.</param>
    /// <param name="log">Is called with a line on what is taken, made and resumed.</param>
    /// <param name="stages">The run's stages in order; <see cref="Pipeline.Of"/> the recipe by default.</param>
    /// <param name="generator">
    /// Who samples the completions of the run's models; null: the engine of this process. It stays the caller's.
    /// </param>
    /// <param name="ranks">
    /// The processes that make the stages together, all of which open the run alike and share its folder, to which rank
    /// 0 writes; null: this process alone.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no such recipe, or two stages have one name, or one comes before a stage that it needs; or several
    /// ranks are to sample with a generator.
    /// </exception>
    /// <exception cref="InvalidDataException">
    /// The folder is another recipe's or seed's, or the recipe needs what this machine does not have; the message lists
    /// it.
    /// </exception>
    public static RecipeRun Open(
        string profile, int seed = 1, string? folder = null, Action<string>? log = null,
        IReadOnlyList<StageDefinition>? stages = null, IPolicyGenerator? generator = null, ICollective? ranks = null)
    {
        ranks ??= SingleProcess.Instance;
        if (ranks.Size > 1)
        {
            generator = generator is null
                ? new SharedGenerator(new LocalGenerator(), ranks)
                : throw new ArgumentException($"{ranks.Size} ranks each sample a part of the completions with the "
                    + "engine of their own process. Leave out the generator, or start one process.");
        }

        var recipe = Recipe.Named(profile);
        stages = Checked(stages ?? Pipeline.Of(recipe));
        var home = folder ?? FolderOf(recipe, seed);
        if (File.Exists(Path.Combine(home, "recipe.json")))
        {
            log?.Invoke($"{Path.Combine(home, "recipe.json")} is of an earlier version, which kept changed settings "
                + "there; it is not "
                + $"obeyed: the settings are those of '{profile}'. Name that file as the recipe to use it, "
                + "or delete it.");
        }

        RecipeNeeds.Check(recipe);
        Directory.CreateDirectory(home);
        if (RunRecord.RecipeNameIn(home) is { } name && name != recipe.Name)
        {
            throw new InvalidDataException(
                $"{home} holds a run of the recipe '{name}' (run.json), and '{recipe.Name}' is asked for. Name "
                    + "another folder.");
        }

        RemoveHalves(home);
        if (StageManifest.SeedIn(home) is { } other && other != seed)
        {
            throw new InvalidDataException($"{home} holds stages of seed {other}, and seed {seed} is asked for; "
                + "their steps and ledgers would be taken for one run's. Name another folder.");
        }

        log ??= _ => { };
        var hashes = new FileHashes(Path.Combine(home, HashesFile));
        return new RecipeRun(recipe, recipe, [], seed, home, new StageStore(home, log, ranks, hashes), hashes,
            SourceOf(recipe, hashes), log, stages, null, generator);
    }

    /// <summary>Where a run's results stand unless its caller names a folder.</summary>
    /// <param name="profile">A recipe's name or file; see <see cref="Recipe.Named"/>.</param>
    public static string FolderOf(string profile, int seed) => FolderOf(Recipe.Named(profile), seed);

    private static string FolderOf(Recipe recipe, int seed) =>
        Path.Combine(HostOptions.Current.RunsFolder, $"{recipe.Name}-seed{seed}");

    private static IReadOnlyList<StageDefinition> Checked(IReadOnlyList<StageDefinition> stages)
    {
        foreach (var (place, stage) in stages.Index())
        {
            var before = stages.Take(place).Select(earlier => earlier.Name).ToHashSet(StringComparer.Ordinal);
            if (before.Contains(stage.Name))
            {
                throw new ArgumentException($"Two stages are named '{stage.Name}'. Give each a name of its own.");
            }

            if (stage.After.FirstOrDefault(needed => !before.Contains(needed.Name)) is { } missing)
            {
                throw new ArgumentException(
                    $"The stage '{stage.Name}' comes after '{missing.Name}', which is not before it in the list.");
            }
        }

        return stages;
    }

    // What a process left that was killed while it wrote; what is younger may be of one that still writes.
    private static void RemoveHalves(string home)
    {
        var old = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1);
        var tokens = Path.Combine(home, RunData.TokensFolder);
        foreach (var half in Directory.GetFiles(home, "*" + AtomicFile.Unfinished)
            .Concat(Directory.Exists(tokens) ? Directory.GetFiles(tokens, "*" + AtomicFile.Unfinished) : [])
            .Where(file => File.GetLastWriteTimeUtc(file) < old))
        {
            File.Delete(half);
        }
    }

    /// <summary>
    /// The same run with other settings. They hold for what is asked of the returned run, and nowhere else.
    /// </summary>
    public RecipeRun With(Func<Recipe, Recipe> change) => With(change(Recipe), _parameters);

    /// <summary>
    /// The same run with some settings changed. They hold for what is asked of the returned run, and nowhere else.
    /// </summary>
    /// <param name="settings">
    /// Each named by its place in a recipe file, such as "MidTraining.Epochs". A value of null leaves the recipe's own;
    /// the setting is among <see cref="Parameters"/> all the same.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The recipe has no such setting, or the value makes no sense there; the message says which.
    /// </exception>
    public RecipeRun With(params (string Setting, object? Value)[] settings) => With(
        RecipeFile.Changed(Recipe, settings),
        [.. _parameters.Union(settings.Select(setting => setting.Setting), StringComparer.Ordinal)]);

    private RecipeRun With(Recipe recipe, IReadOnlyList<string> parameters) => new(
        recipe, _original, parameters, Seed, Folder, _store, _hashes,
        RecipeFile.Same(recipe.Files, Recipe.Files) ? _source : SourceOf(recipe, _hashes), _say, Stages, Data.Verifier,
        Data.Generator);

    private static IRecipeSource SourceOf(Recipe recipe, FileHashes hashes) =>
        recipe.Files is null ? new PocketSource() : new FileSource(recipe.Files, hashes);

    /// <summary>The same run as another verifier's code would have it judged.</summary>
    internal RecipeRun JudgedBy(string verifier) =>
        new(Recipe, _original, _parameters, Seed, Folder, _store, _hashes, _source, _say, Stages, verifier,
            Data.Generator);

    /// <summary>
    /// The result of a stage: taken from the run's folder, or made there, with those before it that are missing.
    /// </summary>
    /// <param name="stage">
    /// A stage of <see cref="Pipeline"/> or of <see cref="Ablations"/>, or one's own. Where the run has a stage of that
    /// name, it is that one.
    /// </param>
    /// <param name="progress">
    /// Is called with how far the stage is; a stage before it that is made on the way tells nothing.
    /// </param>
    /// <param name="cancel">
    /// Stops the stage after its next step; it goes on from there when it is asked for again.
    /// </param>
    public TResult Get<TResult>(
        StageDefinition<TResult> stage, IProgress<StageProgress>? progress = null, CancellationToken cancel = default)
        where TResult : notnull => ((StageDefinition<TResult>)Listed(stage)).Get(this, progress, cancel);

    /// <summary>
    /// The finished stage that a line of the run's log says was taken as it stands; null for any other line. For
    /// whoever shows many such lines as one.
    /// </summary>
    public static string? TakenStage(string line) => TakenLine.Read(line)?.Stage;

    /// <summary>The curated subset that fine-tuning learns from, and what was left out.</summary>
    public Curated Curate() => Data.Curate(new StageContext(this, Listed(Pipeline.Sft), null, default));

    /// <summary>The run's own stage of that name and kind, or else the stage as it is.</summary>
    internal StageDefinition Listed(StageDefinition stage) =>
        Stages.FirstOrDefault(own => own.Name == stage.Name && own.GetType() == stage.GetType()) ?? stage;

    internal StageRecord Take(StageContext stage, object settings, Action<StageWork> make) => _store.Take(
        stage.Stage.Name,
        Data.Settings(
            stage.Stage.SamplesAsItLearns ? Data.Sampled(settings) : settings,
            stage.Stage.Judges(stage.Recipe), stage.Stage.Draws(stage.Recipe)),
        [.. stage.Before.Select(before => before.Record(this, null, stage.Cancel)).OfType<StageRecord>()],
        make,
        Recipe.Checkpoints);
}
