namespace Phi4R.Maths;

/// <summary>What a verifier can say.</summary>
public enum Outcome
{
    /// <summary>The answer equals the reference.</summary>
    Correct,

    /// <summary>It does not, or there is none.</summary>
    Incorrect,

    /// <summary>It is not known: one of the two cannot be read as a number, and their texts differ.</summary>
    Unverifiable,
}

/// <summary>What the verifier said, and why.</summary>
/// <param name="Answer">The final answer that was found in the response, or null where there is none.</param>
/// <param name="Reason">In words a person can read.</param>
public sealed record Verdict(Outcome Outcome, string? Answer, string Reason);
