using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Which pairs are made.</summary>
public sealed record PairingConfig
{
    /// <summary>Prompts with a larger share of right answers, of those that could be judged, are left out.</summary>
    public required double MaxPromptAccuracy { get; init => field = Require.Fraction(value); }

    /// <summary>Tokens by which the two answers of a pair may differ in length.</summary>
    public required int MaxLengthDifference { get; init => field = Require.NotNegative(value); }

    /// <summary>Which answers are paired first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PairDistance Distance { get; init; }

    /// <summary>Pairs from one prompt at the most; each answer is used once.</summary>
    public required int PairsPerPrompt { get; init => field = Require.Positive(value); }
}
