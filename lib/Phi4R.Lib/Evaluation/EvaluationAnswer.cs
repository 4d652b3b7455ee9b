using Phi4R.Data;
using Phi4R.Verification;

namespace Phi4R.Evaluation;

/// <summary>One answer of a model to one problem, as it is kept on disk: judging it again needs no model.</summary>
public sealed record EvaluationAnswer
{
    /// <summary>The name of the benchmark that was asked.</summary>
    public required string Benchmark { get; init; }

    /// <summary>The problem's id in the benchmark.</summary>
    public required string Problem { get; init; }

    /// <summary>Of the answers to this problem, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>The whole text of the completion.</summary>
    public required string Text { get; init; }

    /// <summary>Count of tokens, the last included.</summary>
    public required int Tokens { get; init; }

    /// <summary>Why the completion is over.</summary>
    public required FinishReason Finish { get; init; }

    /// <summary>The row of a completion.</summary>
    public static EvaluationAnswer Of(ProblemSet benchmark, Problem problem, int number, Completion completion) =>
        new()
        {
            Benchmark = benchmark.Name,
            Problem = problem.Id,
            Number = number,
            Text = completion.Text,
            Tokens = completion.TokenCount,
            Finish = completion.Finish,
        };

    /// <summary>The completion without its ids, which the row does not keep.</summary>
    public Completion ToCompletion() => new() { TokenIds = [], Text = Text, Finish = Finish };
}

/// <summary>What the verifier said of one answer; a line for each line of the answers, in the same order.</summary>
public sealed record EvaluationVerdict
{
    /// <summary>The name of the benchmark that was asked.</summary>
    public required string Benchmark { get; init; }

    /// <summary>The problem's id in the benchmark.</summary>
    public required string Problem { get; init; }

    /// <summary>Which of the answers to this problem it is, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Whether the answer is right, wrong or could not be verified.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>How both sides were read and which rule decided.</summary>
    public required string Reason { get; init; }

    /// <summary>The final answer that was found in the text, or null where there is none.</summary>
    public string? Answer { get; init; }
}
