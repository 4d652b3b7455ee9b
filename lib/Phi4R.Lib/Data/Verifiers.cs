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
    public static Verdict FinalAnswer(Problem problem, string response) =>
        AsAsked(problem, Grader.Grade(response, problem.Answer, problem.Choices)) with { JudgedBy = "verifier" };

    /// <summary>
    /// The same in the strict form that a reward asks for, so that training keeps answers in one box.
    /// </summary>
    public static Verdict Reward(Problem problem, string response)
    {
        var graded = Grader.GradeStrictly(response, problem.Answer, problem.Choices);
        var asked = AsAsked(problem, graded);

        // What only the question makes right has not been held against the words beside the box.
        return (graded.Outcome != Outcome.Correct && asked.Outcome == Outcome.Correct && !IsCorrect(problem, response)
            ? graded
            : asked) with
        {
            JudgedBy = "verifier, strict form",
        };
    }

    // What the words of the question say of its answer, where the values alone decided otherwise.
    private static Verdict AsAsked(Problem problem, Verdict verdict)
    {
        if (problem.Choices is not null || verdict.Answer is not { } answer)
        {
            return verdict;
        }

        var (question, reference) = (problem.Question, problem.Answer);
        if (verdict.Outcome == Outcome.Correct)
        {
            return (Orderings.IsAskedBy(question) && Orderings.Differ(reference, answer))
                || Questions.Same(question, reference, answer) is false
                ? verdict with
                {
                    Outcome = Outcome.Incorrect,
                    Reason = "By the order, unit, base, form or interval that the question asks for, another answer: "
                        + $"{reference} and {answer}.",
                }
                : verdict;
        }

        return Questions.Same(question, reference, answer) is true
            ? verdict with
            {
                Outcome = Outcome.Correct,
                Reason = $"By what the question asks for, the same: {reference} and {answer}.",
            }
            : verdict.Outcome == Outcome.Incorrect && Percentages.IsAskedBy(question)
                && Percentages.AreSame(reference, answer)
            ? verdict with
            {
                Outcome = Outcome.Correct,
                Reason = $"The question asks for percent, so the sign may be missing: {reference} and {answer}.",
            }
            : verdict;
    }

    /// <summary>Whether that verifier says that the response is correct.</summary>
    public static bool IsCorrect(Problem problem, string response) =>
        FinalAnswer(problem, response).Outcome == Outcome.Correct;
}
