using Phi4R.Maths;

namespace Phi4R.Evaluation;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>It wrote its last token itself.</summary>
    Stop,

    /// <summary>It was truncated by the limit on tokens.</summary>
    Length,
}

/// <summary>One answer of a model to one problem, as it is kept on disk: judging it again needs no model.</summary>
/// <param name="Problem">The problem's id in the benchmark.</param>
/// <param name="Number">Of the answers to this problem, from 0.</param>
/// <param name="Tokens">Count of tokens, the last included.</param>
public sealed record EvaluationAnswer(
    string Benchmark, string Problem, int Number, string Text, int Tokens, FinishReason Finish);

/// <summary>What the verifier said of one answer; a line for each line of the answers, in the same order.</summary>
/// <param name="Reason">How both sides were read and which rule decided.</param>
/// <param name="Answer">The final answer that was found in the text, or null where there is none.</param>
public sealed record EvaluationVerdict(
    string Benchmark, string Problem, int Number, Outcome Outcome, string Reason, string? Answer = null);
