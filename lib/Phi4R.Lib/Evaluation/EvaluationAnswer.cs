using Phi4R.Data;

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
