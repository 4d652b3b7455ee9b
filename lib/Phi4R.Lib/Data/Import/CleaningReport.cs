using System.Text;
using Phi4R.Foundation;

namespace Phi4R.Data.Import;

/// <summary>A question that was removed, and what it is like.</summary>
/// <param name="Why">What gave it away.</param>
internal sealed record RemovedPair(string Id, string Question, string OtherId, string OtherQuestion, string Why);

/// <summary>
/// What was removed side by side with why: all of it in lines of JSON, and the first of it on a page.
/// </summary>
internal static class CleaningReport
{
    public const string Pairs = "removed.jsonl";
    public const string Page = "report.md";
    private const int MostOnPage = 500;
    private const int LongestQuestion = 600;

    public static void Write(
        string folder, IReadOnlyList<RemovedPair> removed, IReadOnlyList<RemovedPair> near, ImportSummary summary)
    {
        JsonLines.Write(Path.Combine(folder, Pairs), removed);
        var page = new StringBuilder($"""
            # What was left out

            {summary.Problems:N0} problems and {summary.Rollouts:N0} rollouts were kept.

            | how many | why | the first |
            |---|---|---|

            """);
        foreach (var left in summary.LeftOut)
        {
            page.AppendLine($"| {left.Count:N0} | {Cell(left.Why)} | {Cell(left.First)} |");
        }

        Table(page, "Removed, side by side", removed, $"; all of them are in {Pairs}");
        Table(page, "Kept, and much like a benchmark's: for a person to look at", near, "");
        AtomicFile.WriteText(Path.Combine(folder, Page), page.ToString());
    }

    private static void Table(StringBuilder page, string title, IReadOnlyList<RemovedPair> pairs, string more)
    {
        page.AppendLine().AppendLine($"## {title}").AppendLine();
        page.AppendLine(pairs.Count > MostOnPage
            ? $"The first {MostOnPage} of {pairs.Count:N0}{more}."
            : $"{pairs.Count:N0}.");
        page.AppendLine().AppendLine("| question | the other | why |").AppendLine("|---|---|---|");
        foreach (var pair in pairs.Take(MostOnPage))
        {
            page.AppendLine($"| {Cell(pair.Id)}: {Cell(pair.Question)} | {Cell(pair.OtherId)}: "
                + $"{Cell(pair.OtherQuestion)} | {Cell(pair.Why)} |");
        }
    }

    // A text of others on one line of a table, and as text: no mark of the page and no tag is obeyed.
    private static string Cell(string text)
    {
        var line = TerminalText.Inert(text.Length > LongestQuestion ? text[..LongestQuestion] + "…" : text)
            .ReplaceLineEndings(" ");
        return line.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal);
    }
}
