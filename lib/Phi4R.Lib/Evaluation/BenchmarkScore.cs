using System.Text.Json.Serialization;

namespace Phi4R.Evaluation;

/// <summary>How one model did on one benchmark; shares are between 0 and 1.</summary>
/// <remarks>
/// Every share is a number, also where nothing is known: where <see cref="Failed"/> is 1, <see cref="Pass1"/> is 0 and
/// the interval is all of 0 to 1, so that who reads the interval is not misled, and both errors are null.
/// </remarks>
public sealed record BenchmarkScore
{
    /// <summary>The benchmark's name.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>How many problems were asked.</summary>
    [JsonPropertyName("problems")]
    public required int Problems { get; init; }

    /// <summary>How many completions were asked for each problem.</summary>
    [JsonPropertyName("samples")]
    public required int Samples { get; init; }

    /// <summary>
    /// Mean over problems of the share of right completions, the failed ones aside; 0 where all failed.
    /// </summary>
    [JsonPropertyName("pass1")]
    public required double Pass1 { get; init; }

    /// <summary>Standard error of pass1 over problems, as where other problems of the kind were asked.</summary>
    [JsonPropertyName("se_problems")]
    public required double? ErrorOverProblems { get; init; }

    /// <summary>Standard error of pass1 over samples, as where the same problems were asked again.</summary>
    [JsonPropertyName("se_samples")]
    public required double? ErrorOverSamples { get; init; }

    /// <summary>The 95 % interval over problems, low and high; 0 and 1 where fewer than two have completions.</summary>
    [JsonPropertyName("ci95")]
    public required IReadOnlyList<double> Interval { get; init; }

    /// <summary>Share of the completions that the length limit ended.</summary>
    [JsonPropertyName("truncated")]
    public required double Truncated { get; init; }

    /// <summary>Share of the completions that nobody could judge.</summary>
    [JsonPropertyName("unverifiable")]
    public required double Unverifiable { get; init; }

    /// <summary>Share of the completions that could not be had.</summary>
    [JsonPropertyName("failed")]
    public required double Failed { get; init; }

    /// <summary>Mean tokens of a completion, the failed ones aside.</summary>
    [JsonPropertyName("mean_tokens")]
    public required double MeanTokens { get; init; }

    /// <summary>Share of problems whose most frequent answer is right; null where each has one completion.</summary>
    [JsonPropertyName("maj")]
    public required double? Majority { get; init; }
}
