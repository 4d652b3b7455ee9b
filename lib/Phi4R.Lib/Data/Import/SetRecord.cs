using Phi4R.Verification;

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

/// <summary>A completion that a record brings along.</summary>
/// <param name="Text">Null or empty where the record has only a place for it.</param>
internal sealed record SetAnswer(string? Text)
{
    /// <summary>Whether it came to its end; null where the set does not say.</summary>
    public bool? Finished { get; init; }

    /// <summary>What the set says of it; null where it says nothing.</summary>
    public bool? IsCorrect { get; init; }

    /// <summary>Who said it.</summary>
    public string? Judge { get; init; }

    /// <summary>Who wrote it, where the set has answers of several.</summary>
    public string? Style { get; init; }

    /// <summary>The set's verdict as the recipe keeps it.</summary>
    public Verdict? Verdict(string set) => IsCorrect is { } right
        ? new(right ? Outcome.Correct : Outcome.Incorrect, null, "As the data set says.")
        {
            JudgedBy = Judge is null ? set : $"{set} ({Judge})",
        }
        : null;
}
