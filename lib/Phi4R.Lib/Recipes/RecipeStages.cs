using Phi4R.Foundation;
using Phi4R.Stages;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>How far a running stage is.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Steps">In all; 0 where that is not known.</param>
/// <param name="Values">What is watched, by name.</param>
/// <param name="Warning">What a person should look at, or null.</param>
/// <param name="Seconds">That the step took, which a run that goes on may have done before; null where only the clock says it.</param>
public sealed record StageProgress(string Stage, int Step, int Steps, IReadOnlyList<(string Name, double Value)> Values, string? Warning = null, double? Seconds = null);

/// <summary>The recipe's stages in their order, run one after the other without a notebook.</summary>
public static class RecipeStages
{
    /// <summary>Names of the stages, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["distillation", "base", "mid-training", "sft", "dpo", "rl", "evaluation"];

    /// <summary>The places of the first and the last stage among <see cref="Names"/>.</summary>
    /// <param name="from">The first; null for the first of all.</param>
    /// <param name="to">The last; null for the last of all.</param>
    /// <exception cref="ArgumentException">There is no such stage, or the last comes before the first.</exception>
    public static (int First, int Last) Check(string? from, string? to)
    {
        var (first, last) = (IndexOf(from ?? Names[0]), IndexOf(to ?? Names[^1]));
        return first <= last ? (first, last) : throw new ArgumentException($"The first stage '{from}' comes after the last '{to}'; the order is {string.Join(", ", Names)}.");

        static int IndexOf(string stage)
        {
            var index = Names.ToList().IndexOf(stage);
            return index >= 0 ? index : throw new ArgumentException($"There is no stage '{stage}'; there are {string.Join(", ", Names)}.");
        }
    }

    /// <summary>Runs stages; those before the first are taken from the run's folder, or made where they are missing, since each needs the one before it.</summary>
    /// <param name="from">The first; null for the first of all.</param>
    /// <param name="to">The last; null for the last of all.</param>
    /// <param name="done">Told of each stage that is finished.</param>
    /// <returns>What each model gained, where the evaluation was among the stages; otherwise null.</returns>
    /// <exception cref="ArgumentException">There is no such stage, or the last comes before the first.</exception>
    public static RunSummary? Run(RecipeRun run, string? from = null, string? to = null, IProgress<StageProgress>? progress = null, Action<string>? done = null, CancellationToken cancel = default)
    {
        var (first, last) = Check(from, to);
        RunSummary? summary = null;
        foreach (var (number, stage) in Names.Take(last + 1).Index())
        {
            switch (stage)
            {
                case "distillation": run.Distill(Count(stage, run.Recipe.Distill.Problems, "problems"), cancel); break;
                case "base": run.Base(Training(stage), cancel); break;
                case "mid-training": run.MidTrain(Training(stage), cancel); break;
                case "sft": run.FineTune(Training(stage), cancel: cancel); break;
                case "dpo":
                    run.Pairs(Count("pairs", run.Recipe.PreferenceData.Problems * run.Recipe.PreferenceData.AnswersPerProblem, "answers"), cancel: cancel);
                    run.Prefer(new InlineProgress<PreferenceReport>(report => progress?.Report(new(stage, report.Step, report.Steps,
                        [("loss", report.Loss), ("margin", report.Margin), ("chosen less reference", report.ChosenChange)], Warning(report, report.Warning), report.Seconds))), cancel: cancel);
                    break;
                case "rl":
                    run.Reinforce(new InlineProgress<ReinforceReport>(report => progress?.Report(new(stage, report.Step, report.Steps,
                        [("reward", report.MeanReward), ("all wrong", report.AllWrong), ("all right", report.AllRight), ("used", report.Used), ("cut", report.Cut), ("length", report.MeanLength), ("entropy", report.Entropy)], Warning(report, report.Warning), report.Seconds))), cancel: cancel);
                    break;
                default: summary = run.Summarize(Count(stage, run.AnswersOfEvaluation, "answers"), cancel).Summary; break;
            }

            if (number >= first)
            {
                done?.Invoke(stage);
            }
        }

        return summary;

        InlineProgress<int> Count(string stage, int all, string what) => new(count => progress?.Report(new(stage, count - 1, all, [(what, count)])));

        InlineProgress<TrainingReport> Training(string stage) => new(report => progress?.Report(new(stage, report.Step, report.Steps,
            [("loss", report.Loss), ("tokens/s", report.Tokens / Math.Max(1e-9, report.Seconds))], Warning(report, null), report.Seconds)));

        static string? Warning(IStepReport report, string? other) => report.Skipped > 0 ? "The gradient was not finite, so the step changed nothing." : other;
    }
}
