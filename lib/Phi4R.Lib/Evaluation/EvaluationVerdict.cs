using Phi4R.Verification;

namespace Phi4R.Evaluation;

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
