using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference;
using Phi4R.Stages;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>Any batch of any stage of a run, token by token.</summary>
public static class RunXray
{
    /// <summary>
    /// The rows that a stage feeds in one forward pass of a step; made as the stage makes them, from the same streams.
    /// </summary>
    /// <param name="stage">A stage that feeds rows to a model, such as <see cref="Pipeline.Sft"/>.</param>
    /// <param name="step">
    /// From 0; in reinforcement, which draws its answers as it goes, the answers of the model that it starts from to
    /// the problems of that step.
    /// </param>
    /// <param name="rows">Rows at the most.</param>
    /// <exception cref="ArgumentException">
    /// The stage feeds no rows or has no such step; the message lists those there are.
    /// </exception>
    public static TokenXray Xray(this RecipeRun run, StageDefinition stage, int step = 0, int rows = 8) =>
        run.Listed(stage) is { Inspect: { } inspect } listed
            ? inspect(new StageContext(run, listed, null, default), step, rows)
            : throw new ArgumentException($"The stage '{stage.Name}' feeds no rows to a model; those that do are "
                + $"{string.Join(", ", run.Stages.Where(one => one.Inspect is not null).Select(one => one.Name))}.");

    /// <summary>Rows of a step of documents.</summary>
    /// <param name="steps">The rows of each step.</param>
    /// <param name="promptsLearned">Whether the prompts are in the loss.</param>
    public static TokenXray Rows(
        this StageContext stage, IReadOnlyList<PackedSequence[]> steps, bool promptsLearned, int step, int rows) =>
            TokenXray.Of(
        [.. stage.StepOf(steps, step).Take(rows)], stage.Tokenizer, stage.Recipe.Model, stage.Run.Fill,
        new XrayRules(promptsLearned, AnswersEnd: true));

    internal static TokenXray Pairs(
        this StageContext stage, IReadOnlyList<PreferencePair[]> steps, int step, int rows) =>
        TokenXray.Of(
            [.. stage.StepOf(steps, step).Take((rows + 1) / 2)], stage.Tokenizer, stage.Recipe.Model, stage.Run.Fill);

    internal static TokenXray Sampled(this StageContext stage, int step, int rows) =>
        TokenXray.Of(Drawn(stage, step, rows), stage.Tokenizer, stage.Recipe.Model, stage.Run.Fill);

    private static T StepOf<T>(this StageContext stage, IReadOnlyList<T> steps, int step) =>
        step >= 0 && step < steps.Count ? steps[step] : throw new ArgumentException(
            $"The stage '{stage.Stage.Name}' has steps 0 to {steps.Count - 1}; step {step} was asked for.");

    // The groups of one problem after the other, until the rows are full; every answer, since what is kept is decided
    // later.
    private static List<PolicyRollout> Drawn(StageContext stage, int step, int rows)
    {
        var (config, seed) = (stage.Recipe.Grpo, stage.Seed);
        var problems = stage.Input<PromptData>().Problems;
        using var model = stage.Start!.Load();
        var asked = Grpo.Asked(problems, config.PromptsPerStep, step, seed)
            .Take((rows + config.GroupSize - 1) / config.GroupSize).ToList();
        var options = new GroupOptions
        {
            GroupSize = config.GroupSize,
            Sampling = config.SamplingAt(step),
            Stream = (problem, answer) => Randomness.For(seed, "reinforcement rollouts", step, problem, answer),
        };
        var groups = RolloutCollector.Collect(stage.Data.Generator, model, stage.Tokenizer, asked,
            config.RewardVerifier, options);
        return [.. groups.SelectMany(group => group.Completions.Select(graded =>
            new PolicyRollout(group.PromptIds, graded.Completion, graded.IsCorrect ? 1 : -1))).Take(rows)];
    }
}
