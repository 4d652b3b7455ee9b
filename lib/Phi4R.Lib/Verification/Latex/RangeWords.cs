using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Phi4R.Verification.Latex;

/// <summary>
/// Ranges of real numbers in words: "all real x strictly between 2 and 5", "x must be at least 3", "all real numbers
/// greater than 2 and at most 9", "for x less than -1 and for x greater than 3".
/// </summary>
internal static partial class Normalization
{
    private const int LongestRange = 160;

    // One of these is in every range.
    private static readonly SearchValues<string> OfRanges = SearchValues.Create(
        ["between", "from ", "than", "at ", "exceed", "above", "below"], StringComparison.Ordinal);

    private static string OfReals(string text) => Ranges(text) ?? text;

    /// <summary>Whether a text is a range in words and nothing else; whether its ends belong may be open.</summary>
    public static bool IsRange(string text) => Ranges(text) is not null;

    // The formula of a range; the text itself where it does not say whether its ends belong to it; null for no range.
    private static string? Ranges(string text)
    {
        if (text.Length > LongestRange || !text.AsSpan().ContainsAny(OfRanges))
        {
            return null;
        }

        var plain = Negative().Replace(
            Braced().Replace(Unspoken(text.Replace("$", "", StringComparison.Ordinal)), "$1"), "-");
        return One(plain, out var own) is { } range
            ? range.Length == 0 ? text
                : own.Length > 0 || range[0] is '(' or '[' ? Of(own, range)
                : "\\bound" + range
            : Both(plain);
    }

    // Two rays: "less than -1 or greater than 3", "for x less than -1 and for x greater than 3".
    private static string? Both(string plain)
    {
        foreach (Match middle in Either().Matches(plain))
        {
            var second = plain[(middle.Index + middle.Length)..];
            if (One(plain[..middle.Index], out var name) is { Length: > 0 } low && low[0] == ' '
                && (One(second, out var other) ?? One("values " + second, out other)) is { Length: > 0 } high
                && high[0] == ' ' && (other.Length == 0 || other == name)
                && Ray(low) is var left && left.StartsWith("(-", StringComparison.Ordinal)
                && Ray(high) is var right && right.EndsWith("\\infty)", StringComparison.Ordinal))
            {
                return Of(name, $"{left} \\cup {right}");
            }
        }

        return null;
    }

    private static string Of(string name, string range) =>
        name.Length == 0 ? range : range[0] is '(' or '[' ? $"{name} \\in {range}" : name + range;

    private static string Ray(string bound) => bound.Trim().Split(' ', 2) switch
    {
        ["\\ge", var n] => $"[{n}, \\infty)",
        [">", var n] => $"({n}, \\infty)",
        ["\\le", var n] => $"(-\\infty, {n}]",
        [_, var n] => $"(-\\infty, {n})",
        _ => "",
    };

    // The bound or interval that a range is, with the name it is said of; empty where its ends are left open.
    private static string? One(string plain, out string name)
    {
        var head = Opening().Match(plain);
        name = head.Groups["name"].Value;
        var isNamed = name.Length > 0 || head.Groups["set"].Success;
        var body = plain[head.Length..];
        if (Between().Match(body) is { Success: true } between)
        {
            var (low, high) = (Digits(between.Groups["low"].Value), Digits(between.Groups["high"].Value));
            var open = between.Groups["strict"].Success || between.Groups["open"].Success;
            var (left, right) = between.Groups["mixed"].Success
                ? (Edge(between, low), Edge(between, high))
                : (between.Groups["closed"].Success != open ? !open : null, (bool?)!open);
            // "between 2 and 5, both endpoints excluded" is a range, and "between 2 and 5" may be where a number lies.
            return !isNamed && !between.Groups["lies"].Success && !body.Contains("end", StringComparison.Ordinal) ? null
                : left is null || right is null ? ""
                : $"{(left.Value ? '[' : '(')}{low}, {high}{(right.Value ? ']' : ')')}";
        }

        var bounds = Bounds().Match(body);
        if (!bounds.Success)
        {
            return null;
        }

        List<string> ends = [.. bounds.Groups["bound"].Captures.Select(bound => Sign(bound.Value))];
        return ends switch
        {
            [var single] => isNamed ? " " + single : null,
            [var first, var second] => Interval(first, second) ?? Interval(second, first),
            _ => null,
        };
    }

    private static string? Interval(string low, string high) =>
        low[0] == '>' || low.StartsWith("\\ge", StringComparison.Ordinal)
        ? high[0] == '<' || high.StartsWith("\\le", StringComparison.Ordinal)
            ? $"{(low[0] == '>' ? '(' : '[')}{low.Split(' ', 2)[1]}, "
                + $"{high.Split(' ', 2)[1]}{(high[0] == '<' ? ')' : ']')}"
            : null
        : null;

