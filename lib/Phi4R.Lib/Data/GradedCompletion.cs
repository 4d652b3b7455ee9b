using Phi4R.Verification;

namespace Phi4R.Data;

/// <summary>
/// A completion and what was said of it: right, wrong, or that nobody could tell, with the reason and who judged.
/// </summary>
public sealed record GradedCompletion(Completion Completion, Verdict Verdict)
{
    /// <summary>Whether it was judged to be right.</summary>
    public bool IsCorrect => Verdict.Outcome == Outcome.Correct;

    /// <summary>
    /// Judges a completion; a truncated one is wrong whatever it says, and one that failed cannot be judged.
    /// </summary>
    /// <param name="verify">Reads the text of those that came to their end.</param>
    public static GradedCompletion Of(Problem problem, Completion completion, Verifier verify) =>
        new(completion, ByFinish(completion.Finish) ?? verify(problem, completion.Text));

    /// <summary>
    /// What is said of a completion without reading it; null where it came to its end and must be read. This is the one
    /// place where it stands that a truncated completion is wrong.
    /// </summary>
    public static Verdict? ByFinish(FinishReason finish) => finish switch
    {
        FinishReason.Length => new(Outcome.Incorrect, null, "The length limit truncated it.")
        {
            JudgedBy = "length limit",
        },
        FinishReason.Failed => new(Outcome.Unverifiable, null, "There is no completion: asking for it failed.")
        {
            JudgedBy = "generator",
        },
        _ => null,
    };
}
