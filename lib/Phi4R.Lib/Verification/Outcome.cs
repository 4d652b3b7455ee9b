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
