using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// Unusual ways of writing a whole answer: "(1,2,3) and all its permutations", "[Yes]", "minimum -3, maximum 5",
/// "1, 4, 9 (sum 14)", "5 . 25", a number of 2024 ones, "Player 2".
/// </summary>
internal static partial class Normalization
{
    // One of these is in every text that is written anew here.
    private static readonly SearchValues<string> OfLabels = SearchValues.Create(
        ["permut", "order", "[", "max", "min", "sum", " . ", "underbrace", "layer", "45", "right", "if", "when", "iff",
            "with", "such", " to ", "for which", "googol", "even", "odd", "in ", "\\in", "\\dim"],
        StringComparison.OrdinalIgnoreCase);

    private static string Unlabelled(string text)
    {
        if (text.Length > LongestAside || !text.AsSpan().ContainsAny(OfLabels))
        {
            return text;
        }

        text = Naturals().Replace(text, match => match.Groups["zero"].Success ? "\\mathbb{Z}_{\\ge 0}"
            : match.Groups["both"].Success ? "\\mathbb{Z}" : "\\mathbb{N}");
        var plain = Unspoken(text);
        if (Orders().Match(plain) is { Success: true } orders)
        {
            return string.Join(", ", orders.Groups["items"].Captures.Select(items => Permutations(items.Value)));
        }

        if (WordInBrackets().Match(plain) is { Success: true } word)
        {
            return $"\\text{{{word.Groups[1].Value}}}";
        }

        if (Extremes().Match(plain) is { Success: true } extremes)
        {
            // In this order, so that two bare values are no answer.
            var isFirst = extremes.Groups["one"].Value.Contains("max", StringComparison.OrdinalIgnoreCase);
            return "(M_1, M_2) = (" + extremes.Groups[isFirst ? "oneValue" : "twoValue"].Value + ", "
                + extremes.Groups[isFirst ? "twoValue" : "oneValue"].Value + ")";
        }

        if (Summed().Match(plain) is { Success: true } summed)
        {
            return $"{summed.Groups["items"].Value}, \\text{{sum}} = {summed.Groups["n"].Value}";
        }

        if (SpacedPoint().Match(plain) is { Success: true } point)
        {
            return point.Groups[1].Value + "." + point.Groups[2].Value;
        }

        if (Player().Match(plain) is { Success: true } player)
        {
            return player.Groups["n"].Value.ToLowerInvariant() is "1" or "i" or "one"
                ? "\\text{first player}"
                : "\\text{second player}";
        }

        if (Dimension().Match(plain) is { Success: true } dimension)
        {
            return $"\\text{{dim {NoLetter().Replace(dimension.Groups["of"].Value, "")}}} = "
                + (dimension.Groups["word"].Success ? "\\text{" + dimension.Groups["word"].Value + "}"
                    : dimension.Groups["n"].Value);
        }

        if (RatioInWords().IsMatch(plain))
        {
            return plain.Replace(" to ", ":", StringComparison.Ordinal);
        }

        if (RightAngled().IsMatch(plain))
        {
            return "\\text{isosceles right triangle}";
        }

        return Bare().Match(plain) is { Success: true } bare
            && (!bare.Groups["name"].Success || Names(bare.Groups["name"].Value, bare.Groups["condition"].Value))
            ? Parity(bare.Groups["condition"].Value) ?? bare.Groups["condition"].Value
            : Parity(plain) ?? (text.Contains("\\underbrace", StringComparison.Ordinal) ? Repdigits(text) : text);
    }

    private static bool Names(string letter, string condition) => condition
        .Split(' ', '=', '<', '>', '\\', '(', ')', '^', '+', '-').Contains(letter, StringComparer.Ordinal);

    // "all even n ≥ 4": two by two from the first of them.
    private static string? Parity(string plain)
    {
        if (FromParity().Match(plain) is not { Success: true } from
            || !int.TryParse(from.Groups["n"].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var bound))
        {
            return null;
        }

        var isOdd = from.Groups["parity"].Value is "odd";
        bound += from.Groups["strict"].Success ? 1 : 0;
        bound += (bound % 2 != 0) == isOdd ? 0 : 1;
        var name = from.Groups["name"] is { Success: true, Value: var letter } ? letter + " = " : "";
        return $"{name}2k{(isOdd ? "+1" : "")} \\text{{ if }} k \\ge {(isOdd ? bound - 1 : bound) / 2}";
    }

