using Phi4R.Verification;

namespace Phi4R.Data.Import;

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
