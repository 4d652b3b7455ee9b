using System.Globalization;
using System.Text.RegularExpressions;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Times of day in words: "half past two", "25 minutes past noon", "quarter to four in the afternoon".
/// </summary>
internal static partial class SpokenClock
{
    private const int Noon = 12 * 60;
    private const int Day = 24 * 60;

    /// <summary>The same time in digits, "3:45 pm"; null where the text is no time in words.</summary>
    public static string? InDigits(string text)
    {
        if (Exact().Match(text) is { Success: true } exact)
        {
            return WithFraction(exact);
        }

        var match = Spoken().Match(text);
        if (!match.Success)
        {
            return OnTheHour().Match(text) is { Success: true } full
                && NumberWords.Whole(full.Groups["hour"].Value) is >= 1 and <= 12 and var whole
                ? $"{whole}:00{Half(full)}"
                : null;
        }

        var before = match.Groups["before"].Success;
        var place = match.Groups["hour"].Value.ToLowerInvariant();
        var (isNoon, isMidnight, half) = (place == "noon", place == "midnight", Half(match));
        // "five to six" may be a ratio or a range; the minutes, or the time of day, make it none.
        var isTime = match.Groups["part"].Success || match.Groups["unit"].Success || isNoon || isMidnight
            || half.Length > 0 || match.Groups["sharp"].Success || !before;
        var minutes = match.Groups["part"] is { Success: true, Value: var part }
            ? part.StartsWith("q", StringComparison.OrdinalIgnoreCase) ? 15 : 30
            : NumberWords.Whole(match.Groups["n"].Value);
        if (!isTime || minutes is not (>= 1 and < 60) || (before && minutes == 30 && match.Groups["part"].Success)
            || ((isNoon || isMidnight) && half.Length > 0))
        {
            return null;
        }

        if ((isNoon ? 12 : isMidnight ? 0 : NumberWords.Whole(place)) is not { } named
            || (!isNoon && !isMidnight && named is < 1 or > 12))
        {
            return null;
        }

        var known = isNoon || isMidnight || half.Length > 0;
        var start = half == " am" ? named % 12 * 60 : half == " pm" ? (named % 12 * 60) + Noon : named * 60;
        var time = (start + (before ? -minutes.Value : minutes.Value) + Day) % Day;
        var (h, m) = (time / 60, time % 60);
        return string.Create(CultureInfo.InvariantCulture, $"{(h % 12 == 0 ? 12 : h % 12)}:{m:00}")
            + (!known ? "" : h < 12 ? " am" : " pm");
    }

    // "16 4/11 minutes past 3" is 3:16:21 9/11.
    private static string? WithFraction(Match match)
    {
        var (minutes, above, below) = (Parsed("n"), Parsed("above"), Parsed("below"));
        return minutes >= 60 || above >= below || NumberWords.Whole(match.Groups["hour"].Value) is not (>= 1 and <= 12)
            ? null
            : string.Create(CultureInfo.InvariantCulture,
                $"{NumberWords.Whole(match.Groups["hour"].Value)}:{minutes:00}:"
                + $"{60 * above / below:00} {60 * above % below}/{below}{Half(match)}");

        int Parsed(string name) => int.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);
    }

    private static string Half(Match match) => match.Groups["am"].Success ? " am"
        : match.Groups["pm"].Success ? " pm"
        : "";

    private const string Words = "(?:[0-9]{1,2}|(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six"
        + "|seven|eight|nine))?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
        + "|fifteen|sixteen|seventeen|eighteen|nineteen)";

    private const string PartOfDay = @"(?:\s?(?:(?<am>a\.?\s?m\.?)|(?<pm>p\.?\s?m\.?))"
        + @"|\s(?:(?<am>in the morning)|(?<pm>in the (?:afternoon|evening))))?";

    [GeneratedRegex(@"\A(?:at |it is )?(?<n>[0-9]{1,2}) (?<above>[0-9]{1,3})/(?<below>[0-9]{1,3}) min(?:ute)?s? "
        + "(?:past|after) (?<hour>" + Words + @")(?: o'?clock)?" + PartOfDay + @"\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Exact();

    [GeneratedRegex(@"\A(?:at |it is )?(?:(?:(?:an?|one) )?(?<part>quarter|half)|(?<n>" + Words
        + @")(?<unit>[ -]min(?:ute)?s?)?)"
        + @" (?:past|after|(?<before>to|before|until|till)) (?<hour>noon|midnight|" + Words + @")(?<sharp> o'?clock)?"
        + PartOfDay + @"\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Spoken();

    [GeneratedRegex(@"\A(?:at |it is )?(?<hour>" + Words + @") o'?clock" + PartOfDay + @"\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OnTheHour();
}
