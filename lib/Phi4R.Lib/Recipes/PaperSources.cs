namespace Phi4R.Recipes;

/// <summary>Where the numbers of <see cref="Paper"/> come from, setting by setting.</summary>
public static class PaperSources
{
    private const string Report = "arXiv 2503.01743 and the released config.json of microsoft/Phi-4-mini-instruct";
    private const string Card = "model card of microsoft/Phi-4-mini-reasoning";
    private const string Summary = "summary of arXiv 2504.21233 by R. Rastogi (Papers Explained 359)";
    private const string Notes = "hyper-parameter notes on arXiv 2504.21233 (xinli95/GAI-101)";

    /// <summary>
    /// The source of a setting, named as in "MidTraining.SequenceLength"; the longest name that begins the setting's
    /// counts.
    /// </summary>
    public static IReadOnlyDictionary<string, (Certainty Certainty, string Source)> All
    {
        get;
    } = new Dictionary<string, (Certainty, string)>(StringComparer.Ordinal)
    {
        ["Files"] = (Certainty.Ours, "names of files; what they hold is the paper's: rollouts of DeepSeek-R1 to "
            + "collected problems, AIME 2024, MATH-500, GPQA-Diamond"),
        ["Files.AcceleratorGigabytes"] = (Certainty.Published, Card + ": 128 H100 of 80 GB"),
        ["Model"] = (Certainty.Published, Report),
        ["Model.RopePolicy"] = (Certainty.Ours, "every stage exceeds 4,096 tokens, so the long factors hold "
            + "throughout"),
        ["PretrainData"] = (Certainty.Published, Card + ": the base is Phi-4-Mini, not trained here"),
        ["Pretrain"] = (Certainty.Published, Card + ": the base is Phi-4-Mini, not trained here"),
        ["Distill.Problems"] = (Certainty.SecondHand, Summary + ": 1.6M samples; " + Notes),
        ["Distill.RolloutsPerProblem"] = (Certainty.Published, Card + ": eight distinct solutions"),
        ["Distill.Mix"] = (Certainty.Ours, "problems are collected, not generated; unused at this scale"),
        ["Distill.Repetition"] = (Certainty.Ours, "the label is named, its rule is not"),
        ["MidTraining.SequenceLength"] = (Certainty.SecondHand, Notes + ": 16K, read as 16,384"),
        ["MidTraining.BatchSize"] = (Certainty.SecondHand, Notes + ": batch 128"),
        ["MidTraining.Epochs"] = (Certainty.SecondHand, Notes + ": 5"),
        ["MidTraining.OpenRows"] = (Certainty.Ours, "how rows are packed is not published"),
        ["MidTraining.TokenWeight"] = (Certainty.Ours,
            "not published; a short last step of an epoch weighs no more than its tokens"),
        ["MidTraining.MicroBatchSize"] = (Certainty.Ours, "memory of one card"),
        ["FineTuningOnly"] = (Certainty.Published, Card + ": the recipe has all stages"),
        ["Memory"] = (Certainty.Ours, "not published; it changes no weight"),
        ["Checkpoints"] = (Certainty.Ours, "not published; it changes no weight"),
        ["MidTraining.Optimizer"] = (Certainty.Ours, "optimizer, betas, decay, clipping and shape are not published"),
        ["MidTraining.Optimizer.PeakLearningRate"] = (Certainty.SecondHand, Notes + ": 1e-5"),
        ["MidTraining.Optimizer.WarmupRatio"] = (Certainty.SecondHand, Notes + ": ratio 0.1"),
        ["Curation"] = (Certainty.Ours, "the rule of selection is not published"),
        ["Curation.Count"] = (Certainty.Published, "arXiv 2503.01743, preview of the recipe: about 200K; the final "
            + "paper's size is not known"),
        ["Sft.MaxTokens"] = (Certainty.SecondHand, Notes + ": 20K, read as 20,480"),
        ["Sft.BatchSize"] = (Certainty.SecondHand, Notes + ": batch 128"),
        ["Sft.Epochs"] = (Certainty.SecondHand, Notes + ": 5"),
        ["Sft.MicroBatchSize"] = (Certainty.Ours, "memory of one card"),
        ["Sft.StepsPerBucket"] = (Certainty.Ours, "not published; 1 is the plain reading of a batch of 128"),
        ["Sft.TokenWeight"] = (Certainty.Ours,
            "not published; a short last step of an epoch weighs no more than its tokens"),
        ["Sft.Optimizer"] = (Certainty.Ours, "not published but for the rate"),
        ["Sft.Optimizer.PeakLearningRate"] = (Certainty.SecondHand, Notes + ": 1e-5"),
        ["PreferenceData"] = (Certainty.Ours, "the rules of selection are not published"),
        ["PreferenceData.MatchLengths"] = (Certainty.Ours,
            "not published; without it the pairs teach how long an answer is"),
        ["PreferenceData.Problems"] = (Certainty.Published, "arXiv 2503.01743, preview of the recipe: 300K pairs, one "
            + "a problem here"),
        ["PreferenceData.AnswersPerProblem"] = (Certainty.Published, Card + ": eight distinct solutions"),
        ["PreferenceData.FromTeacher"] = (Certainty.SecondHand, Summary + ": rejected rollouts of the teacher"),
        ["PreferenceData.MaxTokens"] = (Certainty.SecondHand, Notes + ": 16K, read as 16,384"),
        ["RolloutDpo"] = (Certainty.Ours, "beta, batch and optimizer are not published"),
        ["RolloutDpo.Epochs"] = (Certainty.SecondHand, Notes + ": 1"),
        ["RolloutDpo.Optimizer.PeakLearningRate"] = (Certainty.SecondHand, Notes + ": 5e-7"),
        ["PromptSelection"] = (Certainty.Ours, "the rule is published (similar lengths), its threshold is not"),
        ["GrpoMix"] = (Certainty.Ours, "problems are collected, not generated; unused at this scale"),
        ["Grpo"] = (Certainty.Ours, "group, batch, steps, clipping and optimizer are not published; "
            + "neither is what a truncated answer earns: wrong, as all that is not verified"),
        ["Grpo.Update.Normalization"] = (Certainty.SecondHand, Summary
            + ": the pilot is GRPO, whose equation 3 (arXiv 2402.03300) divides by each answer's tokens; only so "
            + "is the balance of as many right as wrong answers one of their tokens too, since wrong ones are longer"),
        ["Grpo.Update.ImportanceSamplingCap"] = (Certainty.Ours, "sampling and training round 16-bit weights by "
            + "different kernels, and clipping is not to act on that; a limit of 2 as in truncated importance "
            + "sampling (Yao et al. 2025)"),
        ["Grpo.Update.MaxTokenRatio"] = (Certainty.Ours,
            "not published; beyond five times it is a fault of one token, not a sample of the policy"),
        ["Grpo.Update.MaxMaskedShare"] = (Certainty.Ours,
            "not published; some in ten thousand tokens differ so far in 16 bits"),
        ["Grpo.Update.MaxSamplingDivergence"] = (Certainty.Ours,
            "not published; 1e-3 is healthy in 16 bits, ten times that is another model"),
        ["Grpo.Staleness"] = (Certainty.Ours, "not published; synchronous"),
        ["Grpo.ExtraPrompts"] = (Certainty.Ours, "not published; every answer is waited for"),
        ["Grpo.MaxTokens"] = (Certainty.SecondHand, Notes + ": 25K, read as 25,600"),
        ["Grpo.StrictReward"] = (Certainty.Ours, "not published; a reward for an answer without its box lets the "
            + "form erode"),
        ["Grpo.ChoosePrompts"] = (Certainty.SecondHand, Summary),
        ["Grpo.Rebalance"] = (Certainty.SecondHand, Summary),
        ["Grpo.MaxAccuracy"] = (Certainty.SecondHand, Summary + ": a threshold, e.g. 50 %"),
        ["Grpo.Anneal"] = (Certainty.SecondHand, Summary),
        ["Grpo.StartTemperature"] = (Certainty.SecondHand, Summary + ": 1.0"),
        ["Grpo.EndTemperature"] = (Certainty.SecondHand, Summary + ": 0.6"),
        ["Grpo.AnnealShare"] = (Certainty.SecondHand, Summary + ": the first half of the steps"),
        ["Grpo.Optimizer.PeakLearningRate"] = (Certainty.SecondHand, Notes + ": 5e-7"),
        ["Evaluation"] = (Certainty.Published, "arXiv 2507.06607, appendix G, on this model: T 0.6, top-p 0.95, "
            + "32,768 tokens"),
        ["Evaluation.AnswersPerProblem"] = (Certainty.Published, "arXiv 2507.06607: 8 for MATH-500 and GPQA-Diamond "
            + "(64 for AIME); the paper's own count is not published"),
        ["Evaluation.Seed"] = (Certainty.Ours, "any"),
        ["Benchmarks"] = (Certainty.Published, "sizes of MATH-500, AIME 2024 and GPQA-Diamond"),
        ["PaperTables.Main"] = (Certainty.Published, Card),
        ["PaperTables.SmallSets"] = (Certainty.SecondHand, "three documents of third parties that quote the paper"),
        ["PaperTables.Remeasured"] = (Certainty.Published, PaperTables.RemeasuredSource),
        ["StageTable"] = (Certainty.SecondHand, "as quoted by two third parties; the preview in arXiv 2503.01743 has "
            + "90.4 on MATH-500 after DPO"),
    };
}
