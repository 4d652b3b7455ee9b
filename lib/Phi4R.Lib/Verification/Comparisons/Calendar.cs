using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Phi4R.Verification.Algebra;

namespace Phi4R.Verification.Comparisons;

/// <summary>Times of day and dates.</summary>
internal static partial class Calendar
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct",
        "nov", "dec"];

    // One of these is in every time that is said in words.
    private static readonly SearchValues<string> Names = SearchValues.Create(["noon", "midnight", "in the", "past",
        "quarter", "clock", "minute", " to ", " after ", " before "],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>The time or date that a text is as a whole; null for all else.</summary>
    public static Node? Read(string text)
    {
        if (text.Length > 60 || !(text.AsSpan().ContainsAnyInRange('0', '9') || text.AsSpan().ContainsAny(Names)))
        {
            return null;
        }

        var bare = Spaces().Replace(
            Dressing().Replace(text, " ").Replace("~", " ", StringComparison.Ordinal), " ").Trim();
        if (bare.AsSpan().ContainsAny(Names))
        {
            bare = SpokenClock.InDigits(bare.TrimEnd('.', ' ')) ?? bare;
            bare = PartOfDay().Replace(Noon().Replace(bare, "12:00 pm"),
                match => match.Groups["am"].Success ? " am" : " pm");
            bare = Midnight().Replace(bare, "12:00 am");
        }

        return (Node?)Clock(bare) ?? Date(bare);
    }

    /// <summary>
    /// Whether two times of day are the same; where one does not say which half of the day it is in, that is not
    /// compared.
    /// </summary>
    public static bool Same(CallNode a, CallNode b)
    {
        var (x, y) = (Seconds(a), Seconds(b));
        var either = a.Arguments[3] is TextNode { Words: "either" } != b.Arguments[3] is TextNode { Words: "either" }
            && Math.Min(x, y) < 13 * 3600;
        return x == y || (either && (x - y) % (12 * 3600) == 0);
    }

    /// <summary>What a time of day is worth where it is read as a ratio.</summary>
    public static Node Ratio(CallNode clock) => Node.Quotient(clock.Arguments[0], clock.Arguments[1]);

    // Arguments: hours, minutes, seconds, and "day" where the half of the day is known.
    private static CallNode? Clock(string text)
    {
        var match = ClockText().Match(text);
        if (!match.Success || !(match.Groups[2].Success || match.Groups[4].Success))
        {
            return null;
        }

        var (hours, minutes, seconds) = (Number(match.Groups[1]), Number(match.Groups[2]), Number(match.Groups[3]));
        var half = match.Groups[4].Value.ToLowerInvariant();
        if (hours > (half.Length > 0 ? 12 : 24) || minutes > 59 || seconds > 59 || (half.Length > 0 && hours == 0))
        {
            return null;
        }

        hours = half switch { "a" => hours % 12, "p" => (hours % 12) + 12, _ => hours };
        return new CallNode("clock",
            [Node.Number(hours), Node.Number(minutes), Node.Number(seconds),
                new TextNode(half.Length > 0 || hours is 0 or > 12 ? "day" : "either")]);
    }

    private static TextNode? Date(string text)
    {
        if (IsoDate().Match(text) is { Success: true } iso)
        {
            return Day(Number(iso.Groups[1]), Number(iso.Groups[2]), Number(iso.Groups[3]));
        }

        if (SlashDate().Match(text) is { Success: true } slashes)
        {
            return Day(Number(slashes.Groups[3]), Number(slashes.Groups[1]), Number(slashes.Groups[2]))
                ?? Day(Number(slashes.Groups[3]), Number(slashes.Groups[2]), Number(slashes.Groups[1]));
        }

        var named = MonthFirst().Match(text) is { Success: true } first ? first : DayFirst().Match(text);
        return named.Success
            ? Day(Number(named.Groups["year"]),
                Array.IndexOf(Months, named.Groups["month"].Value[..3].ToLowerInvariant()) + 1,
                Number(named.Groups["day"]))
            : null;
    }

    private static TextNode? Day(int year, int month, int day) => month is >= 1 and <= 12 && day is >= 1 and <= 31
        ? new TextNode(string.Create(CultureInfo.InvariantCulture, $"date {year}-{month}-{day}"))
        : null;

    private static int Number(Group group) =>
        group.Success ? int.Parse(group.ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static int Seconds(CallNode clock) =>
        clock.Arguments.Take(3).Aggregate(0, (sum, part) => (sum * 60) + (int)((NumberNode)part).Value.Numerator)
            % (24 * 3600); // 24:00 is midnight

    // "8:15 in the evening", and noon as a time of its own; a night may be on both sides of midnight.
    [GeneratedRegex(@"(?<=[0-9])\s*(?:o'?clock\s*)?in the (?:(?<am>morning)|afternoon|evening)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PartOfDay();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\A(?:at )?(?:12(?::00)? )?noon\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Noon();

    [GeneratedRegex(@"\A(?:at )?(?:12(?::00)? )?midnight\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Midnight();

    [GeneratedRegex(@"\\(?:text|textrm|textbf|mathrm|mbox)\s*\{|[{}]|\\[ ,;:!]", RegexOptions.CultureInvariant)]
    private static partial Regex Dressing();

    [GeneratedRegex(@"^([0-9]{1,2})(?:\s*:\s*([0-9]{2}))?(?::([0-9]{2}))?\s*(?:([ap])\.?\s?m\.?)?$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ClockText();

    [GeneratedRegex(@"^([0-9]{4})-([0-9]{2})-([0-9]{2})$", RegexOptions.CultureInvariant)]
    private static partial Regex IsoDate();

    [GeneratedRegex(@"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$", RegexOptions.CultureInvariant)]
    private static partial Regex SlashDate();

    [GeneratedRegex(@"^(?:\w+day,?\s+)?(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
        + @"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
        + @"|dec(?:ember)?)\.?\s+(?<day>[0-9]{1,2})(?:\^?\s?(?:st|nd|rd|th))?(?:,?\s+(?<year>[0-9]{4}))?$",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex MonthFirst();

    [GeneratedRegex(@"^(?:\w+day,?\s+)?(?:the\s+)?(?<day>[0-9]{1,2})(?:\^?\s?(?:st|nd|rd"
        + @"|th))?\s+(?:of\s+)?(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
        + @"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?(?:,?\s+(?<year>[0-9]{4}))?$",
            RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex DayFirst();
}
