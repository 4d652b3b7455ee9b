using Phi4R.Recipes;
using Phi4R.Stages;

namespace Phi4R.Runs;

/// <summary>
/// Stages that leave a choice of the recipe out, to show what it is worth; they are in no run's list and made where
/// they are asked for.
/// </summary>
public static class Ablations
{
    /// <summary>
    /// GroupFilter learns from about a fifth of what it draws; without it, a fifth of the problems give as many answers
    /// to learn from.
    /// </summary>
    private const int OversamplingWorth = 5;

    /// <summary>Fine-tuning from the base model, which shows what it does alone.</summary>
    public static StageDefinition<TrainedModel<Training.TrainingReport>> SftFromBase { get; } =
        Pipeline.Sft with { Name = "sft-from-base", After = [Pipeline.Base, Pipeline.Distillation] };

    /// <summary>Fine-tuning in packed rows with the prompts learned, as in mid-training.</summary>
    public static StageDefinition<TrainedModel<Training.TrainingReport>> SftPacked { get; } = Pipeline.Sft with
    {
        Name = "sft-packed",
        Settings = (recipe, seed) =>
            new { Seed = seed, recipe.Curation, recipe.Sft, packed = true, recipe.MidTraining },
        Train = (model, stage, progress) => MidTraining.Run(
            model, stage.Data.Curated(stage, learnPrompt: true, stage.Recipe.MidTraining.SequenceLength),
            stage.Recipe.MidTraining with { Optimizer = stage.Recipe.Sft.Optimizer },
            stage.Tokenizer, stage.Seed, stage.Checkpoints, progress, cancel: stage.Cancel),
    };

    /// <summary>Pairs of the teacher's rollouts, even where the recipe's are of the model's own.</summary>
    public static StageDefinition<PairData> PairsOfTeacher { get; } = Pipeline.Pairs with
    {
        Name = "pairs-teacher",
        Change = recipe => recipe with { PreferenceData = recipe.PreferenceData with { FromTeacher = true } },
    };

    private static DataStage<PromptData> AnyPrompts { get; } = Pipeline.Prompts with
    {
        Name = "prompts-any",
        Change = recipe => recipe with { Grpo = recipe.Grpo with { ChoosePrompts = false } },
    };

    /// <summary>
    /// Rollout-DPO on the teacher's rollouts; the recipe's own stage where it learns from those anyway.
    /// </summary>
    public static StageDefinition<TrainedModel<DpoReport>> DpoOnTeacher(Recipe recipe) =>
        recipe.PreferenceData.FromTeacher ? Pipeline.Dpo : Pipeline.Dpo with
        {
            Name = "dpo-teacher",
            Model = "+ DPO on the teacher's rollouts",
            After = [Pipeline.Sft, PairsOfTeacher],
        };

    /// <summary>Reinforcement without some of its stabilizers.</summary>
    public static StageDefinition<TrainedModel<GrpoReport>> GrpoWithout(Stabilizers without)
    {
        var names = without.ToString().Replace(", ", "-", StringComparison.Ordinal).ToLowerInvariant();
        var (chooses, rebalances) =
            (!without.HasFlag(Stabilizers.ChoosePrompts), !without.HasFlag(Stabilizers.Rebalance));
        return Pipeline.Grpo with
        {
            Name = without == Stabilizers.All ? "rl-plain" : $"rl-without-{names}",
            Model = without == Stabilizers.All ? "+ RL, no stabilizers" : $"+ RL without {without}",
            After = [Pipeline.Dpo, chooses ? Pipeline.Prompts : AnyPrompts],
            Change = recipe => recipe with { Grpo = Changed(recipe.Grpo) },
        };

        GrpoConfig Changed(GrpoConfig config) => config with
        {
            ChoosePrompts = config.ChoosePrompts && chooses,
            Rebalance = config.Rebalance && rebalances,
            Anneal = config.Anneal && !without.HasFlag(Stabilizers.Anneal),
            PromptsPerStep = rebalances
                ? config.PromptsPerStep
                : Math.Max(1, config.PromptsPerStep / OversamplingWorth),
        };
    }

    /// <summary>
    /// What the recipe's choices are called when each is undone, the stage without it, and the recipe's own stage.
    /// </summary>
    internal static IEnumerable<(string Choice, StageDefinition Without, StageDefinition With)> Of(Recipe recipe) =>
    [
        ("mid-training skipped", SftFromBase, Pipeline.Sft),
        ("SFT packed, prompts learned too", SftPacked, Pipeline.Sft),
        ("DPO on the teacher's rollouts", DpoOnTeacher(recipe), Pipeline.Dpo),
        ("RL without its stabilizers", GrpoWithout(Stabilizers.All), Pipeline.Grpo),
    ];
}
