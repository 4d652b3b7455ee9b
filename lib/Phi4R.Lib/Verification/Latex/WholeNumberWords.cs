using System.Buffers;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// What is said of whole numbers, written as congruences: "m is divisible by 4", 4 | m, "n leaves remainder 1 when
/// divided by 3", "any integer n".
/// </summary>
internal static partial class Normalization
{
    private const int LongestStatement = 160;

    // One of these is in every statement that is written anew here.
    private static readonly SearchValues<string> OfWholeNumbers = SearchValues.Create(
        ["divi", "multiple", "remainder", "mid", "|", "mod", "\\%", "any", "all", "every", "arbitrary", "each", "root",
            "power", "perfect", "least", "most", "than", "\\g", "\\l", "<", ">", " in", "R", "mapsto", "no ",
            "positive", "natural"],
        StringComparison.OrdinalIgnoreCase);

    private static string OfIntegers(string text)
    {
        if (text.Length > LongestStatement || !text.AsSpan().ContainsAny(OfWholeNumbers))
        {
            return text;
        }

        text = Mapped().Replace(Repeated().Replace(text, match => "\\text{ with multiplicity }"
            + (match.Groups[1].Value == "double" ? "2" : "3")), match =>
                (match.Groups["f"].Success ? match.Groups["f"].Value : "f") + $"({match.Groups["x"].Value}) = ");
        var plain = Unspoken(text);
        plain = SmallNumber().Replace(plain,
            match => (Array.IndexOf(SmallNumbers, match.Value.ToLowerInvariant()) + 2).ToString(
                System.Globalization.CultureInfo.InvariantCulture));
        return Stated(plain) ?? text;
    }

    /// <summary>The text without the braces of its words: "n \text{ is odd}" as "n is odd".</summary>
    private static string Unspoken(string text) =>
        Gaps().Replace(Spoken().Replace(text, " $1 "), " ").Trim(' ', '.');

    private static readonly string[] SmallNumbers = ["two", "three", "four", "five", "six", "seven", "eight", "nine",
        "ten", "eleven", "twelve"];

