using System.Text.Json.Serialization;

namespace Phi4R.Verification;

/// <summary>What a verifier can say.</summary>
public enum Outcome
{
    /// <summary>The answer equals the reference.</summary>
    Correct,

    /// <summary>It does not, or there is none.</summary>
    Incorrect,

    /// <summary>
    /// It is not known: one of the two cannot be read, or the budget ran out. Counted, never taken for right.
    /// </summary>
    Unverifiable,
}

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

/// <summary>The conventions on which graders differ.</summary>
public sealed record VerifierConfig
{
    /// <summary>Decimal places to which a decimal stands for another number.</summary>
    public int Precision { get; init; } = 6;

    /// <summary>Whether the names of variables matter; if not, f(x) is f(y).</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Whether a set as the gold accepts an inequality as the answer; the other way round is always accepted.
    /// </summary>
    public bool AllowSetRelation { get; init; } = true;

    /// <summary>Whether "1,22" may be a decimal with a comma; in formulas it is a list of two.</summary>
    public bool DecimalComma { get; init; }

    /// <summary>Whether a bare list is compared in its order, as where the question asks for one.</summary>
    public bool Ordered { get; init; }

    /// <summary>Steps of reading and arithmetic that one comparison may take.</summary>
    public int Steps { get; init; } = 60_000;
}
