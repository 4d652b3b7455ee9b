using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Sampling;
using Phi4R.Stages;
using Phi4R.Training;

namespace Phi4R.Recipes;

/// <summary>Any batch of any stage of a run, token by token.</summary>
public static class RunXray
{
    /// <summary>The rows that a stage feeds in one forward pass of a step; made as the stage makes them, from the same streams.</summary>
    /// <param name="stage">base, mid-training, sft, dpo or rl.</param>
    /// <param name="step">From 0; in reinforcement, which draws its answers as it goes, the answers of the model that it starts from to the problems of that step.</param>
    /// <param name="rows">Rows at the most.</param>
    /// <exception cref="ArgumentException">There is no such stage or step; the message lists those there are.</exception>
    public static TokenXray Xray(this RecipeRun run, string stage, int step = 0, int rows = 8)
    {
        var (recipe, ledger) = (run.Recipe, new Ledger(stage));
        return stage switch
        {
            "base" when recipe is { PretrainData: { } data, Pretrain: { } config } =>
                Rows(MidTrain.Steps(run.Data.Pretraining(data, config.RowLength, ledger), config, run.Data.SeedOf(stage)), promptsLearned: true),
            "mid-training" => Rows(MidTrain.Steps(
                run.Data.Of(run.Distill().Verified, learnPrompt: true, recipe.MidTrain.RowLength, ledger), recipe.MidTrain, run.Data.SeedOf(stage)), promptsLearned: true),
            "sft" => Rows(FineTune.Steps(
                run.Data.Of(run.Curate().Kept, learnPrompt: false, recipe.FineTune.MaxTokens, ledger), recipe.FineTune, run.Data.SeedOf(stage)), promptsLearned: false),
            "dpo" => TokenXray.Of([.. Step(RolloutPreference.Steps(run.Pairs().Pairs, recipe.RolloutPreference, run.Data.SeedOf(stage))).Take((rows + 1) / 2)], run.Tokenizer, recipe.Model, run.Fill),
            "rl" => TokenXray.Of(Sampled(run, step, rows), run.Tokenizer, recipe.Model, run.Fill),
            _ => throw new ArgumentException($"The stage '{stage}' of the recipe '{recipe.Name}' feeds no rows; there are {(recipe.Pretrain is null ? "" : "base, ")}mid-training, sft, dpo and rl."),
        };

        TokenXray Rows(IReadOnlyList<PackedRow[]> steps, bool promptsLearned) =>
            TokenXray.Of([.. Step(steps).Take(rows)], run.Tokenizer, recipe.Model, run.Fill, new XrayRules(promptsLearned, AnswersEnd: true));

        T Step<T>(IReadOnlyList<T> steps) => step >= 0 && step < steps.Count ? steps[step] : throw new ArgumentException($"The stage '{stage}' has steps 0 to {steps.Count - 1}; step {step} was asked for.");
    }

    // The groups of one problem after the other, until the rows are full; every answer, since what is kept is decided later.
    private static List<PolicyRollout> Sampled(RecipeRun run, int step, int rows)
    {
        var (config, seed) = (run.Recipe.Reinforce, run.Data.SeedOf("rl"));
        var problems = run.Prompts().Problems;
        using var model = run.Prefer().Load();
        var asked = Reinforce.Asked(problems, config.PromptsPerStep, step, seed)
            .Take((rows + config.AnswersPerPrompt - 1) / config.AnswersPerPrompt).ToList();
        var options = new GroupOptions
        {
            GroupSize = config.AnswersPerPrompt,
            Sampling = config.SamplingAt(step),
            Stream = (problem, answer) => Randomness.For(seed, "reinforcement rollouts", step, problem, answer),
        };
        var groups = RolloutCollector.Collect(run.Data.Generator, model, run.Tokenizer, asked, config.RewardVerifier, options);
        return [.. groups.SelectMany(group => group.Completions.Select(graded =>
            new PolicyRollout(group.PromptIds, graded.Completion, graded.IsCorrect ? 1 : -1))).Take(rows)];
    }
}
