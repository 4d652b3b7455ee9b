using System.Buffers;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// Words around a value that say nothing of it: "There are 36 marbles in the bag", "twelve sides (a dodecagon)",
/// "nine times as large", "The rank is seven."
/// </summary>
internal static partial class Normalization
{
    private const int LongestAside = 200;

    // One of these is in every text that is written anew here.
    private static readonly SearchValues<string> OfAsides = SearchValues.Create(
        ["there ", "total", "(", " in ", " on ", " is ", " are ",
            " has ", " have ", "attained", "achieved", "reached", " equals ", "times as",
            "factor of", "fold", "bled", "bles", "ples", "pled", "halve", "alf as", "twice as", "quarter", "diverge",
            "tends", "goes", "grows", "blows"], StringComparison.OrdinalIgnoreCase);

    private static string WithoutAsides(string text)
    {
        if (text.Length > LongestAside || !text.AsSpan().ContainsAny(OfAsides))
        {
            return text;
        }

        text = UnitInBrackets().Replace(text, "\\text{ ${unit}}");
        text = DecimalCommaNamed().Replace(text, "$1.$2");
        text = Attained().Replace(text, " ${at}");
        text = Described().Replace(text, "");
        text = ThereAre().Replace(text, "$1");
        text = TimesAs().Replace(text, match => match.Groups["n"].Value.ToLowerInvariant() switch
        {
            "twice" => "2 times",
            "half" => "0.5 times",
            _ => match.Groups["n"].Value,
        });
        var plain = Unspoken(text);
        if (Placed().Match(plain) is { Success: true } placed && Names(placed.Groups["noun"].Value))
        {
            return $"\\text{{{placed.Groups["n"].Value} {placed.Groups["noun"].Value}}}";
        }

        if (Says().Match(plain) is { Success: true } says
            && says.Groups["subject"].Value.ToLowerInvariant().Split(' ').All(word => word is "of" or "the"
                || (Phrases.IsPlainName(word) && Phrases.MayName(word) && !NumberWords.IsStart(word)))
            && (says.Groups["noun"].Length == 0 || Names(says.Groups["noun"].Value)))
        {
            return $"\\text{{{says.Groups["n"].Value} {says.Groups["noun"].Value}}}";
        }

        return Endless().Match(plain) is { Success: true } endless ? endless.Groups["value"].Value
            : Multiplied(plain) is { } factor ? factor + "\\text{ times}"
            : text;
    }

    private static bool Names(string words) => words.Trim().Split(' ').All(Phrases.IsPlainName);

    // "quadrupled", "increases by a factor of 4", "halved": how many times as large it gets.
    private static string? Multiplied(string plain)
    {
        if (Factor().Match(plain) is not { Success: true } factor)
        {
            return null;
        }

        if (factor.Groups["word"] is { Success: true, Value: var word })
        {
            return word.ToLowerInvariant() switch
            {
                ['d', ..] => "2",
                ['t', ..] => "3",
                ['h', ..] => "\\frac{1}{2}",
                ['q', 'u', 'a', 'd', ..] => "4",
                ['q', 'u', 'i', ..] => "5",
                ['s', ..] => "6",
                _ => "\\frac{1}{4}",
            };
        }

        var n = factor.Groups["n"].Value;
        n = NumberWords.Whole(n)?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? n;
        return factor.Groups["falls"].Success ? $"\\frac{{1}}{{{n}}}" : n;
    }

    private const string NumberWord = "(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
        + "|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
        + "|hundred|thousand|million)";

    private const string Numeral = @"(?:-?[0-9][0-9,.]*|" + NumberWord + "(?:[ -](?:and )?" + NumberWord + "){0,6})";

    // "12 (square units)", "5 (cm)", "(in meters)".
    [GeneratedRegex(@"(?<=\S)\s*(?:\\[ ,;])*\(\s*(?:\\(?:text|mathrm|textrm)\{\s*)?(?:in )?(?<unit>(?:square|cubic"
        + @"|sq\.?)"
        + @"[ ~](?:units?|meters?|metres?|centimeters?|centimetres?|feet|inches|miles|cm|km|mm)"
        + @"|units|meters|metres|centimeters|centimetres|kilometers|feet|inches|miles|cm|km|mm|kg|seconds|minutes|hours"
        + @"|degrees)\s*\}?\s*\)(?=\s*\}?\s*\z)", RegexOptions.CultureInvariant)]
    private static partial Regex UnitInBrackets();

