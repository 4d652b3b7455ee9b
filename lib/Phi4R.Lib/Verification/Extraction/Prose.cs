using System.Text.RegularExpressions;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// Answers that the last words of a text say of several things at once: "a equals 7 while b equals 1", "the point with
/// x-coordinate 3 and y-coordinate -2", "all real numbers greater than 2 and at most 9", "at a quarter past seven".
/// </summary>
internal static partial class Prose
{
    private const int MostWords = 30;

    /// <summary>
    /// Where in a text, from a place on, its last words give values to several names or coordinates, and what they say;
    /// null where they give none.
    /// </summary>
    public static (int Start, string Words, string? Answer)? Several(string text, int from)
    {
        var (sentence, first) = Ending(text, from);
        if (Values().Match(sentence) is { Success: true } values && !Supposed().IsMatch(sentence[..values.Index]))
        {
            var names = values.Groups["name"].Captures.Select(name => name.Value).ToList();
            return names.Distinct(StringComparer.Ordinal).Count() < names.Count ? null
                : (first + values.Index, values.Value, string.Join(" , ", names.Zip(Read(values),
                    (name, value) => $"{name} = {value}")));
        }

        return Coordinates().Match(sentence) is { Success: true } point
            ? (first + point.Index, point.Value, $"({string.Join(", ", Read(point))})")
            : null;
    }

    /// <summary>The same for a range or a time of day.</summary>
    public static (int Start, string Words, string? Answer)? Last(string text, int from)
    {
        var (sentence, first) = Ending(text, from);

        // From the longest piece to the shortest, each behind a word that may stand before it.
        foreach (var start in Starts().Matches(sentence).TakeLast(MostWords))
        {
            var words = sentence[(start.Index + start.Length)..];
            if (Normalization.IsRange(words) || (start.Groups["time"].Success && IsTime(words)))
            {
                return (first + start.Index + start.Length, words, words);
            }
        }

        return null;
    }

    // The last sentence without what closes it, and where it begins.
    private static (string Sentence, int Start) Ending(string text, int from)
    {
        var end = text.Length;
        while (end > from && (char.IsWhiteSpace(text[end - 1]) || text[end - 1] is '.' or '!' or '*' or '$'))
        {
            end--;
        }

        var sentence = text[Math.Max(from, Hedges.Sentence(text, end, end).Start)..end];
        return (sentence, end - sentence.Length);
    }

    private static bool IsTime(string words) => words.Contains(' ', StringComparison.Ordinal)
        && words.AsSpan().ContainsAnyInRange('A', 'z') && Calendar.Read(words) is not null;

    private static IEnumerable<string> Read(Match match) => match.Groups["value"].Captures
        .Select(value => Negative().Replace(value.Value, "-"))
        .Select(value => value.TrimStart('-') switch
        {
            "one half" or "a half" or "half" => Signed(value, "1/2"),
            "one third" or "a third" => Signed(value, "1/3"),
            "two thirds" => Signed(value, "2/3"),
            "one quarter" or "a quarter" or "one fourth" => Signed(value, "1/4"),
            "three quarters" or "three fourths" => Signed(value, "3/4"),
            var bare => NumberWords.Whole(bare) is { } whole ? Signed(value, $"{whole}") : value,
        });

    private static string Signed(string value, string number) => value.StartsWith('-') ? "-" + number : number;

    private const string Value = @"(?<value>(?:(?:negative|minus)\s|[-−])?(?:[0-9]+(?:[./][0-9]+)?"
        + @"|\$?\\[dt]?frac\{[0-9]+\}\{[0-9]+\}\$?|√[0-9]+|(?:(?:one|a) )?half|(?:one|a|two) thirds?"
        + @"|(?:one|a|three) (?:quarters?|fourths?)|zero|one|two|three|four|five|six|seven|eight|nine|ten"
        + @"|eleven|twelve))";

    [GeneratedRegex(@"\b(?:negative|minus)\s|−", RegexOptions.CultureInvariant)]
    private static partial Regex Negative();

    // "a equals 7 while b equals 1", "x is 3, y is -2 and z is 5"
    [GeneratedRegex(@"(?<![A-Za-z\\])(?<name>[a-z])" + Is + Value
        + @"(?:(?:\s?,?\s?(?:and|while|whereas|with|but|whilst)(?:\sthat)?\s|\s?[,;]\s)(?<name>[a-z])" + Is
        + Value + @"){1,4}\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Values();

    private const string Is = @"\s?(?:=|\s(?:is(?: equal to)?|equals|must (?:be|equal)|has to be))\s?";

    [GeneratedRegex(@"\b(?:if|suppose|assuming|when|whenever|not|never|let|once|unless)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Supposed();

    // "whose x-coordinate is 3 and whose y-coordinate is -2", "first coordinate 1, second coordinate 4"
    [GeneratedRegex(@"\b(?:x[- ](?:coordinate|value)|first (?:coordinate|component|entry)|abscissa)" + Has + Value
        + Next + @"(?:y[- ](?:coordinate|value)|second (?:coordinate|component|entry)|ordinate)" + Has + Value
        + "(?:" + Next + "(?:z[- ]coordinate|third (?:coordinate|component|entry))" + Has + Value + @")?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Coordinates();

    private const string Has = @"\s(?:is\s|equals\s|equal to\s|of\s|=\s|being\s)?";

    private const string Next = @"\s?(?:,\s?)?(?:(?:and|while|but|with|whose|the|its|an?)\s){0,4}";

    [GeneratedRegex(@"\A\s*|(?:[,:—(]\s*|(?<![A-Za-z])(?:(?<time>at|shows?|reads?|is|was|on|until|till|by|be|to|from"
        + @"|exactly|as)|are|for|of|that|which|when|where|with|contains"
        + @"|includes|holds|lies|lying|takes|attains|assumes|values"
        + @"|so|thus|hence|therefore|precisely|get|satisfies|satisfy)\s+)", RegexOptions.CultureInvariant
        | RegexOptions.IgnoreCase)]
    private static partial Regex Starts();
}
