using Phi4R.Evaluation;

namespace Phi4R.Runs;

/// <summary>How far an evaluation is, after each completion.</summary>
public sealed record EvaluationProgress
{
    /// <summary>Completions that are there, those of earlier starts among them.</summary>
    public required int Done { get; init; }

    /// <summary>Completions that are asked for in all.</summary>
    public required int Total { get; init; }

    /// <summary>Completions that could not be had since this start.</summary>
    public required int Failed { get; init; }

    /// <summary>Tokens of a completion, the mean of all that are there.</summary>
    public required double MeanTokens { get; init; }

    /// <summary>How long it goes on, by the pace since this start.</summary>
    public required TimeSpan Left { get; init; }

    /// <summary>The completion that came.</summary>
    public required EvaluatedCompletion Completion { get; init; }
}

/// <summary>How much an evaluation asks for, before it begins.</summary>
/// <param name="Total">Completions in all.</param>
/// <param name="Kept">Of them there from an earlier start.</param>
/// <param name="ExpectedTokens">
/// Tokens of what is still to come: as long as those that are there, or by a rough guess where none are.
/// </param>
/// <param name="MostTokens">Tokens of what is still to come if all of it reached the length limit.</param>
public sealed record EvaluationPlan(int Total, int Kept, long ExpectedTokens, long MostTokens);
