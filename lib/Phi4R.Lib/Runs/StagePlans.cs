namespace Phi4R.Runs;

/// <summary>What the recipe's own stages are expected to take, each at its own shape.</summary>
internal static class StagePlans
{
    public static StagePlan? Pretraining(this PlanProbe probe, string stage)
    {
        if (probe.Recipe is not { PretrainData: { } data, Pretrain: { } config })
        {
            return null;
        }

        var some = data with { Documents = Math.Min(data.Documents, 4 * PlanProbe.SampledProblems) };
        var documents = probe.Run.Data.Source.PretrainDocuments(some, probe.Run.Seed);
        return probe.Packed(
            stage, documents, (double)data.Documents / documents.Count, config,
            probe.Recipe.Memory with { Lora = null });
    }

    public static StagePlan FineTuning(this PlanProbe probe, string stage) => probe.Apart(
        stage, probe.Hardest, probe.Recipe.Sft.Epochs * probe.Curated.Count * probe.Times,
        probe.Recipe.Sft.BatchSize, probe.Recipe.Sft.MicroBatchSize, 1, alike: true);

    // Answers sampled, then two sides of each pair, and a forward pass of the reference.
    public static StagePlan Pairs(this PlanProbe probe, string stage)
    {
        var data = probe.Recipe.PreferenceData;
        return data.FromTeacher ? PlanProbe.Nothing(stage) : probe.Drawn(
            stage, probe.Hardest, (long)data.Problems * data.AnswersPerProblem, data.AnswersPerProblem, data.MaxTokens);
    }

    public static StagePlan Preference(this PlanProbe probe, string stage)
    {
        var (data, config) = (probe.Recipe.PreferenceData, probe.Recipe.RolloutDpo);
        var pairs = Math.Max(1, RunPlan.PairsPerPossible * data.Problems * data.Pairing.PairsPerPrompt);
        return probe.Apart(
            stage, probe.Hardest, 2 * pairs * config.Epochs, 2 * config.BatchSize, 2 * config.MicroBatchSize,
            PlanProbe.WithReference);
    }

    // Candidates answered for the choice, then answers of which a part is learned from.
    public static StagePlan Prompts(this PlanProbe probe, string stage)
    {
        var (config, selection) = (probe.Recipe.Grpo, probe.Recipe.PromptSelection);
        var candidates = config.Steps * config.PromptsPerStep * selection.CandidatesPerPrompt;
        return !config.ChoosePrompts ? PlanProbe.Nothing(stage) : probe.Drawn(
            stage, probe.Hardest, candidates * selection.GroupSize, selection.GroupSize, config.MaxTokens);
    }

    public static StagePlan Reinforced(this PlanProbe probe, string stage)
    {
        var config = probe.Recipe.Grpo;
        return probe.Reinforced(
            stage, probe.Hardest, (double)config.Steps * config.PromptsPerStep * config.GroupSize, config);
    }

    public static StagePlan Evaluation(this PlanProbe probe, string stage) => probe.Drawn(
        stage, probe.Verified, probe.Run.AnswersOfEvaluation, probe.Recipe.Evaluation.AnswersPerProblem,
        probe.Recipe.Evaluation.Sampling.MaxTokens);
}
