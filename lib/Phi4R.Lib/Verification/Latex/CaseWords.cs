using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>Formulas in cases that are written as a sentence: "1 if n is even, -1 if n is odd".</summary>
internal static partial class Normalization
{
    private const int LongestSentence = 400;
    private const int MostCases = 5;

    private static string InCases(string text)
    {
        if (text.Length <= 2 * LongestSentence && text.Contains("{cases}", StringComparison.Ordinal))
        {
            return DividedIf().Replace(text, match => $" {match.Groups["e"].Value} "
                + $"{(match.Groups["not"].Success ? "\\not" : "")}\\equiv 0 \\pmod{{{match.Groups["d"].Value}}} ");
        }

        if (text.Length > LongestSentence || text.Contains("\\begin", StringComparison.Ordinal)
            || !(text.Contains("even", StringComparison.Ordinal) || text.Contains("odd", StringComparison.Ordinal)
                || text.Contains(" if", StringComparison.Ordinal)))
        {
            return text;
        }

        var plain = Unspoken(text);
        List<(string Value, string Condition)> cases = [];
        var head = "";
        var from = 0;
        while (from < plain.Length && cases.Count < MostCases)
        {
            var match = CaseEnd().Match(plain, from);
            var last = !match.Success;
            var value = (last ? plain[from..] : plain[from..match.Index]).Trim(' ', ',', ';');
            var rest = Otherwise().Match(value);
            if (last && !rest.Success)
            {
                return text;
            }

            value = (rest.Success ? rest.Groups["value"].Value : value).Trim(' ', ',', ';');
            if (cases.Count == 0 && value.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
            {
                (head, value) = (value[..(equals + 1)], value[(equals + 1)..]);
            }
            else if (head.Length > 0 && value.StartsWith(head, StringComparison.Ordinal))
            {
                value = value[head.Length..];
            }

            if (value.Trim().Length == 0 || !IsWhole(value) || NoFormula().IsMatch(value))
            {
                return text;
            }

            cases.Add((value, last ? "\\text{otherwise}" : Condition(match)));
            from = last ? plain.Length : match.Index + match.Length;
        }

        return cases.Count < 2 || from < plain.Length ? text
            : string.Concat(head, "\\begin{cases}",
                string.Join("\\\\", cases.Select(row => $"{row.Value} & {row.Condition}")), "\\end{cases}");
    }

    private static string Condition(Match match) => match.Groups["order"].Success
        ? match.Groups["order"].Value
        : match.Groups["name"].Value + "\\text{ is " + match.Groups["parity"].Value + "}";

    // "if n is even,", "for odd n and", "(n even)", "when x > 0;": a condition and what sets it apart from the next.
    [GeneratedRegex(@"\s*[,(]?\s*\(?(?:\b(?:if|when|for|where|whenever)(?: all| every| any)?\s+)?(?:(?<name>[a-z])\s*"
        + @"(?:is |are |=\s*)?(?:an? )?(?<parity>even|odd)(?: (?:integer|number))?|(?<parity>even|odd)"
        + @"(?: (?:integers?|numbers?|values? of))? (?<name>[a-z])(?![A-Za-z])"
        + @"|(?<=\b(?:if|when|for) )(?<order>[a-z]\s*(?:[<>]|\\(?:le|ge|leq|geq|lt|gt|ne|neq)(?![A-Za-z]))"
        + @"[^a-z,;]*(?:\\(?:pi|frac)[^a-z,;]*)?))\s*\)?(?:\s*(?:[,;.]|\band\b|\bor\b|\bbut\b|\\\\)+|\z)",
        RegexOptions.CultureInvariant)]
    private static partial Regex CaseEnd();

    // Within cases: 2 | n, "n is divisible by 3".
    [GeneratedRegex(@"(?<=[&}])\s*(?:(?<d>[0-9]+)\s*(?:\\mid(?![A-Za-z])|(?<not>\\nmid(?![A-Za-z])|\\not\s*\\mid))\s*"
        + @"(?<e>[a-z])|(?<e>[a-z])\s*\\text\{\s*is (?<not>not )?(?:divisible by|a multiple of)\s*(?:\}\s*(?<d>[0-9]+)"
        + @"|(?<d>[0-9]+)\s*\}))(?=\s*[.,;]?\s*\\(?:\\|end))", RegexOptions.CultureInvariant)]
    private static partial Regex DividedIf();

    [GeneratedRegex(@"\A(?<value>.*?)\s*,?\s*\(?(?:otherwise|else)\)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Otherwise();

    // A value of a case is a formula: words of more than commands make it none.
    [GeneratedRegex(@"(?<![\\A-Za-z])(?!(?:sin|cos|tan|log|ln|exp|max|min|gcd|pi|sqrt)(?![A-Za-z]))[A-Za-z]{3,}",
        RegexOptions.CultureInvariant)]
    private static partial Regex NoFormula();
}
