using Phi4R.Verification;

namespace Phi4R.Data;

/// <summary>The completions of one problem, judged.</summary>
/// <param name="PromptIds">Token ids of the problem's prompt.</param>
/// <param name="Completions">In the order in which they were asked for.</param>
public sealed record RolloutGroup(Problem Problem, int[] PromptIds, IReadOnlyList<GradedCompletion> Completions)
{
    /// <summary>
    /// The completions that can be compared with each other: what nobody could judge leaves the group here, since as a
    /// wrong completion it would teach that a right one is wrong.
    /// </summary>
    public IReadOnlyList<GradedCompletion> Judged =>
        [.. Completions.Where(graded => graded.Verdict.Outcome != Outcome.Unverifiable)];
}
