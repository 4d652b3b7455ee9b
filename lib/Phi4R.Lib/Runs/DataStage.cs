namespace Phi4R.Runs;

/// <summary>A stage that makes data.</summary>
public sealed record DataStage<TResult> : StageDefinition<TResult>
    where TResult : notnull
{
    /// <summary>Writes the result's files into the stage's folder.</summary>
    public required Action<StageContext> Make { get; init; }

    /// <summary>Reads the result from the stage's folder.</summary>
    public required Func<StageRecord, TResult> Read { get; init; }

    internal override TResult Get(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel) =>
        Read(Record(run, progress, cancel));

    internal override StageRecord Record(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel)
    {
        var context = new StageContext(run, this, progress, cancel);
        return run.Take(context, Settings(context.Recipe, run.Seed), work => Make(context.With(work)));
    }
}
