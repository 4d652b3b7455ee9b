namespace Phi4R.Verification;

/// <summary>What is wrong with a reference answer.</summary>
public enum AuditKind
{
    /// <summary>It is not understood, so only the same text is accepted for it.</summary>
    Unreadable,

    /// <summary>It is not equal to itself when both are read afresh in a box.</summary>
    NotItself,

    /// <summary>
    /// It equals the next different reference of the file, so the two problems may share an answer or the reading loses
    /// a difference.
    /// </summary>
    LikeNeighbor,

    /// <summary>It is empty.</summary>
    Empty,

    /// <summary>
    /// It says that there is no answer ("proof", "not found"), or is a text of its own; no response is ever right for
    /// it.
    /// </summary>
    NoAnswer,
}
