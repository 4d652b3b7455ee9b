using Phi4R.Evaluation;

namespace Phi4R.Runs;

/// <summary>What each stage of a run gained.</summary>
/// <param name="Summary">The table.</param>
/// <param name="Results">The answers' scores of each model, in the order of the stages.</param>
public sealed record Evaluated(RunSummary Summary, IReadOnlyList<ModelResults> Results);

/// <summary>The stage that asks every model of the run the benchmarks.</summary>
public sealed record EvaluationStage : StageDefinition<Evaluated>
{
    internal override Evaluated Get(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel) =>
        run.Summarize(StageProgress.Counted(progress, Name, run.AnswersOfEvaluation, "answers"), cancel);

    internal override StageRecord? Record(
        RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel) => null;

    // Ablations are evaluated under other names.
    internal override IEnumerable<string> Folders(IReadOnlyList<StageDefinition> stages) => stages
        .Where(stage => stage.Model is not null)
        .SelectMany(stage => new[] { RecipeRun.AnswersStage(stage.Name), RecipeRun.VerdictsStage(stage.Name) });
}
