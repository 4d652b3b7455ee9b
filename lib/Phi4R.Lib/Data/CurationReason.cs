namespace Phi4R.Data;

/// <summary>
/// Why rollouts are not in a curated set. A rollout is counted once, under the first reason that applies.
/// </summary>
public enum CurationReason
{
    /// <summary>The answer did not come to its end.</summary>
    Unfinished,

    /// <summary>The text repeats itself.</summary>
    Repetitive,

    /// <summary>The verifier was not asked, or could not judge.</summary>
    Unverified,

    /// <summary>The verifier said no.</summary>
    Wrong,

    /// <summary>Another style than those wanted.</summary>
    OtherStyle,

    /// <summary>A level without weight, or one that nobody stated where such have none.</summary>
    OtherLevel,

    /// <summary>Longer than what the stage can learn.</summary>
    TooLong,

    /// <summary>Another answer to the same problem was sampled.</summary>
    SameProblem,

    /// <summary>Fit, but its level and domain had enough.</summary>
    BeyondQuota,
}
