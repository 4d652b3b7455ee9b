using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>A stage that trains a model, from the model of a stage before it or from the first weights.</summary>
public sealed record TrainingStage<TReport> : StageDefinition<TrainedModel<TReport>>
    where TReport : class, IStepReport
{
    /// <summary>Trains the model in place and returns a report of each step; each step is told as it is done.</summary>
    public required Func<LanguageModel, StageContext, IProgress<TReport>, IReadOnlyList<TReport>> Train { get; init; }

    /// <summary>The numbers of a step that a person watches while the stage runs.</summary>
    public required Func<TReport, IReadOnlyList<(string Name, double Value)>> Watched { get; init; }

    internal override TrainedModel<TReport> Get(
        RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel)
    {
        var record = Record(run, progress, cancel);
        return new(Model ?? Name, record, run.Recipe.Model, record.ReadLines<TReport>(StageWork.StepsFile));
    }

    internal override StageRecord Record(RecipeRun run, IProgress<StageProgress>? progress, CancellationToken cancel)
    {
        var context = new StageContext(run, this, progress, cancel);
        var start = context.Start;
        var memory = start is null ? run.Recipe.Memory with { Lora = null } : run.Recipe.Memory;
        return run.Take(context, memory.KeyOf(Settings(context.Recipe, run.Seed)), work =>
        {
            var source = run.Data.Source;
            var exact = start?.LoadToLearn(source.Device, memory)
                ?? source.FirstModel(run.Recipe.Model, run.Data.SeedOf("weights"));
            using var model = LanguageModel.PrepareForTraining(
                exact, memory, run.Data.SeedOf($"{Name} adapters"), source.Device);
            work.WriteSteps(Train(model, context.With(work), Told(progress)));
            work.WriteModel(model, run.Tokenizer);
        });
    }

    private InlineProgress<TReport> Told(IProgress<StageProgress>? progress) => new(report => progress?.Report(
        new(Name, report.Step, report.Steps, Watched(report))
        {
            Warning = report.Skipped > 0 ? "The gradient was not finite, so the step changed nothing." : report.Warning,
            Seconds = report.Seconds,
        }));
}
