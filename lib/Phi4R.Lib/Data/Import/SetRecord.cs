namespace Phi4R.Data.Import;

/// <summary>What a record of a public set says, whatever its fields are called.</summary>
internal sealed record SetRecord
{
    /// <summary>The set's own name for the problem; null where it has none.</summary>
    public string? Id { get; init; }

    public required string? Question { get; init; }

    /// <summary>The reference answer; null where the record has none.</summary>
    public string? Reference { get; init; }

    /// <summary>
    /// Whether a record without a reference is of use, since the set has answers and states none for any.
    /// </summary>
    public bool IsUsableWithoutReference { get; init; }

    /// <summary>The set's own field of mathematics; null where it has none.</summary>
    public string? Domain { get; init; }

    /// <summary>1 (easiest) to 5; null where nobody stated it.</summary>
    public int? Level { get; init; }

    /// <summary>The share of a model's answers that were right.</summary>
    public double? SolveRate { get; init; }

    /// <summary>Where the set has the problem from.</summary>
    public string? Source { get; init; }

    /// <summary>Why the set itself says that it is no problem; null where it does not.</summary>
    public string? Unusable { get; init; }

    public IReadOnlyList<SetAnswer> Answers { get; init; } = [];

    /// <summary>Fields that were to hold answers and hold something else, in words.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];
}
