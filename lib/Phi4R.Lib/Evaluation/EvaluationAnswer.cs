using Phi4R.Data;
using Phi4R.Maths;

namespace Phi4R.Evaluation;

/// <summary>One answer of a model to one problem, as it is kept on disk: judging it again needs no model.</summary>
/// <param name="Problem">The problem's id in the benchmark.</param>
/// <param name="Number">Of the answers to this problem, from 0.</param>
/// <param name="Tokens">Count of tokens, the last included.</param>
public sealed record EvaluationAnswer(
    string Benchmark, string Problem, int Number, string Text, int Tokens, FinishReason Finish)
{
    /// <summary>The row of a completion.</summary>
    public static EvaluationAnswer Of(ProblemSet benchmark, Problem problem, int number, Completion completion) => new(
        benchmark.Name, problem.Id, number, completion.Text, completion.TokenIds.Length, completion.Finish);

    /// <summary>The completion without its ids, which the row does not keep.</summary>
    public Completion ToCompletion() => new() { TokenIds = [], Text = Text, Finish = Finish };
}

/// <summary>What the verifier said of one answer; a line for each line of the answers, in the same order.</summary>
/// <param name="Reason">How both sides were read and which rule decided.</param>
/// <param name="Answer">The final answer that was found in the text, or null where there is none.</param>
public sealed record EvaluationVerdict(
    string Benchmark, string Problem, int Number, Outcome Outcome, string Reason, string? Answer = null);
