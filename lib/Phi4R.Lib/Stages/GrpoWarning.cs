namespace Phi4R.Stages;

/// <summary>What a step of reinforcement should have a person look at, and why it is likely so.</summary>
public static class GrpoWarning
{
    // From this share on, one cause is taken to explain a step.
    private const double Most = 0.9;

    /// <summary>
    /// A warning in words, or null: no problem was learned from although each had its chance, or most answers were
    /// truncated.
    /// </summary>
    public static string? Of(GrpoReport step, GrpoConfig config)
    {
        var problems = step.AllWrong + step.AllRight + step.TooEasy + step.Used;
        var cut = (double)step.Truncated / step.Answers;
        return step.Used > 0
            ? cut < Most ? null
            : $"{step.Truncated} of {step.Answers} answers met the limit of {config.MaxTokens} tokens and "
                + (config.Overlong == Overlong.LeftOut
                    ? "are left out. Raise MaxTokens: little is learned from."
                    : "count as wrong. Raise MaxTokens: what is learned is brevity.")
            : step.AllWrong == problems ? $"No reward is +1, so nothing was trained on: {WhyWrong(step, config, cut)}"
            : step.AllRight == problems ? "Every reward is +1, so nothing was trained on: the problems are too easy "
                + "for this model. Choose harder ones."
            : step.AllWrong + step.AllRight == problems ? $"Each problem's rewards are all alike ({step.AllWrong} "
                + $"all wrong, {step.AllRight} all right), so nothing was trained on: there are too few answers a "
                + $"problem ({config.GroupSize}), or too little chance in them (temperature {step.Temperature:0.##})."
            : $"No problem was left to learn from: {step.AllWrong} all wrong, {step.AllRight} all right, "
                + $"{step.TooEasy} solved more often than MaxAccuracy {config.MaxAccuracy:0.##}. Choose harder "
                + "problems or raise MaxAccuracy.";
    }

    private static string WhyWrong(GrpoReport step, GrpoConfig config, double cut) =>
        cut >= Most
            ? $"{step.Truncated} of {step.Answers} answers were truncated at MaxTokens {config.MaxTokens}. Raise it, "
                + "or find out why the model does not stop."
        : step.Unverifiable >= Most * (step.Answers - step.Truncated)
            ? $"the verifier could not judge {step.Unverifiable} of {step.Answers} answers. Look at the reference "
                + "answers and at the verifier."
        : step.NoAnswer >= Most * (step.Answers - step.Truncated) ? $"{step.NoAnswer} of {step.Answers} answers "
            + "ended without a final answer. Does the model know the format, and do prompt and chat format fit it?"
        : "the answers are there and wrong. The problems are too hard for this model, or the reference answers belong "
            + "to other problems.";
}
