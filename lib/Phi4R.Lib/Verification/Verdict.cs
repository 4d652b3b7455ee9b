using System.Text.Json.Serialization;

namespace Phi4R.Verification;

/// <summary>What the verifier said, and why.</summary>
/// <param name="Answer">The final answer that was found in the response, or null where there is none.</param>
/// <param name="Reason">How both sides were read and which rule decided, in words a person can read.</param>
public sealed record Verdict(
    Outcome Outcome, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Answer, string Reason)
{
    /// <summary>Who judged, such as "verifier" or "length limit"; null where nobody said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JudgedBy { get; init; }
}
