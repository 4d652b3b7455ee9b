using System.Text.Json.Serialization;

namespace Phi4R.Evaluation;

/// <summary>What a model answered to one problem.</summary>
public sealed record ProblemResult
{
    /// <summary>The problem's id in the benchmark.</summary>
    public required string Id { get; init; }

    /// <summary>The field of mathematics that the problem is of.</summary>
    public required string Domain { get; init; }

    /// <summary>How hard the problem is, by the benchmark's own scale.</summary>
    public required int Level { get; init; }

    /// <summary>How many were drawn.</summary>
    public required int Answers { get; init; }

    /// <summary>Of them right.</summary>
    public required int Right { get; init; }

    /// <summary>Of them cut by the length limit; a truncated answer is wrong.</summary>
    public required int Truncated { get; init; }

    /// <summary>Of them such that the verifier could not tell; they count as wrong, and are shown.</summary>
    public required int Unverifiable { get; init; }

    /// <summary>Completions that were asked for and could not be had; they are in none of the other counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Failed { get; init; }

    /// <summary>
    /// How right the most frequent answer is, as <see cref="MajorityVote"/> counts; null where nobody counted votes.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Majority { get; init; }

    /// <summary>Of all answers together.</summary>
    public required long Tokens { get; init; }

    /// <summary>The text of the first answer.</summary>
    public required string Example { get; init; }

    /// <summary>Share of right answers: this problem's estimate of pass@1.</summary>
    public double Score => (double)Right / Answers;
}
