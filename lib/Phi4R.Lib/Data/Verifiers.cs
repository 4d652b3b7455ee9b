using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Data;

/// <summary>The verifiers of this project.</summary>
public static class Verifiers
{
    /// <summary>
    /// The answer verifier of <see cref="Grader"/>: the final answer against the reference, or against the options.
    /// Where the question asks for percent, the sign may be missing on one side; where it asks for an order, a unit or
    /// a base, that one counts.
    /// </summary>
    public static Verdict FinalAnswer(Problem problem, string response)
    {
        var verdict = AsAsked(problem, Grader.Grade(response, problem.Answer, problem.Choices)) with
        {
            JudgedBy = "verifier",
        };
        if (verdict is { Outcome: Outcome.Incorrect or Outcome.Unverifiable, Answer: { } said }
            && problem.Choices is null && Questions.Same(problem.Question, problem.Answer, said) is true)
        {
            return verdict with
            {
                Outcome = Outcome.Correct,
                Reason = $"By what the question asks for, the same: {problem.Answer} and {said}.",
            };
        }

        return verdict is { Outcome: Outcome.Incorrect, Answer: { } answer } && problem.Choices is null
            && Percentages.IsAskedBy(problem.Question) && Percentages.AreSame(problem.Answer, answer)
            ? verdict with
            {
                Outcome = Outcome.Correct,
                Reason = $"The question asks for percent, so the sign may be missing: {problem.Answer} and {answer}.",
            }
            : verdict;
    }

    /// <summary>
    /// The same in the strict form that a reward asks for, so that training keeps answers in one box.
    /// </summary>
    public static Verdict Reward(Problem problem, string response) =>
        AsAsked(problem, Grader.GradeStrictly(response, problem.Answer, problem.Choices))
            with
        { JudgedBy = "verifier, strict form" };

    private static Verdict AsAsked(Problem problem, Verdict verdict) =>
        verdict is { Outcome: Outcome.Correct, Answer: { } answer }
        && problem.Choices is null
        && ((Orderings.IsAskedBy(problem.Question) && Orderings.Differ(problem.Answer, answer))
            || Questions.Same(problem.Question, problem.Answer, answer) is false)
        ? verdict with
        {
            Outcome = Outcome.Incorrect,
            Reason = "By the order, unit, base or interval that the question asks for, another answer: "
                + $"{problem.Answer} and {answer}.",
        }
        : verdict;

    /// <summary>Whether that verifier says that the response is correct.</summary>
    public static bool IsCorrect(Problem problem, string response) =>
        FinalAnswer(problem, response).Outcome == Outcome.Correct;
}