    // \underbrace{11\ldots1}_{2024} and digits before and behind it, as one number.
    private static string Repdigits(string text)
    {
        if (!RepeatedDigits().IsMatch(text))
        {
            return text;
        }

        List<string> terms = [];
        var behind = "";
        foreach (var run in RepeatedDigit().Matches(text).Reverse())
        {
            var (digits, count) = run.Groups["d"] is { Success: true, Value: var digit }
                ? ($"\\frac{{{digit}(10^{{{run.Groups["n"].Value}}}-1)}}{{9}}", run.Groups["n"].Value)
                : (run.Value, run.Length.ToString(CultureInfo.InvariantCulture));
            terms.Insert(0, behind.Length == 0 ? digits : $"{digits} \\cdot 10^{{{behind}}}");
            behind = behind.Length == 0 ? count : $"{behind}+{count}";
        }

        return string.Join(" + ", terms);
    }

    // k ∈ {0, 1, 2, …}
    [GeneratedRegex(@"(?<=\\in(?![a-z])\s*)\\\{\s*(?:(?<zero>0\s*,\s*)?1\s*,\s*2\s*(?:,\s*3\s*)?,\s*\\[lc]?dots"
        + @"|(?<both>\\[lc]?dots\s*,\s*(?:-2\s*,\s*)?-1\s*,\s*0\s*,\s*1\s*,\s*(?:2\s*,\s*)?\\[lc]?dots))\s*\\\}",
        RegexOptions.CultureInvariant)]
    private static partial Regex Naturals();

    // "(1,2,3) and all its permutations", "(1,1,4) and permutations thereof", "(2,3,7) in any order".
    [GeneratedRegex(@"\A(?:\((?<items>[^(),]{1,20}(?:,[^(),]{1,20}){1,4})\)(?: ?, ?| and | or )?)+ ?,? ?(?:(?:and|or)"
        + @" )?(?:(?:all |any )?(?:of )?(?:(?:its|their|the|the other) )?permutations(?: thereof| of (?:it|them"
        + @"|these))?"
        + @")\z", RegexOptions.CultureInvariant)]
    private static partial Regex Orders();

    [GeneratedRegex(@"\A\[ ?([A-Z][a-z]{2,40}|[a-z]{4,40}|yes|[Nn]o) ?\]\z", RegexOptions.CultureInvariant)]
    private static partial Regex WordInBrackets();

    private const string Largest = @"(?:(?:the )?(?:(?:absolute|global) )?\\?max(?:imum)?(?: value)?(?: of)?(?: [a-z]"
        + @"(?:\([a-z, ]+\))?)?"
        + @"|(?<function>[a-z])_\{? ?\\?max ?\}?)";

    private const string Smallest = @"(?:(?:the )?(?:(?:absolute|global) )?\\?min(?:imum)?(?: value)?(?: of)?"
        + @"(?: [a-z](?:\([a-z, ]+\))?)?"
        + @"|(?<function>[a-z])_\{? ?\\?min ?\}?)";

    private const string Is = " ?(?:(?:is|:|=|of) ?)?";

