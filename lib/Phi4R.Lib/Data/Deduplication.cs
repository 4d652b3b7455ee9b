namespace Phi4R.Data;

/// <summary>What is left of a data set without its repeats.</summary>
/// <param name="Kept">The first of each, in the order in which they came.</param>
/// <param name="Removed">How many were repeats.</param>
public sealed record Deduplicated<T>(IReadOnlyList<T> Kept, int Removed);

/// <summary>Removes records whose text has been there before, to the letter.</summary>
public static class Deduplication
{
    /// <summary>Keeps the first record of each text. Holds every text in memory.</summary>
    /// <param name="text">What makes two records equal, such as a question, or a question and its answer.</param>
    public static Deduplicated<T> Remove<T>(IReadOnlyCollection<T> records, Func<T, string> text)
    {
        T[] kept = [.. records.DistinctBy(text, StringComparer.Ordinal)];
        return new Deduplicated<T>(kept, records.Count - kept.Length);
    }
}
