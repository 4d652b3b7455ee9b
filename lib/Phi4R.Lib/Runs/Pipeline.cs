using Phi4R.Data;
using Phi4R.Recipes;
using Phi4R.Stages;
using Phi4R.Training;

namespace Phi4R.Runs;

/// <summary>
/// The stages of the recipe: this is the one list that runs, plans, inspections, comparisons and figures go through.
/// </summary>
/// <remarks>
/// A stage is added by opening a run with a copy of the list that has it. The stages of a run are found by their names:
/// one that
/// takes the place of another of its name is what all stages after it start from.
/// </remarks>
public static class Pipeline
{
    /// <summary>Data distillation: a teacher's rollouts, verified and labeled.</summary>
    public static DataStage<Distilled> Distillation { get; } = new()
    {
        Name = "distillation",
        Label = "Data distillation",
        Map = new(["a teacher answers,", "a verifier rejects"], "verified rollouts"),
        Settings = (recipe, seed) => new { Seed = seed, recipe.Distill },
        Judges = _ => true,
        Make = stage => stage.Data.Distill(stage),
        Read = record => new Distilled(
            new StoredRollouts(record.Folder), record.Read<int>("unverifiable.json")),
        Plan = (probe, name) => new StagePlan
        {
            Stage = name,
            LearnedTokens = 0,
            DrawnTokens = 0,
            Seconds = probe.DistillationSeconds,
            StateBytes = 0,
            PeakBytes = 0,
        },
    };

    /// <summary>
    /// The base model: trained from nothing on facts and bare answers, or a checkpoint as it was released.
    /// </summary>
    public static TrainingStage<TrainingReport> Base { get; } = new()
    {
        Name = "base",
        Label = "base model",
        Model = "base",
        PaperRow = "Phi-4-Mini",
        Settings = (recipe, seed) => recipe is { PretrainData: { } data, Pretrain: { } config }
            ? new { Seed = seed, recipe.Model, data, config }
            : new { Seed = seed, recipe.Model },
        Train = (model, stage, progress) => stage.Recipe.Pretrain is not { } config ? [] : Phi4R.Stages.MidTraining.Run(
            model, stage.Data.Pretraining(stage, config.SequenceLength), config,
            stage.Tokenizer, stage.Seed, stage.Checkpoints, progress, cancel: stage.Cancel),
        Watched = Losses,
        Plan = (probe, name) => probe.Pretraining(name),
        Inspect = (stage, step, rows) => stage.Recipe.Pretrain is { } config
            ? stage.Rows(
                Phi4R.Stages.MidTraining.Steps(stage.Data.Pretraining(stage, config.SequenceLength), config,
                    stage.Seed), true, step, rows)
            : throw new ArgumentException(
                "The base model is a checkpoint as it was released, so no rows are fed to it."),
    };

    /// <summary>Stage 1: mid-training on all verified rollouts, packed.</summary>
    public static TrainingStage<TrainingReport> MidTraining { get; } = new()
    {
        Name = "mid-training",
        Label = "Mid-training",
        Model = "+ mid-training",
        PaperRow = "+ distillation mid-training",
        OnLab = Lab.MidTraining,
        After = [Base, Distillation],
        Map = new(["packed long chains", "of thought"], "a model that reasons"),
        Settings = (recipe, seed) => new { Seed = seed, recipe.MidTraining },
        Train = (model, stage, progress) => Phi4R.Stages.MidTraining.Run(
            model, stage.Data.Verified(stage), stage.Recipe.MidTraining, stage.Tokenizer,
            stage.Seed, stage.Checkpoints, progress, cancel: stage.Cancel),
        Watched = Losses,
        Plan = (probe, name) => probe.Packed(name, probe.Verified, probe.Times, probe.Recipe.MidTraining),
        Inspect = (stage, step, rows) => stage.Rows(
            Phi4R.Stages.MidTraining.Steps(stage.Data.Verified(stage), stage.Recipe.MidTraining, stage.Seed), true,
            step, rows),
    };

    /// <summary>Stage 2: supervised fine-tuning on the curated subset, one document a row.</summary>
    public static TrainingStage<TrainingReport> Sft { get; } = new()
    {
        Name = "sft",
        Label = "SFT",
        Model = "+ SFT",
        PaperRow = "+ distillation fine-tuning",
        OnLab = Lab.Sft,
        After = [MidTraining, Distillation],
        Map = new(["a harder subset,", "one document a row"], "a model that stops"),
        Settings = (recipe, seed) => new { Seed = seed, recipe.Curation, recipe.Sft, packed = false },
        Train = (model, stage, progress) => Phi4R.Stages.Sft.Run(
            model, stage.Data.Curated(stage, learnPrompt: false, stage.Recipe.Sft.MaxTokens),
            stage.Recipe.Sft, stage.Tokenizer, stage.Seed, stage.Checkpoints, progress, cancel: stage.Cancel),
        Watched = Losses,
        Plan = (probe, name) => probe.FineTuning(name),
        Inspect = (stage, step, rows) => stage.Rows(
            Phi4R.Stages.Sft.Steps(
                stage.Data.Curated(stage, learnPrompt: false, stage.Recipe.Sft.MaxTokens, anySize: true),
                stage.Recipe.Sft, stage.Seed),
            false, step, rows),
    };

    /// <summary>The preference pairs, and what became of the problems that they were looked for in.</summary>
    public static DataStage<PairData> Pairs { get; } = new()
    {
        Name = "pairs",
        Label = "Pairs",
        After = [Sft],
        Settings = (recipe, seed) => new { Seed = seed, data = recipe.PreferenceData },
        Judges = _ => true,
        Draws = recipe => !recipe.PreferenceData.FromTeacher,
        Make = stage => stage.Data.MakePairs(stage),
        Read = PairData.In,
        Plan = (probe, name) => probe.Pairs(name),
    };