    private static string? Stated(string plain)
    {
        if (Bar().Match(plain) is { Success: true } bar && IsWhole(bar.Groups["d"].Value)
            && IsWhole(bar.Groups["e"].Value))
        {
            return Congruent(bar.Groups["e"].Value, bar.Groups["not"].Success, "0", bar.Groups["d"].Value);
        }

        if (Divisible().Match(plain) is { Success: true } divisible && IsWhole(divisible.Groups["e"].Value)
            && IsWhole(divisible.Groups["d"].Value))
        {
            var (name, not) = (divisible.Groups["e"].Value, divisible.Groups["not"].Success);
            name = plain.StartsWith("a multiple", StringComparison.OrdinalIgnoreCase) ? "" : name; // an article
            return !divisible.Groups["d2"].Success ? Congruent(name, not, "0", divisible.Groups["d"].Value)
                : not || !int.TryParse(divisible.Groups["d"].Value, out var first)
                    || !int.TryParse(divisible.Groups["d2"].Value, out var second) || first == 0 || second == 0 ? null
                : divisible.Groups["or"].Success
                    ? Congruent(name, false, "0", $"{first}") + "\\text{ or }"
                        + Congruent(name, false, "0", $"{second}")
                : Congruent(name, false, "0",
                    $"{(long)first / (int)System.Numerics.BigInteger.GreatestCommonDivisor(first, second) * second}");
        }

        if (Remainder().Match(plain) is { Success: true } remainder && IsWhole(remainder.Groups["e"].Value)
            && IsLess(remainder.Groups["r"].Value, remainder.Groups["d"].Value))
        {
            return Congruent(remainder.Groups["e"].Value, false, remainder.Groups["r"].Value,
                remainder.Groups["d"].Value);
        }

        if (PowerOf().Match(plain) is { Success: true } power)
        {
            var (name, letter) = (power.Groups["e"].Value, power.Groups["e"].Value == "k" ? "j" : "k");
            return (name.Length > 0 ? name + " = " : "") + (power.Groups["b"].Success
                ? $"{power.Groups["b"].Value}^{{{letter}}}, {letter} \\in \\mathbb{{Z}}_{{\\ge 0}}"
                : $"{letter}^{(power.Groups["square"].Success ? 2 : 3)}, {letter} \\in \\mathbb{{Z}}");
        }

        if (PositiveParity().Match(plain) is { Success: true } positive)
        {
            return (positive.Groups["p"].Value.ToLowerInvariant() is "even" ? "2k" : "2k-1") + ", k \\in \\mathbb{Z}^+";
        }

        if (Bounded().Match(plain) is { Success: true } bounded)
        {
            return "\\bound " + (bounded.Groups["ge"].Success ? "\\ge " : bounded.Groups["le"].Success ? "\\le "
                : bounded.Groups["gt"].Success ? "> " : "< ") + bounded.Groups["n"].Value;
        }

        if (Quotient().Match(plain) is { Success: true } quotient)
        {
            return $"\\operatorname{{Rem}}({quotient.Groups["q"].Value},{quotient.Groups["r"].Value})";
        }

        if (OneIn().Match(plain) is { Success: true } odds)
        {
            return $"\\frac{{{odds.Groups[1].Value}}}{{{odds.Groups[2].Value}}}";
        }

        return Anything().Match(plain) is { Success: true } any
            ? any.Groups["parity"].Success
                ? any.Groups["name"].Value + "\\text{ is " + any.Groups["parity"].Value + "}"
                : any.Groups["name"].Value + " \\in " + any.Groups["set"].Value.ToLowerInvariant() switch
                {
                    ['p', ..] or ['n', 'a', ..] => "\\mathbb{Z}^+",
                    ['n', ..] => "\\mathbb{Z}_{\\ge 0}",
                    ['i', ..] => "\\mathbb{Z}",
                    _ => "\\mathbb{R}",
                }
            : null;
    }

    // 12 is no remainder of a division by 5.
    private static bool IsLess(string a, string b) =>
        System.Numerics.BigInteger.Parse(a, System.Globalization.CultureInfo.InvariantCulture)
            .CompareTo(System.Numerics.BigInteger.Parse(b, System.Globalization.CultureInfo.InvariantCulture)) < 0;

    private static string Congruent(string name, bool not, string value, string modulus) =>
        (name.Trim().Length == 0 ? "\\bound" : name.Trim()) + (not ? " \\not" : " ") + "\\equiv " + value.Trim()
        + " \\pmod{" + modulus.Trim() + "}";

    // A side of a statement closes the brackets that it opens, and no others: P(A|B) has no sides.
    private static bool IsWhole(string side)
    {
        var depth = 0;
        foreach (var sign in side)
        {
            depth += sign is '(' or '{' or '[' ? 1 : sign is ')' or '}' or ']' ? -1 : 0;
            if (depth < 0)
            {
                return false;
            }
        }

        return depth == 0;
    }

