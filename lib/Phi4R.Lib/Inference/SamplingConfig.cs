using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Inference;

/// <summary>
/// How tokens are sampled: logits are divided by the temperature, then the likeliest K are kept, then of those the
/// likeliest that reach P.
/// </summary>
public sealed record SamplingConfig
{
    /// <summary>What logits are divided by; 0 takes the likeliest token.</summary>
    public required double Temperature { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Only the likeliest tokens that together reach this probability can be sampled; 1 draws from all.
    /// </summary>
    public required double TopP { get; init => field = Require.Fraction(value); }

    /// <summary>Only so many of the likeliest tokens can be sampled; 0 draws from all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int TopK { get; init => field = Require.NotNegative(value); }

    /// <summary>New tokens at the most; an answer that reaches it is cut, and marked so.</summary>
    public required int MaxTokens { get; init => field = Require.Positive(value); }
}