    // "0,5 (decimal comma)"
    [GeneratedRegex(@"\A\s*\$?(-?[0-9]+),([0-9]+)\$?\s*(?:\\[ ,;])*(?:\\text\{)?\s*"
        + @"\(?(?:with (?:a )?|in )?decimal comma\)?\s*\}?\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex DecimalCommaNamed();

    // "-4, attained at x = 2"
    [GeneratedRegex(@"\s*,?\s*(?:which is |and is |it is )?(?:attained|achieved|reached) (?<at>at|when|for)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex Attained();

    // "(a dodecagon)": what a value is called; no word of it may weaken the value.
    [GeneratedRegex(@"(?<=[0-9A-Za-z}])\s*\(\s*(?:\\text\{\s*)?(?:an?|the) (?!(?:[a-z]+ )?(?:guess|estimate|bound"
        + @"|approximation|contradiction|minimum|maximum|half|third|quarter|dozen|negative|trap|mistake|multiple"
        + @"|conjecture|assumption)\b)[a-z]{3,}(?: [a-z]{3,})?\s*\}?\s*\)(?=\s*\}?\s*\z)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Described();

    [GeneratedRegex(@"\A(\s*(?:\\text\{)?)\s*(?:(?:there (?:is|are|was|were|will be)\s+(?:exactly |precisely )?"
        + @"(?:a total of |in total,? |altogether,? )?)|(?:a total of|in total,?|altogether,?)\s+)(?=(?:\s|\}|\$)*"
        + @"(?:[0-9(]|\\(?!text)|" + NumberWord + @"\b))", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ThereAre();

    [GeneratedRegex(@"\b(?<n>times|twice|half) as (?:large|big|great|much|many|high|long|fast|strong|heavy|wide|tall"
        + @"|old|far|bright|loud|massive|likely|deep|hot|small)(?: as (?:the |it |its )?[a-z]+(?: [a-z]+){0,2})?"
        + @"(?=[\s.}]*\z)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TimesAs();

    // "36 marbles in the bag"
    [GeneratedRegex(@"\A(?<n>" + Numeral + @") (?<noun>[a-z]+(?: [a-z]+){0,2}) (?:in|on|inside) (?:the|this|that|his"
        + @"|her"
        + @"|our|their|each|an?) (?![a-z ]*\b(?:morning|afternoon|evening|night|ratio|numerator|denominator|exponent"
        + @"|[a-z]*direction|north|south|east|west|left|right|up|down|positive|negative|opposite|other"
        + @"|same)\b)[a-z]{3,}(?: [a-z]{3,})?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Placed();

    // "The rank is seven", "The polygon has twelve sides".
    [GeneratedRegex(@"\A(?:(?:the|its|our|this) )?(?<subject>[a-z]+(?: [a-z]+){0,4}) (?:is|are|equals|was|has|have) "
        + @"(?:exactly |equal to )?(?<n>(?:minus |negative )?" + NumberWord + "(?:[ -](?:and )?" + NumberWord
        + @"){0,6})(?<noun>(?: [a-z]+){0,2})\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Says();

    // "diverges to +∞"
    [GeneratedRegex(@"\A(?:(?:it|(?:the )?(?:limit|series|integral|sequence|sum|function)) )?(?:diverges|tends|goes"
        + @"|grows|blows up) to (?<value>[+-]?\s?\\infty)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Endless();

    [GeneratedRegex(@"\A(?:(?:it|they|the [a-z]+(?: [a-z]+){0,2}) )?(?:(?:is|are|was|gets?|will be|has been|becomes) )?"
        + @"(?:(?<word>doubles|doubled|trebled|triples|tripled|quadruples|quadrupled|quintuples|quintupled|sextupled"
        + @"|halves|halved|quartered)"
        + @"|(?:(?:changes|increases|grows|rises|goes up|multiplied|scaled|increased|changed"
        + @"|(?<falls>decreases|falls|drops|shrinks|reduced|divided|decreased|goes down)) by )?a factor of "
        + @"(?<n>[0-9]+(?:\.[0-9]+)?|two|three|four|five|six|seven|eight|nine|ten)"
        + @"|(?:increases|grows|rises|increased) (?<n>two|three|four|five|six|seven|eight|nine|ten|[0-9]+)-?fold)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Factor();
}