    // "including 2 but not 5", "2 included, 5 excluded"
    private static bool? Edge(Match between, string end) =>
        Digits(between.Groups["in"].Value) == end ? true : Digits(between.Groups["out"].Value) == end ? false : null;

    private static string Sign(string bound)
    {
        var match = Compared().Match(bound);
        return (match.Groups["ge"].Success ? "\\ge " : match.Groups["le"].Success ? "\\le "
            : match.Groups["gt"].Success ? "> " : "< ") + Digits(match.Groups["n"].Value);
    }

    private static string Digits(string bound) => NumberWords.Whole(bound) is { } whole
        ? whole.ToString(CultureInfo.InvariantCulture)
        : bound;

    private const string Bound = @"(?:-?\s?(?:[0-9]+(?:\.[0-9]+)?(?:/[0-9]+)?(?:\s?\\(?:pi|sqrt\{[0-9]+\}))?"
        + @"|\\[dt]?frac\{?[0-9]+\}?\{?[0-9]+\}?|\\(?:pi|sqrt\{?[0-9]+\}?)(?:/[0-9]+)?|(?:pi|e)(?![a-z]))"
        + "|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)";

    private const string AtLeast = "greater than or equal to|at least|no(?:t)? (?:less|smaller|lower) than";

    private const string AtMost = "less than or equal to|at most|no(?:t)? (?:more|greater|larger|higher) than"
        + "|not exceeding";

    private const string Above = "(?:strictly )?(?:greater|more|larger|bigger) than|above|exceeding";

    private const string Below = "(?:strictly )?(?:less|smaller) than|below";

    private const string Verbs = "(?:(?:that|which) (?:is|are|lies?) (?:both )?|such that (?:[a-z] )?(?:is|lies) "
        + "|(?:is|are|must be|can be|has to be|lies|lying) (?:both )?|both )?";

    [GeneratedRegex(@"(?<![A-Za-z])\{\s*(-?\s?[0-9./]+)\s*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Braced();

    [GeneratedRegex(@"\b(?:negative|minus)\s(?=[0-9\\])", RegexOptions.CultureInvariant)]
    private static partial Regex Negative();

    [GeneratedRegex(@"\A(?:(?:precisely|exactly|only) )?(?:for |on |when )?(?:(?:precisely|exactly|only) )?"
        + @"(?:[Tt]he set of )?(?:(?:[Aa]ll|[Ee]very|[Aa]ny|each|those|the) )?"
        + @"(?:(?:(?<set>real numbers?|reals|real values?)(?: of)?|(?:real )?values? of|(?<set>values|numbers)|real)"
        + @"(?: |\z))?(?:(?<name>[a-z])(?: |,))?\s?" + Verbs, RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    [GeneratedRegex(@"\A(?:(?<lies>lie|lies|lying|are|is) )?(?<strict>strictly )?(?:between|from) (?<low>" + Bound
        + @") (?:and|to) (?<high>" + Bound + @")(?:(?: ?,? \(?(?:(?<open>exclusive|not inclusive"
        + @"|(?:excluding|without) (?:both )?(?:the |its )?(?:ends|end ?-?points)"
        + @"|(?:with )?(?:both )?(?:the )?(?:ends|end ?-?points) (?:being |are )?(?:not included|excluded))"
        + @"|(?<closed>inclusive|(?:including|with) (?:both )?(?:the |its )?(?:ends|end ?-?points)(?: included)?"
        + @"|(?:both )?(?:the )?(?:ends|end ?-?points) (?:being |are )?included)"
        + @"|(?<mixed>(?:including (?<in>" + Bound + @"),? but (?:not|excluding) (?<out>" + Bound + @")"
        + @"|excluding (?<out>" + Bound + @"),? but including (?<in>" + Bound + @")"
        + @"|(?:with )?(?<in>" + Bound + @") included (?:and|but) (?<out>" + Bound + @") (?:excluded|not)"
        + @"|(?:with )?(?<out>" + Bound + @") excluded (?:and|but) (?<in>" + Bound + @") included)))\)?))?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Between();

    [GeneratedRegex(@"\A(?<bound>(?:" + AtLeast + "|" + AtMost + "|" + Above + "|" + Below + ") " + Bound + ")"
        + @"(?: ?,? (?:and|but) (?:also )?(?:[a-z] )?(?:is )?(?<bound>(?:" + AtLeast + "|" + AtMost + "|" + Above + "|"
        + Below + ") " + Bound + @"))?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Bounds();

    [GeneratedRegex(@"\A(?:(?<ge>" + AtLeast + ")|(?<le>" + AtMost + ")|(?<gt>" + Above + ")|" + Below
        + @") (?<n>.*)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Compared();

    [GeneratedRegex(@" ?,? (?:or|and (?=for |on |when |also )|and also) ?(?:also )?(?:for |on |when |if )?",
        RegexOptions.CultureInvariant)]
    private static partial Regex Either();
}
