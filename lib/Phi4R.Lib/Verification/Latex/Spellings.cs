using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>Ways of writing that are settled before a text is cut into tokens.</summary>
internal static partial class Normalization
{
    // Ways of writing that are settled before the text is cut into tokens.
    private static string Spellings(string text)
    {
        // Most texts have few of these signs, and looking for a sign is cheap.
        var hasCommands = text.Contains('\\');
        if (hasCommands)
        {
            text = ShortText().Replace(Tag().Replace(text, ""), "\\$1{$2}")
                .Replace("US\\$", "\\$", StringComparison.Ordinal);
            text = ShortRepeat().Replace(text, "\\$1{$2}");
            text = BareRepeat().Replace(text, "0.\\$1");
            text = Rounded().Replace(text, " \\approx ${r}");
            text = text.Replace("\\pounds", "£", StringComparison.Ordinal);
            text = MinusPrice().Replace(text, "-\\$");
            text = Transposed().Replace(text, "^T");
            text = text.Length < 400 && text.Contains("\\log", StringComparison.Ordinal) && NaturalLogs().IsMatch(text)
                ? Logs().Replace(NaturalLogs().Replace(text, ""), "\\ln")
                : text;
            text = SpannedBy().Replace(text, "\\operatorname{span}");
            text = text.Length < 200 && text.AsSpan().ContainsAnyInRange('0', '9')
                ? Direction().Replace(text, " ")
                : text;
            text = NamedRadix().Replace(text, "_{$1$2}");
            text = Counting().Replace(text, match => $"{match.Groups["head"].Value}\\in "
                + (match.Groups["both"].Success ? "\\mathbb{Z}"
                    : match.Groups["zero"].Success ? "\\mathbb{Z}_{\\ge 0}" : "\\mathbb{N}"));
        }

        text = Unlabelled(WithoutAsides(InParts(text)));
        text = AllOrders().Match(text) is { Success: true } orders ? Permutations(orders.Groups["items"].Value) : text;
        text = NameInBrackets().Replace(text, "\\text{$1}");
        text = hasCommands ? ForAll().Replace(text, "") : text;
        text = SetLetter().Replace(text, "\\mathbb{$0}");
        text = text.Contains('C') ? Combination().Replace(text, Chosen) : text;
        text = text.AsSpan().ContainsAny('C', 'P')
            ? Choose()
                .Replace(text, match => match.Groups["kind"].Value == "C"
                    ? $"\\binom{{{match.Groups["n"].Value}}}{{{match.Groups["k"].Value}}}"
                    : $"(\\binom{{{match.Groups["n"].Value}}}{{{match.Groups["k"].Value}}}\\cdot "
                        + $"{match.Groups["k"].Value}!)")
            : text;
        if (text.AsSpan().ContainsAny('[', ']'))
        {
            text = text.Replace("\\left]", "(", StringComparison.Ordinal)
                .Replace("\\right[", ")", StringComparison.Ordinal);
            text = Turned()
                .Replace(text, match => (match.Groups[1].Value == "]" ? "(" : "[")
                    + match.Groups[2].Value + (match.Groups[3].Value == "[" ? ")" : "]"));
        }

        text = text.Contains("{,}", StringComparison.Ordinal) ? DecimalComma().Replace(text, "$1.$2") : text;
        text = FeetInches().Replace(text, "$1\\text{ ft }$2\\text{ in}");
        text = text.Contains('x') ? TimesTen().Replace(text, "*") : text;
        text = text.Contains('\'') && Apostrophes().IsMatch(text)
            ? text.Replace("'", "", StringComparison.Ordinal)
            : text;
        text = text.Contains('U') ? UnionLetter().Replace(text, "\\cup ") : text;
        text = text.Contains("base", StringComparison.Ordinal) ? BaseWords().Replace(text, "$1_{$2}") : text;
        text = hasCommands ? RowSpace().Replace(RowEnd().Replace(text, "\\\\ "), "\\\\ ") : text;
        text = text.Contains("to", StringComparison.Ordinal) ? To().Replace(text, "$1:$2") : text;
        text = text.StartsWith('{') && SetsInBraces().IsMatch(text)
            ? text.Replace("{", "\\{", StringComparison.Ordinal).Replace("}", "\\}", StringComparison.Ordinal)
            : text;
        text = WrittenInWords(OfIntegers(OfReals(InCases(text))));
        text = text.Contains("**", StringComparison.Ordinal) ? Starred().Replace(text, "$1") : text;
        text = hasCommands && BoldCross().IsMatch(text) ? Bold().Replace(text, "\\vec{$1}") : text;
        return text;
    }

