using System.Buffers;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// Words that are settled before a text is cut into tokens: "exactly five", "to the north", "A, then B".
/// </summary>
internal static partial class Normalization
{
    // One of these is in every text that is written anew below, aside from P(A|B) and what opens with "She has".
    private static readonly SearchValues<string> Telling = SearchValues.Create(["exactly", "precisely", " the ", "due ",
        "then ", "triangle", "{hex}", "{bin}", "{oct}", "{dec}", "\\mid", "\\vert", "Rs", "integer", "number",
        "real", "interval", "a half", "a hundred", "a thousand", "a million", "a billion", "a dozen", "a third",
        "a quarter", "a trillion", "a googol", "arc"], StringComparison.OrdinalIgnoreCase);

    private static string WrittenInWords(string text)
    {
        if (!text.AsSpan().ContainsAny(Telling) && !(text.Contains('P') && text.Contains('|'))
            && text is not ['S' or 's' or 'H' or 'h' or 'T' or 't' or 'W' or 'w' or 'I' or 'i', ..])
        {
            return text;
        }

        text = OfArc().Replace(ArcOf().Replace(text, "arc$1"), "arc$1");
        text = HalfOf().Replace(text, "0.5 ");
        text = One().Replace(text, "$1one ");
        text = Exactly().Replace(text, "$1");
        text = Towards().Replace(text, "$1");
        text = Then().Replace(text, ", ");
        text = Triangle().Replace(text, "\\triangle ");
        text = BaseName().Replace(text, match => "_{" + (match.Groups[1].Value[0] switch
        {
            'h' => "16",
            'b' => "2",
            'o' => "8",
            _ => "10",
        }) + "}");
        text = Conditional().Replace(text, "\\operatorname{Prob}($1,$2)");
        text = Rupees().Replace(text, "₹");
        text = Whole().Replace(text, "$1 ");
        text = Interval().Replace(text, match => match.Groups[1].Value[0] is 'c' or 'C'
            ? $"[{match.Groups[2].Value},{match.Groups[3].Value}]"
            : $"({match.Groups[2].Value},{match.Groups[3].Value})");
        text = SaidOf().Replace(text, "$1");
        return Except().Match(Undressed(text)) is { Success: true } except
            ? Set(except) + " \\setminus \\{" + Joint().Replace(except.Groups["items"].Value, ", ") + "\\}"
            : text;
    }

    private static string Undressed(string text) =>
        text.Length > 200 ? "" :
            Spaced().Replace(Wrapping().Replace(text, "").Replace("}", "", StringComparison.Ordinal), " ");

    private static string Set(Match except) => except.Groups["set"].Value switch
    {
        ['p', ..] or ['n', ..] => "\\mathbb{Z}^+",
        ['i', ..] => "\\mathbb{Z}",
        _ => "\\mathbb{R}",
    };

    [GeneratedRegex(@"\barc[ -]?(minutes?|seconds?)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ArcOf();

    [GeneratedRegex(@"\b(minutes?|seconds?) of (?:an )?arc\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OfArc();

    [GeneratedRegex(@"\bhalf (?:of )?an? (?=hundred\b|thousand\b|million\b|billion\b|trillion\b|dozen\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex HalfOf();

    [GeneratedRegex(@"(^|\\text\{)\s*an? (?=half\b|hundred\b|thousand\b|million\b|billion\b|dozen\b|third\b|quarter\b"
        + @"|googol\b)",
        RegexOptions.CultureInvariant)]
    private static partial Regex One();

    [GeneratedRegex(@"(^|\\text\{)\s*(?:exactly|precisely)\s+(?=[0-9a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Exactly();

    [GeneratedRegex(@"\b(?:to|towards?|in) the (north|south|east|west|left|right)(?: direction)?\b"
        + @"|\bdue (?=north|south|east|west)", RegexOptions.CultureInvariant)]
    private static partial Regex Towards();

    [GeneratedRegex(@"\s*,\s*(?:and )?then (?=\S)", RegexOptions.CultureInvariant)]
    private static partial Regex Then();

    [GeneratedRegex(@"(?:\\(?:text|mathrm)\{\s*)?(?<![\\A-Za-z])triangle[\s~]*\}?\s*(?=[A-Z]{3}(?![A-Za-z]))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Triangle();

    [GeneratedRegex(@"(?<=[0-9A-F])_\{?\s*\\(?:text|mathrm)\{(hex|bin|oct|dec)\}\s*\}?", RegexOptions.CultureInvariant)]
    private static partial Regex BaseName();

    [GeneratedRegex(@"(?<![A-Za-z\\])(?:\\mathbb\s*\{P\}|\\Pr|P)\s*\(\s*([A-Z])\s*(?:\\mid|\\vert|\|)"
        + @"\s*([A-Z])\s*\)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Conditional();

    // "She has 18 dollars left."
    [GeneratedRegex(@"^(?:[Ss]he|[Hh]e|[Tt]hey|[Ww]e|[Ii]t) (?:has|have|had|needs?|needed|pays?|paid|earns?|earned"
        + @"|makes?|made"
        + @"|costs?|takes?|took|gets?|got|saves?|saved|spends?|spent|will (?:have|pay|need|earn|get)) "
        + @"(?=[$\\0-9])(.*?)(?: left)?\.?$", RegexOptions.CultureInvariant)]
    private static partial Regex SaidOf();

    [GeneratedRegex(@"^\s*(?:all|every|any|the set of all) (?<set>positive integers?|natural numbers?|integers?"
        + @"|real numbers?|reals?)(?:[ ~]+[a-z])?,? (?:except|other than|excluding|but|besides)(?: for)?"
        + @"(?:[ ~]+[a-z] ?=)?(?<items>(?:[^a-zA-Z]|\\(?:frac|sqrt|pm|pi)|and |or )+)$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Except();

    [GeneratedRegex(@"^Rs\.?\s*(?=[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Rupees();

    // "all integers n with n ≥ 3": n, m and k are taken for integers, so that only the bound is compared.
    [GeneratedRegex(@"^(?:\\text\{)?\s*(?:for )?(?:all|every|any) (?:positive |natural )?"
        + @"(?:integers?|numbers?)[\s~]*\}?\s*([nmk])"
        + @"(?:\s*(?:\\text\{)?\s*(?:with|such that|where|satisfying|for which)\s*\}?\s*\1)?\s*(?=\\g|\\l|[<>])",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^(?:the )?(closed|open) interval from ([^,a-z]{1,40}) to ([^,a-z]{1,40})$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Interval();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaced();

    [GeneratedRegex(@"\s*,?\s*(?:\band\b|\bor\b)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    [GeneratedRegex(@"\\(?:text|mathrm|textrm)\s*\{|\$", RegexOptions.CultureInvariant)]
    private static partial Regex Wrapping();
}
