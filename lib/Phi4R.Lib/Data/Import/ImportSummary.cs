namespace Phi4R.Data.Import;

/// <summary>Records that an import left out for one reason.</summary>
/// <param name="Why">In words.</param>
/// <param name="Count">How many.</param>
/// <param name="First">The file and the record where it was found first.</param>
public sealed record LeftOutRecords(string Why, long Count, string First);

/// <summary>What an import made, and what it left out.</summary>
public sealed record ImportSummary
{
    /// <summary>Problems with a reference answer, in problems.jsonl.</summary>
    public required long Problems { get; init; }

    /// <summary>Completions, in the parts.</summary>
    public required long Rollouts { get; init; }

    /// <summary>Completions among them that an earlier start, which was interrupted, had written.</summary>
    public long Kept { get; init; }

    /// <summary>Problems whose completions are there although the set has no reference answer for them.</summary>
    public required long WithoutReference { get; init; }

    /// <summary>All else that was in the files, by its reason.</summary>
    public required IReadOnlyList<LeftOutRecords> LeftOut { get; init; }
}
