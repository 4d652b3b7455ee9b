using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>What questions and their answers are recognised by.</summary>
internal static partial class Questions
{
    [GeneratedRegex(@"\\(?:left|right|displaystyle|quad)(?![A-Za-z])|\\[,;! ]|\$|~", RegexOptions.CultureInvariant)]
    private static partial Regex Sized();

    [GeneratedRegex(@"\b(?:intervals?|domain|range|inequality|(?:in|de)creas(?:es|ing)|positive|negative|concave|convex"
        + @"|converges?)\b|\b(?:set of|for (?:which|what)|all) (?:all |real |the )*(?:x|values|numbers|t)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex AskedInterval();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gaps();

    [GeneratedRegex(@"[^a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Letters();

    [GeneratedRegex(@"\\(?:text|mathrm|textrm|texttt|mathtt|textbf|operatorname)\s*\{|\\(?= )",
        RegexOptions.CultureInvariant)]
    private static partial Regex Wrapping();

    [GeneratedRegex(@"\s*(?:,|;|\\text\s*\{\s*,?\s*and\s*\}|\band\b)\s*(?:and\b\s*)?", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    [GeneratedRegex(@"(?<![A-Za-z0-9])\(([a-z][^()=<>]{0,20}(?:,[^()=<>,]{1,20}){1,5})\)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Tuple();

    [GeneratedRegex(@"\A\(([^()=]+)\)=\(([^()=]+)\)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Tuples();

    [GeneratedRegex(@"(?<=[.?!])\s+(?=[A-Z$\\])|\n+", RegexOptions.CultureInvariant)]
    private static partial Regex Sentences();

    [GeneratedRegex(@"\b(?:in|[Hh]ow many)\s+(?<unit>(?:(?:square|cubic)\s)?(?:(?:kilo|centi|milli)?(?:meters|metres"
        + @"|grams|liters|litres|joules|watts|newtons)|seconds|minutes|hours|days|weeks|years|months|feet|inches|yards"
        + @"|miles|pounds|ounces|tons|dollars|cents|cm|mm|km|kg|mL)(?:\s(?:per|/)\s(?:second|minute|hour|day|year))?"
        + @"|coulombs|volts|ohms|amperes|pascals|moles|degrees Celsius|degrees Fahrenheit"
        + @"|radians|degrees(?!\s(?:Celsius|Fahrenheit|C|F|K)\b)|km/h|m/s(?:\^2|²)?|mph)"
        + @"(?![A-Za-z/^])(?!\s(?:per|and|or)\b)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Asked();

    [GeneratedRegex(@"\A\s*\$?\s*-?(?:[0-9][0-9,.]*(?:\s*\\(?:times|cdot)\s*10\^(?:\{-?[0-9]{1,3}\}|[0-9]))?"
        + @"|(?:[0-9]+\s*)?\\[dt]?frac(?:\{[0-9]+\}\{[0-9]+\}|[0-9]{2})|(?:[0-9]+ )?[0-9]+/[0-9]+)\s*\$?\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"[0-9}].*[A-Za-z$]|\$\s*[0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex HasUnit();

    [GeneratedRegex(@"\b(?:in|to|into|as an?|as)\s+(?:its\s+|the\s+)?(?:base[\s-]*(?:\$)?(?<base>[0-9]{1,2}|[a-z]+)"
        + @"|(?<base>hexadecimal|binary|octal|decimal|ternary|hex))\b|\b(?<base>hexadecimal|binary|octal|decimal)"
        + @"\s(?:representation|form|expansion|notation)|\bbase[\s-]+(?<base>[0-9]{1,2}|[a-z]+)\s"
        + @"(?:representation|form|expansion|notation)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Base();

    [GeneratedRegex(@"\A(?<hex>0x)?\(?(?<digits>[0-9A-Fa-f]{1,100})\)?(?:(?:_\(?(?:base)?|\(?(?:in)?base)"
        + @"(?<radix>[0-9]{1,2}|two|three|five|seven|eight|nine|ten|twelve|sixteen|hex|bin|oct|dec)\)?)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [GeneratedRegex(@"\A\s*\$?\s*(?<n>-?[0-9]+(?:\.[0-9]+)?)\s*(?:(?<second>''|""|″|\^\{?\\prime\s*\\prime\}?)"
        + @"|(?:'|′|\^\{?\\prime\}?))\s*\$?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Marked();

    [GeneratedRegex(@"(?<=\A[^A-Za-z]*(?:\\text\{)?)\s*\b(minutes?|seconds?)(?=\s*\}?\s*\z)",
        RegexOptions.CultureInvariant)]
    private static partial Regex TimeOfArc();

    [GeneratedRegex(@"\barc[\s-]?(?:min|sec)|\b(?:minutes?|seconds?) of arc\b|\bdegrees?\b|\\circ|°",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ArcWords();

    [GeneratedRegex(@"\b(?:feet|foot|inch(?:es)?)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex LengthWords();

    [GeneratedRegex(@"(?:°|\\circ|[Dd]egrees?)[\s}~\\,]*(?:\\(?:text|mathrm|textrm|rm)\s*\{?\s*)?"
        + @"(?<scale>[CF]|Celsius|Fahrenheit)\s*\}?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Scale();

    [GeneratedRegex(@"\b(?:Celsius|Fahrenheit|temperature|thermometer)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TemperatureWords();

    [GeneratedRegex(@"(?<=[0-9.}\s])\s*(?:°|\^\s*\{?\s*\\circ\s*\}?|\\?\s*(?:\\(?:text|mathrm)\{)?\s*"
        + @"degrees?\s*\}?)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex DegreesAtEnd();

    [GeneratedRegex(@"\b[Hh]ow many (?<what>quarters|halves|thirds|fourths|fifths|tenths|eighths|dozen|dozens)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex HowMany();

    [GeneratedRegex(@"\A\s*(?<n>[0-9][0-9,]*)\s*(?:\\text\{)?\s*(?<what>quarters|halves|thirds|fourths|fifths|tenths"
        + @"|eighths|dozen|dozens)\s*\}?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex CountAtEnd();

    [GeneratedRegex(@"\A(?<before>(?:[A-Za-z]+ ){0,6}?)(?:(?:an? |the )?(?<verb>(?:in|de)creases? of|reduction of"
        + @"|drop of|rise of|fall of|growth of|loss of|gain of)|(?<verb>[a-z]+) by(?: a factor of)?) (?:exactly )?"
        + @"(?<value>[0-9][0-9.,]*(?: ?\\?%| percent)?)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ChangedBy();

    [GeneratedRegex(@"\A[Bb]y (?<value>[0-9][0-9.,]*(?: ?\\?%| percent)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex By();

    [GeneratedRegex(@"\b(?:shrinks?|shrank|shrunk|decreas\w*|fall|falls|fell|fallen|drop\w*|declin\w*|reduc\w*|lost"
        + @"|loses?|loss|lower\w*|diminish\w*|discount\w*|depreciat\w*)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Falls();

    [GeneratedRegex(@"\b(?:grows?|grew|grown|growth|increas\w*|rises?|rose|risen|gain\w*|climb\w*|rais\w*|appreciat\w*"
        + @"|expand\w*|went up|go(?:es)? up)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Rises();

    [GeneratedRegex(@"\A(?:[Tt]he |[Aa]n? )?(?<subject>[A-Za-z]+(?: [A-Za-z]+){0,6}) (?:is|are|was|were) "
        + @"(?<value>[^=<>]{1,80})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\A(?<words>[A-Za-z]+(?: [A-Za-z]+){0,7}) (?<value>[0-9][^=<>]{0,60})\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\b(?:not|no|never|nor|neither|if|unless|or|but|maybe|perhaps|probably|possibly|might|may|could"
        + @"|only|except|than|either|when|about|roughly|approximately|almost|nearly)\b|n['’]t\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex HasDoubt();
}
