using System.Text.Json.Serialization;
using Phi4R.Data;

namespace Phi4R.Stages;

/// <summary>A problem on its way through a collection: what was asked about it, and what came.</summary>
/// <param name="place">Its place among the problems, from 0.</param>
internal sealed class ProblemInFlight(int place, Problem problem)
{
    public int Place => place;

    /// <summary>With its labels, as far as they are known by now.</summary>
    public Problem Problem { get; set; } = problem;

    /// <summary>In the order of their numbers.</summary>
    public List<AskedCompletion> Completions { get; init; } = [];

    /// <summary>How often it was sampled again, since no completion was right.</summary>
    public int Resampled { get; set; }

    /// <summary>Answers that are waited for: completions, a judge's, labels.</summary>
    [JsonIgnore]
    public int Waiting { get; set; }

    /// <summary>What became of the question for its labels.</summary>
    public Reply Labels { get; set; }

    /// <summary>Tokens of the answer that had its labels.</summary>
    public long LabelTokens { get; set; }

    /// <summary>The share of the completions that is right, a measure of difficulty; null without any.</summary>
    [JsonIgnore]
    public double? PassRate => Completions.Where(one => one.Graded is not null).Select(one => one.Graded!.IsCorrect)
        .ToList() is { Count: > 0 } right ? (double)right.Count(isRight => isRight) / right.Count : null;

    /// <summary>The problem with its labels, the teacher's pass rate among them.</summary>
    [JsonIgnore]
    public Problem Labeled => Problem with { SolveRate = PassRate };

    /// <summary>Whether no completion is right, and all of them are there and judged.</summary>
    [JsonIgnore]
    public bool IsRejected => Completions.All(one =>
        one is { Graded.IsCorrect: false, Judge: not Reply.Failed });
}

/// <summary>One completion of a problem in a collection.</summary>
internal sealed class AskedCompletion
{
    /// <summary>The completion and its verdict; null where it failed, or is still waited for.</summary>
    public GradedCompletion? Graded { get; set; }

    /// <summary>What became of the question to the judge.</summary>
    public Reply Judge { get; set; }

    /// <summary>Whether the judge says that what the verifier called wrong is right.</summary>
    public bool IsOverruled { get; set; }

    /// <summary>Tokens of the judge's answer.</summary>
    public long JudgeTokens { get; set; }
}

/// <summary>What became of a question to a judge, or for labels.</summary>
internal enum Reply
{
    /// <summary>Nobody was asked.</summary>
    None,

    /// <summary>The answer could be read, and counts.</summary>
    Read,

    /// <summary>An answer came that cannot be read; it is not asked for again.</summary>
    Unparsed,

    /// <summary>No answer came; it is asked for again with the next start.</summary>
    Failed,
}
