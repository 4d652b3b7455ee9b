namespace Phi4R.Foundation;

/// <summary>How much came of a part, or of several.</summary>
/// <param name="Completions">Completions that came.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Failed">Completions that could not be had.</param>
public readonly record struct PartTally(long Completions, long Tokens, long Failed)
{
    /// <summary>The two together.</summary>
    public static PartTally operator +(PartTally one, PartTally other) => new(
        one.Completions + other.Completions, one.Tokens + other.Tokens, one.Failed + other.Failed);
}
