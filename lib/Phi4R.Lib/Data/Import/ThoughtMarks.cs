using System.Text.RegularExpressions;

namespace Phi4R.Data.Import;

/// <summary>
/// The marks that public sets put around a thought, written as the recipe's &lt;think&gt; and &lt;/think&gt;.
/// </summary>
internal static partial class ThoughtMarks
{
    private const string Start = "<think>";
    private const string End = "</think>";

    /// <summary>
    /// A completion in the recipe's form; one that marks no thought stays as it is, and an end without a start begins
    /// with the text, as where a prompt has opened the thought.
    /// </summary>
    public static string Recipe(string text)
    {
        if (text.StartsWith(Start, StringComparison.Ordinal) && text.Contains(End, StringComparison.Ordinal))
        {
            return text.TrimEnd(); // as it should be, whatever the spaces
        }

        var marked = Solution().Replace(Ends().Replace(Starts().Replace(text, Start), End), "");
        var (start, end) = (marked.IndexOf(Start, StringComparison.Ordinal),
            marked.IndexOf(End, StringComparison.Ordinal));
        if (start < 0 && end < 0)
        {
            return marked.Trim();
        }

        var isOpened = start >= 0 && (end < 0 || start < end);
        var before = isOpened ? marked[..start].Trim() : "";
        var thought = marked[(isOpened ? start + Start.Length : 0)..(end < 0 ? marked.Length : end)];
        var written = end < 0 ? $"{Start}\n{thought.Trim()}" : Thought(thought, marked[(end + End.Length)..]);
        return before.Length > 0 ? $"{before}\n\n{written}" : written;
    }

    /// <summary>A completion of a thought and the answer that follows it.</summary>
    public static string Thought(string thought, string answer) =>
        $"{Start}\n{thought.Trim()}\n{End}\n\n{answer.Trim()}".TrimEnd();

    [GeneratedRegex(@"<\|begin_of_(?:thought|thinking)\|>|<thinking>|<thought>|◁think▷|<\|?think(?:ing)?\|?>\n?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Starts();

    [GeneratedRegex(@"<\|end_of_(?:thought|thinking)\|>|</(?:thinking|thought|think)>|◁/think▷|<\|/?end_think\|>",
        RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"<\|(?:begin|end)_of_(?:solution|answer)\|>", RegexOptions.CultureInvariant)]
    private static partial Regex Solution();
}
