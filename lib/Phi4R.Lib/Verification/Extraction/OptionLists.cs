using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>A list of the options at the end of a text, each judged: "- glycine: no stereocenter ✅".</summary>
internal static partial class OptionLists
{
    private const int Reach = 4000;
    private const int Fewest = 3;

    private sealed record Entry(int Option, string Rest);

    /// <summary>
    /// The index of the one option that a list at the end of a text calls right; -1 where the list chooses none; null
    /// where the text ends in no list.
    /// </summary>
    public static int? Judged(string text, IReadOnlyList<string> choices)
    {
        text = text.Length > Reach ? text[^Reach..] : text;
        var options = choices.Select(OptionWords.Plain).ToList();
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var entries = lines.Reverse().Select(line => Read(line, options)).TakeWhile(entry => entry is not null)
            .Select(entry => entry!).ToList();
        entries = IsList(entries, options.Count) || lines.Length == 0 ? entries : InLine(lines[^1], options.Count);
        return IsList(entries, options.Count) ? Right(entries) : null;
    }

    private static bool IsList(List<Entry> entries, int options) =>
        entries.Count >= Math.Min(Fewest, options)
            && entries.Select(entry => entry.Option).Distinct().Count() == entries.Count;

    private static int Right(List<Entry> entries)
    {
        var right = entries.Where(entry => Positive().IsMatch(entry.Rest)).ToList();
        return right is [var one] && (Mark().IsMatch(one.Rest)
            || entries.TrueForAll(entry => entry == one || Negative().IsMatch(entry.Rest)))
            ? one.Option
            : -1;
    }

    // A line that opens with an option's letter or words, with a mark or nothing behind them.
    private static Entry? Read(string line, List<string> options)
    {
        var plain = OptionWords.Plain(Bullet().Replace(line, ""));
        if (Lettered().Match(plain) is { Success: true } mark && mark.Groups["l"].Value[0] - 'a' is var option
            && option < options.Count)
        {
            return new Entry(option, plain[mark.Length..]);
        }

        var opening = options.Where(words => words.Length > 0 && plain.StartsWith(words, StringComparison.Ordinal)
            && Behind().IsMatch(plain[words.Length..])).MaxBy(words => words.Length);
        return opening is null ? null : new Entry(options.IndexOf(opening), plain[opening.Length..]);
    }

    // "(A) 1/2 – no; (B) 1/4 – yes; (C) 1/8 – no": the letters in their order.
    private static List<Entry> InLine(string line, int options)
    {
        List<Match> marks = [];
        foreach (Match match in Inline().Matches(line))
        {
            if (match.Groups["l"].Value[0] - 'A' == marks.Count && marks.Count < options)
            {
                marks.Add(match);
            }
        }

        return [.. marks.Select((mark, i) => new Entry(i, line[(mark.Index + mark.Length)..(i + 1 < marks.Count
            ? marks[i + 1].Index
            : line.Length)]))];
    }

    [GeneratedRegex(@"\A(?:[\s|>#*•·-]+|[0-9]{1,2}[.)]\s+(?=\S))+", RegexOptions.CultureInvariant)]
    private static partial Regex Bullet();

    [GeneratedRegex(@"\A(?:option\s+)?[(\[]?(?<l>[a-j])(?:[)\].:]|(?=\s+[-–—|✓✔✅✗✘❌])|(?=\s*\z))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Lettered();

    [GeneratedRegex(@"\A\s*(?:\z|[:–—→|(✓✔✅☑✗✘❌×]|-\s|-->?|=>)", RegexOptions.CultureInvariant)]
    private static partial Regex Behind();

    [GeneratedRegex(@"(?<![A-Za-z0-9(\[])[(\[]?(?<l>[A-J])[)\].:](?=\s)", RegexOptions.CultureInvariant)]
    private static partial Regex Inline();

    [GeneratedRegex(@"[✓✔✅☑]", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();

    [GeneratedRegex(@"[✓✔✅☑]|(?<!\b(?:not|n['’]t|in)\s*(?:the\s+)?)\b(?:yes|correct|right|true)\b"
        + @"(?:\s+answer)?[\s.!)*|;,]*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Positive();

    [GeneratedRegex(@"[✗✘❌×]|\b(?:no|incorrect|wrong|false|(?:not|isn['’]t)\s+(?:correct|right|true))[\s.!)*|;,]*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Negative();
}
