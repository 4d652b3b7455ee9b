using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Permutations in cycles, (1 2 3)(4 5): a cycle may begin anywhere, and disjoint ones have no order.
/// </summary>
internal static partial class Cycles
{
    private const int MaxLength = 200;

    /// <summary>Whether two permutations are the same; null unless both are written in cycles.</summary>
    public static bool? Same(string gold, string answer) =>
        gold.Length <= MaxLength && answer.Length <= MaxLength && Read(gold) is { } a && Read(answer) is { } b
        ? a.Keys.Concat(b.Keys).All(item => a.GetValueOrDefault(item, item) == b.GetValueOrDefault(item, item))
        : null;

    // Where each number goes; null for cycles that share one, whose order would count.
    private static Dictionary<int, int>? Read(string text)
    {
        var bare = text.Trim().Trim('$');
        if (!bare.StartsWith('(') || !Whole().IsMatch(bare = Spacing().Replace(bare, " ")))
        {
            return null;
        }

        Dictionary<int, int> images = [];
        foreach (var cycle in bare.Split(')', StringSplitOptions.RemoveEmptyEntries))
        {
            var items = cycle.Trim().TrimStart('(').Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(item => int.Parse(item, CultureInfo.InvariantCulture)).ToList();
            for (var i = 0; i < items.Count; i++)
            {
                if (!images.TryAdd(items[i], items[(i + 1) % items.Count]))
                {
                    return null;
                }
            }
        }

        return images;
    }

    [GeneratedRegex(@"\\(?:quad|left|right)(?![A-Za-z])|\\[ ,;:!]|[~\s]+", RegexOptions.CultureInvariant)]
    private static partial Regex Spacing();

    [GeneratedRegex(@"\A(?:\( *[0-9]{1,2}(?: +[0-9]{1,2})+ *\) *)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
