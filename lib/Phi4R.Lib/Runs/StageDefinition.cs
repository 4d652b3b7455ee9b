using Phi4R.Recipes;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// One stage of a run, with everything that running, planning, inspecting and showing it need; <see
/// cref="Pipeline.Stages"/> lists them.
/// </summary>
public abstract record StageDefinition
{
    /// <summary>The name that the stage's folder begins with and that a command line takes.</summary>
    public required string Name { get; init; }

    /// <summary>The stage's name for a reader, in figures and on the map.</summary>
    public required string Label { get; init; }

    /// <summary>
    /// The stages whose results go into this one, in the order in which its key holds them; it starts from the first
    /// model among them.
    /// </summary>
    public IReadOnlyList<StageDefinition> After { get; init; } = [];

    /// <summary>
    /// What the stage has otherwise than the run's recipe says; an ablation is a stage with such a change.
    /// </summary>
    public Func<Recipe, Recipe> Change { get; init; } = recipe => recipe;

    /// <summary>
    /// What the result depends on, of a recipe and a seed, besides the results of the stages before it; its key holds
    /// this as JSON.
    /// </summary>
    public required Func<Recipe, int, object> Settings { get; init; }

    /// <summary>Whether answers are verified in the stage, so that its key holds the verifier's code.</summary>
    public Func<Recipe, bool> Judges { get; init; } = _ => false;

    /// <summary>
    /// Whether a model that is not trained writes answers in the stage, so that its key holds the type of its weights.
    /// </summary>
    public Func<Recipe, bool> Draws { get; init; } = _ => false;

    /// <summary>
    /// Whether the model that is trained writes answers in the stage, so that its key holds who sampled them where that
    /// can make a difference.
    /// </summary>
    public bool SamplesAsItLearns { get; init; }

    /// <summary>
    /// What the stage is expected to take, from a probe; null where the recipe leaves the stage out or no plan shows
    /// it.
    /// </summary>
    public Func<PlanProbe, string, StagePlan?>? Plan { get; init; }

    /// <summary>
    /// The rows of a step (first number), so many at the most (second), token by token; null where the stage feeds none
    /// to a model.
    /// </summary>
    public Func<StageContext, int, int, TokenXray>? Inspect { get; init; }

    /// <summary>The words of the stage's box on the map of the recipe; null where it has none.</summary>
    public StageOnMap? Map { get; init; }

    /// <summary>
    /// What the model of this stage is called in tables of results; null where the stage makes no model.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>The stage's row of <see cref="Paper.StageTable"/>; null where the paper has none.</summary>
    public string? PaperRow { get; init; }

    /// <summary>
    /// What the stage costs and gains in the recipe <see cref="Lab"/>; null where that is not estimated.
    /// </summary>
    public StageEstimate? OnLab { get; init; }

    /// <summary>Makes the result, or takes it where it stands finished.</summary>
    internal abstract object Result(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel);

    /// <summary>
    /// The result's folder, made where it is missing; null for a stage that keeps its parts in folders of their own.
    /// </summary>
    internal abstract StageRecord? Record(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel);

    /// <summary>Names of the folders that hold the stage's result in a run of such stages.</summary>
    internal virtual IEnumerable<string> Folders(IReadOnlyList<StageDefinition> stages) => [Name];
}

/// <summary>The words of a stage's box on the map of the recipe.</summary>
/// <param name="Purpose">What the stage does, in one or two lines.</param>
/// <param name="Gives">What it hands to the stage after it; empty for the last.</param>
public sealed record StageOnMap(IReadOnlyList<string> Purpose, string Gives);

/// <summary>A stage whose result is of a known type; <see cref="RecipeRun.Get"/> takes it.</summary>
public abstract record StageDefinition<TResult> : StageDefinition
    where TResult : notnull
{
    /// <summary>Makes the result, or takes it where it stands finished.</summary>
    internal abstract TResult Get(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel);

    internal sealed override object Result(
        RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel) => Get(run, progress, cancel);
}