    [GeneratedRegex(@"\A(?:(?<one>" + Largest + ")" + Is + "(?<oneValue>" + Bound + ")(?: ?[,;] ?(?:and )?| and )"
        + @"(?<two>"
        + Smallest + ")" + Is + "(?<twoValue>" + Bound + ")|(?<one>" + Smallest + ")" + Is + "(?<oneValue>" + Bound
        + ")(?: ?[,;] ?(?:and )?| and )(?<two>" + Largest + ")" + Is + "(?<twoValue>" + Bound + @"))\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Extremes();

    // "1, 4, 9 (sum 14)"
    [GeneratedRegex(@"\A(?<items>-?[0-9][0-9./]*(?: ?, ?-?[0-9][0-9./]*)+)(?: ?[,;] ?| ?\( ?| )(?:with |the "
        + @"|their )*sum"
        + @"(?: ?(?:is|=|:|of))? ?(?<n>-?[0-9][0-9./]*) ?\)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Summed();

    // "5 . 25", as scanned texts have it.
    [GeneratedRegex(@"\A(-?[0-9]{1,9}) \. ?([0-9]{1,9})\z", RegexOptions.CultureInvariant)]
    private static partial Regex SpacedPoint();

    [GeneratedRegex(@"\A(?:the )?(?:player (?:number )?(?<n>1|2|one|two|I|II)|(?<n>1)st player|(?<n>2)nd player)"
        + @"(?: (?:always )?(?:wins|has (?:a|the) winning strategy))?\z"
        + @"|\A(?:the )?player (?<n>1|one|I) ?\(?,? ?who (?:starts|begins|(?:moves|goes|plays) first)\)?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Player();

    [GeneratedRegex(@"\A(?:an? |the )?(?:45(?:\^\{?\\circ\}?|°)? ?- ?45(?:\^\{?\\circ\}?|°)? ?- ?90"
        + @"(?:\^\{?\\circ\}?|°)?"
        + @"|45(?:\^\{?\\circ\}?|°)? ?- ?90(?:\^\{?\\circ\}?|°)? ?- ?45(?:\^\{?\\circ\}?|°)?)[ -](?:degrees? )?"
        + @"(?:right )?triangle\z"
        + @"|\A(?:an? |the )?(?:right|right-angled) isosceles triangle\z|\A(?:an? "
        + @"|the )?isosceles right-angled triangle\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex RightAngled();

    [GeneratedRegex(@"\A\\dim(?![a-z])(?<of>[^=<>]{1,40})= ?(?:(?<n>[0-9]{1,9}|[a-z])|(?<word>" + NumberWord + @"))\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Dimension();

    [GeneratedRegex(@"\A[0-9]{1,9}(?: to [0-9]{1,9}){2,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RatioInWords();

    [GeneratedRegex("[^A-Za-z0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex NoLetter();

    // "if and only if n is odd", "every n with n > 2": the condition alone, where nothing hangs on it.
    [GeneratedRegex(@"\A(?:(?:exactly |precisely |just )?(?:if and only if|iff|if|when|whenever) |(?:for |exactly "
        + "|those "
        + @"|all |any |every |precisely )+(?:integers? )?(?<name>[a-z]) (?:with|such that|for which|that satisfy"
        + @"|satisfying) )"
        + @"(?<condition>(?!.*\b(?:then|otherwise|else|if|unless|when|where|for)\b)[^,;]*(?<![A-Za-z\\])[a-z]"
        + @"(?![A-Za-z])[^,;]*)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Bare();

    [GeneratedRegex(@"\A(?:for )?(?:all |any |every |the )?(?<parity>even|odd) (?:positive )?"
        + "(?:(?:integers?|numbers?) )?"
        + @"(?:(?<name>[a-z]) ?)?(?:(?<strict>>|\\gt(?![a-z])|greater than|larger than)|\\geq?(?![a-z])|\\geqslant"
        + @"|at least"
        + @"|greater than or equal to) ?(?<n>[0-9]{1,6})\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex FromParity();

    private const string RunOfDigits = @"\\underbrace\{\s*(?<d>[0-9])(?:\k<d>|\s|,|\\[lc]?dots(?![A-Za-z])"
        + @"|\{\\[lc]?dots\})*"
        + @"\\[lc]?dots(?![A-Za-z])\}?\s*\k<d>+\s*\}_\{\s*(?:\\text\{\s*)?(?<n>[0-9]{1,6}|[a-z])(?:\s|~|\\[ ,;]"
        + @"|\\text\{|\})*"
        + @"(?:(?:digits?|times|copies|ones|twos|threes|fours|fives|sixes|sevens|eights|nines|zeros|zeroes|[0-9](?:'s"
        + @"|s))\s*)?"
        + @"\}?\s*\}?";

    [GeneratedRegex(@"\A\s*(?:[0-9]+|" + RunOfDigits + @")+\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex RepeatedDigits();

    [GeneratedRegex(RunOfDigits + "|[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex RepeatedDigit();
}