    [GeneratedRegex(@"\\(?:text|textrm|mathrm|textbf|mbox)\s*\{([^{}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Spoken();

    [GeneratedRegex(@"(?:\s|~|\$|\\(?:quad|qquad)(?![A-Za-z])|\\[ ,;:!])+", RegexOptions.CultureInvariant)]
    private static partial Regex Gaps();

    [GeneratedRegex(@"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SmallNumber();

    // Numbers, letters of variables and commands, without relations.
    private const string Side = @"(?>(?:[A-Za-z](?![A-Za-z])|\\(?!mid|nmid|not|vert|[lr]vert|text|b?mod|pmod)[A-Za-z]+"
        + @"|[0-9+\-*/^_(){} !])+)";

    [GeneratedRegex(@"\A(?<d>" + Side + @")(?:\\mid(?![A-Za-z])|\|(?![_^|])|(?<not>\\nmid(?![A-Za-z])|\\not\s*\\mid"
        + @"|\\not\s*\||does not divide|doesn't divide)|divides|must divide)(?<e>" + Side + @")\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Bar();

    [GeneratedRegex(@"\A(?:(?:all|any|every|the|those)\b\s*)?(?:(?:integers?|numbers?|whole numbers?)\b\s*)?"
        + @"(?<e>" + Side + @"?)(?:(?:that|which)\s+)?(?:(?:is|are|must be|has to be|should be)\s+)?(?<not>not\s+)?"
        + @"(?:(?:divisible|evenly divisible) by|an? (?:integer )?multiple of|multiples? of)\s+"
        + @"(?:both |either )?(?<d>[0-9]+|" + Side + @")(?:\s*(?:and|(?<or>or))\s*(?:by )?(?<d2>[0-9]+))?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Divisible();

    [GeneratedRegex(@"\A(?<e>" + Side + @")(?:(?:leaves|gives|has|yields)(?: an?| the)? remainder(?: of)? (?<r>[0-9]+)"
        + @",? (?:when|if|on|upon|after)(?: it is)? (?:being )?(?:divided|division) by (?<d>[0-9]+)"
        + @"|(?:\\bmod|\\mod|\\%|mod)\s*(?<d>[0-9]+)\s*=\s*(?<r>[0-9]+))\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Remainder();

    // "x = 3 (double root)"
    [GeneratedRegex(@"(?<=[0-9}])\s*,?\s*\(?\s*\\text\{\s*\(?\s*(?:is )?(?:an? )?(double|triple) root"
        + @"\s*\)?\s*\}\s*\)?\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Repeated();

    // x ↦ x² is f(x) = x².
    [GeneratedRegex(@"\A(?:(?<f>f(?:\^\{-1\})?)\s*:\s*)?(?<x>[a-z])\s*\\mapsto(?![A-Za-z])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Mapped();

    [GeneratedRegex(@"\A(?:all )?(?:the )?(?:(?<e>[a-z]) (?:is|must be) )?(?:an? )?"
        + @"(?:(?:integer |integral )?powers? of "
        + @"(?<b>[0-9]+)|perfect (?:(?<square>square)|cube)s?)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PowerOf();

    [GeneratedRegex(@"\A(?:all |the |every )?(?:positive (?<p>even|odd)|(?<p>even|odd) (?:positive|natural))"
        + @" (?:integers?|numbers?)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex PositiveParity();

    // "at least 5" as a whole answer, ≥ 5.
    [GeneratedRegex(@"\A(?:(?<ge>at least|no (?:less|fewer) than|\\geq?(?![A-Za-z]))|(?<le>at most|no more than"
        + @"|\\leq?(?![A-Za-z]))|(?<gt>(?:more|greater) than|>)|(?<lt>(?:less|fewer) than|<))\s*"
        + @"(?<n>-?(?:[0-9]+(?:\.[0-9]+)?|\\d?frac\{[0-9]+\}\{[0-9]+\}))\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Bounded();

    // "6 R 2", "6 remainder 2": neither a number nor a product.
    [GeneratedRegex(@"\A(?<q>[0-9]+),?\s*(?:R|r|rem\.?|(?:with )?(?:an? )?remainder(?: of)?)\s*(?<r>[0-9]+)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Quotient();

    [GeneratedRegex(@"\A([0-9]{1,6}) (?:chance )?in ([0-9]{1,9})\z", RegexOptions.CultureInvariant)]
    private static partial Regex OneIn();

    // "any integer n" as a whole answer.
    [GeneratedRegex(@"\A(?:for )?(?:all|any|every|each|an arbitrary|arbitrary)(?: possible)? "
        + @"(?:(?<set>positive integers?|natural numbers?|non-?negative integers?|integers?|reals?|real numbers?"
        + @"|real values? of"
        + @"|(?<parity>even|odd)(?: (?:integers?|numbers?))?) )(?<name>[a-z])\z", RegexOptions.CultureInvariant)]
    private static partial Regex Anything();
}