    /// <summary>Stage 3: Rollout-DPO from the fine-tuned model.</summary>
    public static TrainingStage<DpoReport> Dpo { get; } = new()
    {
        Name = "dpo",
        Label = "Rollout-DPO",
        Model = "+ Rollout-DPO",
        PaperRow = "+ Rollout-DPO",
        OnLab = Lab.Dpo,
        After = [Sft, Pairs],
        Map = new(["right answers before", "wrong ones"], "a model that prefers"),
        Settings = (recipe, seed) => new { Seed = seed, recipe.RolloutDpo },
        Train = (model, stage, progress) =>
        {
            // The pairs are looked at before anything is learned from them.
            var (pairs, config) = (stage.Input<PairData>().Pairs, stage.Recipe.RolloutDpo);
            var reference = ReferenceLogProbCache.Take(
                stage.Run.ReferenceFolder, model, pairs, config, stage.Run.Fill, stage.Run.Say, stage.Run.Ranks,
                stage.Cancel);
            stage.Write("audit.json", stage.Audited(pairs, reference));
            return RolloutDpo.Run(
                model, pairs, reference, config, stage.Run.Fill, stage.Seed, stage.Checkpoints, progress, stage.Cancel);
        },
        Watched = report =>
        [
            ("loss", report.Loss), ("margin", report.Margin), ("chosen less reference", report.ChosenChange),
        ],
        Plan = (probe, name) => probe.Preference(name),
        Inspect = (stage, step, rows) => stage.Pairs(
            RolloutDpo.Steps(stage.Input<PairData>().Pairs, stage.Recipe.RolloutDpo, stage.Seed),
            step, rows),
    };

    /// <summary>The problems that reinforcement learns from, and what choosing them left out.</summary>
    public static DataStage<PromptData> Prompts { get; } = new()
    {
        Name = "prompts",
        Label = "Prompts",
        After = [Dpo],
        Settings = RunData.PromptSettings,
        Judges = recipe => recipe.Grpo.ChoosePrompts && recipe.PromptSelection.Learnable,
        Draws = recipe => recipe.Grpo.ChoosePrompts,
        Make = stage => stage.Data.MakePrompts(stage),
        Read = PromptData.In,
        Plan = (probe, name) => probe.Prompts(name),
    };

    /// <summary>Stage 4: group-relative policy optimization (GRPO) from the model of Rollout-DPO.</summary>
    public static TrainingStage<GrpoReport> Grpo { get; } = new()
    {
        Name = "rl",
        Label = "RLVR",
        Model = "+ RL",
        PaperRow = "+ RL",
        OnLab = Lab.Grpo,
        After = [Dpo, Prompts],
        Map = new(["a verifiable reward,", "three stabilizers"], "the final model"),
        Settings = (recipe, seed) => new { Seed = seed, config = recipe.Grpo },
        SamplesAsItLearns = true,
        Judges = _ => true,
        Train = (model, stage, progress) =>
        {
            var (problems, config) = (stage.Input<PromptData>().Problems, stage.Recipe.Grpo);
            var steps = Phi4R.Stages.Grpo.Run(
                model, stage.Tokenizer, problems, config.RewardVerifier, config,
                stage.Seed, stage.Checkpoints, progress, stage.Data.Generator, stage.Cancel);
            RunData.Account(steps, config, stage.Ledger);
            return steps;
        },
        Watched = report =>
        [
            ("mean reward", report.MeanReward), ("problems used", report.Used), ("answers truncated", report.Truncated),
            ("answer length", report.MeanLength), ("entropy", report.Entropy), ("temperature", report.Temperature),
            ("all wrong", report.AllWrong), ("all right", report.AllRight),
        ],
        Plan = (probe, name) => probe.Reinforced(name),
        Inspect = (stage, step, rows) => stage.Sampled(step, rows),
    };

    /// <summary>What each model of the run is worth on the benchmarks.</summary>
    public static EvaluationStage Evaluation { get; } = new()
    {
        Name = "evaluation",
        Label = "Evaluation",
        OnLab = Lab.Evaluation,
        After = [Base, MidTraining, Sft, Dpo, Grpo],
        Map = new(["pass@1, and how", "sure that is"], ""),
        Settings = (recipe, _) => new { recipe.Evaluation, recipe.Benchmarks },
        Plan = (probe, name) => probe.Evaluation(name),
    };

    /// <summary>Every stage, in the order in which they run.</summary>
    public static IReadOnlyList<StageDefinition> Stages { get; } =
        [Distillation, Base, MidTraining, Sft, Pairs, Dpo, Prompts, Grpo, Evaluation];

    /// <summary>The stages of a recipe: all, or those of one that is fine-tuning only.</summary>
    public static IReadOnlyList<StageDefinition> Of(Recipe recipe)
    {
        // No row of the paper's first table is of this model.
        var sft = Sft with { Model = "+ SFT alone", PaperRow = null, After = [Base, Distillation] };
        return recipe.FineTuningOnly ? [Distillation, Base, sft, Evaluation with { After = [Base, sft] }] : Stages;
    }

    private static IReadOnlyList<(string Name, double Value)> Losses(TrainingReport report) =>
    [
        ("loss", report.Loss),
        ("learning rate", report.LearningRate),
        ("tokens/s", report.Tokens / Math.Max(1e-9, report.Seconds)),
    ];
}
