using Phi4R.Maths;

namespace Phi4R.Data;

/// <summary>Says whether a response answers a problem; whatever a model wrote, it never throws.</summary>
/// <param name="response">The whole text after the prompt.</param>
public delegate Verdict Verifier(Problem problem, string response);

/// <summary>The verifiers of this project.</summary>
public static class Verifiers
{
    /// <summary>The answer verifier of <see cref="Grader"/>: the final answer against the reference, or against the options.</summary>
    public static Verdict FinalAnswer(Problem problem, string response) => Grader.Grade(response, problem.Answer, problem.Choices);

    /// <summary>The same in the strict form that a reward asks for, so that training keeps answers in one box.</summary>
    public static Verdict Reward(Problem problem, string response) => Grader.GradeStrictly(response, problem.Answer, problem.Choices);

    /// <summary>Whether that verifier says that the response is correct.</summary>
    public static bool IsCorrect(Problem problem, string response) => FinalAnswer(problem, response).Outcome == Outcome.Correct;
}
