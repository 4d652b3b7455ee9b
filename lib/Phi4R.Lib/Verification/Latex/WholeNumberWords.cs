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
        ["divi", "multiple", "remainder", "mid", "|", "mod", "\\%", "any", "all", "every", "arbitrary", "each"],
        StringComparison.OrdinalIgnoreCase);

    private static string OfIntegers(string text)
    {
        if (text.Length > LongestStatement || !text.AsSpan().ContainsAny(OfWholeNumbers))
        {
            return text;
        }

        var plain = Unspoken(text);
        plain = SmallNumber().Replace(plain,
            match => (Array.IndexOf(SmallNumbers, match.Value.ToLowerInvariant()) + 2).ToString(
                System.Globalization.CultureInfo.InvariantCulture));
        return Stated(plain) is { } stated ? stated : text;
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
            return divisible.Groups["d2"].Success is false ? Congruent(name, not, "0", divisible.Groups["d"].Value)
                : not ? null
                : Congruent(name, false, "0", divisible.Groups["d"].Value)
                    + (divisible.Groups["or"].Success ? "\\text{ or }" : "\\text{ and }")
                    + Congruent(name, false, "0", divisible.Groups["d2"].Value);
        }

        if (Remainder().Match(plain) is { Success: true } remainder && IsWhole(remainder.Groups["e"].Value))
        {
            return Congruent(remainder.Groups["e"].Value, false, remainder.Groups["r"].Value,
                remainder.Groups["d"].Value);
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

    private static string Congruent(string name, bool not, string value, string modulus) =>
        (name.Trim().Length == 0 ? "\\bound" : name.Trim()) + (not ? " \\not" : " ") + "\\equiv " + value.Trim()
        + " \\pmod{" + modulus.Trim() + "}";

    // A side of a statement closes the brackets that it opens, and is no name of a function or of an event.
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
    private const string Side = @"(?>(?:[A-Za-z](?![A-Za-z])|\\(?!mid|nmid|not|vert|[lr]vert|text)[A-Za-z]+"
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

    [GeneratedRegex(@"\A(?<e>" + Side + @")(?:(?:leaves|gives|has|yields)(?: an?| the)? remainder(?: of)? (?<r>[0-9]+),? "
        + @"(?:when|if|on|upon|after)(?: it is)? (?:being )?(?:divided|division) by (?<d>[0-9]+)"
        + @"|(?:\\bmod|\\mod|\\%|mod)\s*(?<d>[0-9]+)\s*=\s*(?<r>[0-9]+))\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Remainder();

    // "any integer n" as a whole answer.
    [GeneratedRegex(@"\A(?:for )?(?:all|any|every|each|an arbitrary|arbitrary)(?: possible)? (?:(?<set>positive integers?"
        + @"|natural numbers?|non-?negative integers?|integers?|reals?|real numbers?|real values? of"
        + @"|(?<parity>even|odd) (?:integers?|numbers?)) )(?<name>[a-z])\z", RegexOptions.CultureInvariant)]
    private static partial Regex Anything();
}