    private static string InParts(string text) => text.Length < 400 && text.Contains("(a)", StringComparison.Ordinal)
        && Labelled().Match(text) is { Success: true } parts
        && parts.Groups["label"].Captures.Select(label => label.Value[0]).SequenceEqual(
            Enumerable.Range(0, parts.Groups["label"].Captures.Count).Select(i => (char)('a' + i)))
        ? $"({string.Join(", ", parts.Groups["part"].Captures.Select(part => part.Value))})"
        : text;

    private static string Permutations(string items)
    {
        List<string[]> orders = [[]];
        foreach (var item in items.Split(','))
        {
            orders = [.. orders.SelectMany(order => Enumerable.Range(0, order.Length + 1)
                .Select(at => (string[])[.. order[..at], item, .. order[at..]]))];
        }

        return string.Join(", ", orders.Select(order => $"({string.Join(',', order)})"));
    }

    private static string Chosen(Match combination)
    {
        var (below, above) = (Parsed(combination.Groups["below"]), Parsed(combination.Groups["above"]));
        return $"\\binom{{{Math.Max(below, above)}}}{{{Math.Min(below, above)}}}";
    }

    private static int Parsed(Group number) => int.Parse(number.ValueSpan, CultureInfo.InvariantCulture);

    // (a) 3, (b) 5: the parts of an answer in their order.
    [GeneratedRegex(@"\A(?:\\text\s*\{)?\s*\((?<label>[a-d])\)(?:\s|\}|~|:|\\[ ,;:])*(?<part>[^(){},;]{1,60}?)"
        + @"(?:(?:\s|~|[,;]|\\q?quad|\\[ ,;:]|\\text\s*\{|and\b|\})*\((?<label>[a-d])\)(?:\s|\}|~|:|\\[ ,;:])*"
        + @"(?<part>[^(){},;]{1,60}?)){1,3}\s*\}?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Labelled();

    // "all permutations of (1,2,3)" and "(1,2,3) and its permutations", of at most five.
    [GeneratedRegex(@"\A(?:\\text\s*\{)?\s*(?:and\s+)?all\s+(?:the\s+)?permutations\s+of\s*\}?\s*\$?"
        + @"\((?<items>[^(),]{1,20}(?:,[^(),]{1,20}){1,4})\)\$?\s*\}?\z"
        + @"|\A\$?\((?<items>[^(),]{1,20}(?:,[^(),]{1,20}){1,4})\)\$?\s*,?\s*(?:\\(?:text|mathrm)\s*\{)?\s*,?\s*"
        + @"(?:and|with|plus|together with|along with)\s+(?:all\s+)?(?:of\s+)?(?:(?:its|their|the)\s+)?(?:other\s+)?"
        + @"permutations\s*(?:thereof)?\.?\s*\}?\z", RegexOptions.CultureInvariant)]
    private static partial Regex AllOrders();

    [GeneratedRegex(@"\A\\text\s*\{\s*\(\s*([A-Za-z]{3,40})\s*\)\s*\}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameInBrackets();

    // f(x) = x for all x, and f(x) = 0 for all x.
    [GeneratedRegex(@"(?<=[a-z]\([a-z]\)\s*=[^=<>]{1,40}?)\\text\s*\{\s*,?\s*for (?:all|every|any)\s*\}\s*[a-z]"
        + @"(?=\s*(?:,|\\text\s*\{\s*,?\s*(?:and|or)\b|\z))", RegexOptions.CultureInvariant)]
    private static partial Regex ForAll();

    // k ∈ Z, written without the letters of sets.
    [GeneratedRegex(@"(?<=(?:\\in|∈)\s*\{?)[NZQRC](?=\s*(?:[)\]}$,.;]|\^?\{?[*+]|$))", RegexOptions.CultureInvariant)]
    private static partial Regex SetLetter();

    // C_8^3, of which no number has a power: the combinations of some schools.
    [GeneratedRegex(@"(?<![A-Za-z0-9)}\\])(?:\\(?:mathrm|text)\{C\}|C)"
        + @"(?:_\{?(?<below>[0-9]{1,4})\}?\^\{?(?<above>[0-9]{1,4})\}?"
        + @"|\^\{?(?<above>[0-9]{1,4})\}?_\{?(?<below>[0-9]{1,4})\}?)(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Combination();

    // 3{,}5 has a comma of decimals: thousands are set apart three by three, and a leading 0 has none.
    [GeneratedRegex(@"(?<![0-9.,}])([0-9]+)\{,\}([0-9]{1,2}|[0-9]{4,12}|(?<=(?<![0-9])0\{,\})[0-9]{3})(?![0-9.,{])",
        RegexOptions.CultureInvariant)]
    private static partial Regex DecimalComma();

    [GeneratedRegex(@"\\(?:tag|label)\*?\{[^{}]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Tag();

    // \text m
    [GeneratedRegex(@"\\(text|mathrm) +([A-Za-z])(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex ShortText();

    [GeneratedRegex(@"(?<=[0-9.])\\(overline|bar|dot)\s*([0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex ShortRepeat();

    [GeneratedRegex(@"(?<![0-9])\.\\(overline|bar|dot)(?=\{[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex BareRepeat();

    // 10√3 (≈ 17.32), "or approximately 17.32"
    [GeneratedRegex(@"(?:\s|\\(?:quad|qquad|[ ,;]))*(?:\\left)?\(\s*(?:\\approx|\\text\{\s*(?:approximately"
        + @"|approx\.?|about)"
        + @"\s*\})\s*(?<r>[^()]{1,40}?)\s*(?:\\right)?\)\s*$|(?<=\S)\s*,?\s*\\text\{\s*,?\s*(?:or|which is)\s+"
        + @"(?:approximately|approx\.?|about)\s*\}\s*(?<r>[0-9.]{1,40}(?:\s*\\?%)?)\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Rounded();

    [GeneratedRegex(@"\\\$\s*-\s*(?=[0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex MinusPrice();

    // "(\log = \ln)", "where \log is the natural logarithm", "(natural log)" behind an answer.
    [GeneratedRegex(@"(?:\s|,|\\(?:q?quad|[ ,;]))*\(?\s*(?:\\text\{)?\s*,?\s*\(?\s*(?:(?:where|here|with)\b\s*)?"
        + @"(?:\}\s*|\$)?(?:\\?log\$?\s*(?:\\text\{\s*)?(?:=|\\equiv(?![a-z])|is|denotes|means|stands for)\s*)?"
        + @"(?:\}\s*)?(?:(?<=log.*)\$?\\(?:ln|log_e|log_\{e\})(?![A-Za-z])\$?|(?:the )?natural log(?:arithm)?s?)\s*"
        + @"(?:\}\s*)?\)?\s*\}?\s*\)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex NaturalLogs();

    [GeneratedRegex(@"\\log(?![A-Za-z_])", RegexOptions.CultureInvariant)]
    private static partial Regex Logs();

    [GeneratedRegex(@"_\{\s*\\(?:text|mathrm)\{\s*base\s*(?:([0-9]{1,2})\s*\}|\}\s*([0-9]{1,2}))\s*\}$",
        RegexOptions.CultureInvariant)]
    private static partial Regex NamedRadix();

    [GeneratedRegex(@"\^(?:\{\s*(?:\\top|\\intercal|\\(?:mathsf|mathrm|text|mathtt)\s*\{T\})\s*\}"
        + @"|\\(?:top|intercal)(?![A-Za-z])|\\(?:mathsf|mathrm|text)\s*\{T\})", RegexOptions.CultureInvariant)]
    private static partial Regex Transposed();

    [GeneratedRegex(@"\\(?:text|mathrm)\{\s*[Ss]pan\s*\}(?=\s*(?:\\left\s*)?(?:\(|\\\{))",
        RegexOptions.CultureInvariant)]
    private static partial Regex SpannedBy();

    // "5 m/s, north": the direction belongs to the value.
    [GeneratedRegex(@"(?<=[0-9A-Za-z})])\s*,\s*(?=(?:\\text\{\s*)?(?:downwards?|upwards?|north|south|east|west"
        + @"|left|right|leftwards?|rightwards?)\s*\}?\s*$)", RegexOptions.CultureInvariant)]
    private static partial Regex Direction();

    // k = 1, 2, 3, … says that k is a natural number.
    [GeneratedRegex(@"(?<head>(?<![A-Za-z\\])[a-z])\s*=\s*(?:(?<zero>0\s*,\s*)?1\s*,\s*2\s*,(?:\s*3\s*,)?"
        + @"|(?<both>0\s*,\s*\\pm\s*1\s*,\s*\\pm\s*2\s*,(?:\s*\\pm\s*3\s*,)?))\s*"
        + @"\\[lc]?dots\s*$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Counting();

    [GeneratedRegex(@"(?<=[0-9])\s*x\s*(?=10\s*\^)", RegexOptions.CultureInvariant)]
    private static partial Regex TimesTen();

    [GeneratedRegex(@"^-?[0-9]{1,3}(?:'[0-9]{3})+(?:\.[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Apostrophes();

    [GeneratedRegex(@"(?<=[)\]}])\s*U\s*(?=[(\[{\\])", RegexOptions.CultureInvariant)]
    private static partial Regex UnionLetter();

    [GeneratedRegex(@"^(?:\\text\{)?([0-9A-F]+)\s*(?:\\(?:text|mathrm)\{\s*)?\(?\s*(?:in\s+)?base[\s~}{]*([0-9]{1,2}"
        + @"|[a-z]{3,8})\s*\)?\s*\}?$", RegexOptions.CultureInvariant)]
    private static partial Regex BaseWords();

    [GeneratedRegex(@"^([0-9]+)\s*(?:\\text\{\s*)?to\s*\}?\s*([0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex To();

    [GeneratedRegex(@"\\\\\s*\[\s*-?[0-9]*\.?[0-9]+\s*(?:pt|em|ex|mm|cm|in|mu|pc|bp|sp|baselineskip"
        + @"|\\baselineskip)\s*\]", RegexOptions.CultureInvariant)]
    private static partial Regex RowSpace();

    [GeneratedRegex(@"\\(?:cr|newline|tabularnewline)(?![A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex RowEnd();

    // ^5C_2, {}_5C_2, C(5, 2), and P for arrangements.
    [GeneratedRegex(@"(?<![A-Za-z0-9)}])(?:(?:\{\s*\})?[\^_]\{?(?<n>[0-9]{1,4}|n)\}?\s*(?:\\(?:mathrm"
        + @"|text)\{)?(?<kind>[CP])\}?_\{?(?<k>[0-9]{1,4}|[kr])\}?|(?<kind>[CP])\((?<n>[0-9]{1,4}"
        + @"|n)\s*,\s*(?<k>[0-9]{1,4}|[kr])\)|(?<n>[0-9]{1,3})(?<kind>[CP])_?(?<k>[0-9]{1,3})(?![0-9A-Za-z]))",
            RegexOptions.CultureInvariant)]
    private static partial Regex Choose();

    // {{1},{2}} in plain text is a set of sets.
    [GeneratedRegex(@"^\{\s*\{[^\\{}]*\}(?:\s*,\s*\{[^\\{}]*\})+\s*\}$", RegexOptions.CultureInvariant)]
    private static partial Regex SetsInBraces();

    // Markdown within the answer, as in **250** apples.
    [GeneratedRegex(@"(?<![^\s(])\*\*([^*\s](?:[^*]{0,200}[^*\s])?)\*\*(?![^\s.,;:!?)])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Starred();

    // Bold letters beside × are vectors: their order counts.
    [GeneratedRegex(@"\\(?:mathbf|boldsymbol|bm)\s*\{[A-Za-z]\}\s*\\times|\\times\s*\\(?:mathbf|boldsymbol"
        + @"|bm)\s*\{[A-Za-z]\}", RegexOptions.CultureInvariant)]
    private static partial Regex BoldCross();

    [GeneratedRegex(@"\\(?:mathbf|boldsymbol|bm)\s*\{([A-Za-z])\}", RegexOptions.CultureInvariant)]
    private static partial Regex Bold();

    // ]1, 2[ is the open interval, and a part of a union.
    [GeneratedRegex(@"(?<=^|\\in\s*|\\cup\s*)([\[\]])([^\[\]()]{1,80}[,;][^\[\]()]{1,80})([\[\]])(?=$|\s*\\cup)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Turned();

    [GeneratedRegex(@"^([0-9]+)\s*(?:'|\\prime|\^\{?\\prime\}?)\s*-?\s*([0-9]+(?:\.[0-9]+)?)\s*(?:""|''"
        + @"|\^\{?\\prime\s*\\prime\}?)$", RegexOptions.CultureInvariant)]
    private static partial Regex FeetInches();
}
