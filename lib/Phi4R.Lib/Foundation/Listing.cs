namespace Phi4R.Foundation;

/// <summary>Many things in one line of a message.</summary>
public static class Listing
{
    private const int LongestItem = 200;

    /// <summary>The first few, each cut to 200 signs, and how many more there are.</summary>
    /// <param name="most">How many are named.</param>
    public static string Few(IReadOnlyCollection<string> items, string separator = ", ", int most = 10) =>
        string.Join(separator, items.Take(most).Select(Shortened))
            + (items.Count > most ? $"{separator}and {items.Count - most:N0} more" : "");

    /// <summary>A text of any length for a message: its first signs, and how many it has.</summary>
    public static string Shortened(string text) =>
        text.Length <= LongestItem ? text : $"{text[..LongestItem]}… ({text.Length:N0} signs)";
}
