using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// Answers that a text ends with as a list, one on each line, or as cases: "The points are:\n- $(1,1)$\n- $(0,0)$",
/// "For $x&lt;1$ it is $1-x$; for $x\ge1$ it is $x-1$."
/// </summary>
internal static partial class Listed
{
    private const int Reach = 2000;
    private const int MostItems = 20;

    /// <summary>The items at the end of a text; null where it ends otherwise.</summary>
    public static string? Items(string text)
    {
        var lines = (text.Length > Reach ? text[^Reach..] : text).Split('\n').Select(line => line.Trim())
            .Where(line => line.Length > 0).ToList();
        // "These are the required values."
        if (lines.Count > 2 && !Item().IsMatch(lines[^1]) && Closing().IsMatch(lines[^1]))
        {
            lines.RemoveAt(lines.Count - 1);
        }

        List<string> items = [];
        while (lines.Count > 0 && items.Count < MostItems && Item().Match(lines[^1]) is { Success: true } item)
        {
            items.Insert(0, Bare(item.Groups["item"].Value));
            lines.RemoveAt(lines.Count - 1);
        }

        if (items.Count < 2)
        {
            return null;
        }

        var values = items.ConvertAll(Assigned);
        var named = values.TrueForAll(each => each is not null);
        if (named && values.TrueForAll(each => each!.Count > 1 && each.Keys.SequenceEqual(values[0]!.Keys)))
        {
            return Announced().IsMatch(lines.LastOrDefault(""))
                ? string.Join(" , ", values.Select(each => $"({string.Join(", ", each!.Values)})"))
                : null;
        }

        // One value on each line for each of several names.
        return (named && values.SelectMany(each => each!.Keys).Distinct(StringComparer.Ordinal).Count()
                == values.Sum(each => each!.Count) && (lines.Count == 0 || Announced().IsMatch(lines[^1])))
            || Announced().IsMatch(lines.LastOrDefault(""))
            ? string.Join(named ? " ; " : " , ", items)
            : null;
    }

    /// <summary>The cases that the last sentence of a text names; null where it names fewer than two.</summary>
    public static string? Cases(string text)
    {
        var tail = text.TrimEnd();
        var at = Math.Max(0, tail.Length - 1);
        var sentence = tail[Hedges.Sentence(tail, at, at).Start..].TrimEnd('.', '*');
        if (InLines(tail) is { } lines)
        {
            return lines;
        }

        var match = ValueBehind().Match(sentence) is { Success: true } behind ? behind : ValueBefore().Match(sentence);
        return match.Success
            ? $"\\begin{{cases}} {string.Join(" \\\\ ", match.Groups["v"].Captures.Select(value => Value(value.Value))
                .Zip(match.Groups["c"].Captures, (value, condition) => $"{value} & {condition.Value}"))} \\end{{cases}}"
            : null;
    }

    // "- $f(x)=1$ for $x>1$," one case a line at the end.
    private static string? InLines(string text)
    {
        var lines = (text.Length > Reach ? text[^Reach..] : text).Split('\n').Select(line => line.Trim())
            .Where(line => line.Length > 0).Reverse().Select(line => Case().Match(line))
            .TakeWhile(line => line.Success).Take(6).Reverse().ToList();
        return lines.Count > 1
            && lines.Select(line => line.Groups["name"].Value.Replace(" ", "", StringComparison.Ordinal))
                .Distinct(StringComparer.Ordinal).Count() == 1
            ? $"\\begin{{cases}} {string.Join(" \\\\ ", lines.Select(line =>
                $"{line.Groups["v"].Value} & {line.Groups["c"].Value}"))} \\end{{cases}}"
            : null;
    }

    [GeneratedRegex(@"\A[-*•]\s+\$(?<name>[a-zA-Z](?:_[a-z])?(?:\([a-z]\))?\s*=\s*)?(?<v>[^$=,;<>]{1,60})\$,?\s"
        + @"(?:for|if|when)\s(?:\$(?<c>[^$;]{1,60})\$|(?<c>n is (?:odd|even)))\s*[.,;]?(?:\sand)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Case();

    private static string Value(string word) => word.ToLowerInvariant() switch
    {
        "no" or "none" or "zero" => "0",
        "one" or "a single" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        _ => word.Trim('$'),
    };

    private static string Bare(string item) => Marks().Replace(item, "").Trim(' ', '.', ',', ';');

    // The names that an item gives values to, "a=b=4", "x = 1 and y = 2"; null where it is anything else.
    private static SortedDictionary<string, string>? Assigned(string item)
    {
        SortedDictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (var part in Joint().Split(item))
        {
            var sides = part.Split('=');
            foreach (var name in sides[..^1].Select(side => side.Trim()))
            {
                if (!Name().IsMatch(name) || !values.TryAdd(name, sides[^1].Trim()))
                {
                    return null;
                }
            }

            if (sides.Length < 2 || sides[^1].Trim().Length == 0 || Name().IsMatch(sides[^1].Trim()))
            {
                return null;
            }
        }

        return values;
    }

    // A formula or a few, and no words.
    [GeneratedRegex(@"\A(?:[-*•]|\(?[0-9]{1,2}[.)])\s+(?<item>(?:\*\*)?\$[^$]{1,120}\$(?:\*\*)?"
        + @"(?:\s?(?:,|;|and|,\s?and)\s\$[^$]{1,120}\$){0,4}"
        + @"|(?:\*\*)?(?:[a-z]\s?=\s?){0,3}[-−(]?[0-9][0-9a-z\s.,/()=−-]{0,60}(?:\*\*)?)\s*[.,;]?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    [GeneratedRegex(@"\A[^0-9$\\=]{1,80}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Closing();

    // What stands over the answers, and not over steps, equations or candidates.
    [GeneratedRegex(@"\A(?!.*\b(?:steps?|equations?|conditions?|system|given|know|facts?|candidates?|check|try|cases?"
        + @"|possible|divisors|options|not|fail)\b).*\b(?:solutions?|answers?|points?|pairs|triples?|values?|roots"
        + @"|zeros|eigenvalues|numbers|functions|minim[au]m?|maxim[au]m?|vertices|are)\b.{0,80}:\W*\z"
        + @"|\A(?:(?:so|hence|thus|therefore),? )?(?:the|its|all) (?:real )?(?:solutions?|roots|zeros|answers|points"
        + @"|pairs)(?: of [^.,;:]{1,40})? are\W*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Announced();

    [GeneratedRegex(@"\$|\*\*", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\s*(?:,\s?and\b|,|;|\band\b)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    [GeneratedRegex(@"\A(?:[A-Za-z]|\\[a-z]+)(?:_(?:[0-9a-z]|\{[0-9a-z]{1,3}\}))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    private const string Condition = @"\$(?<c>(?:-?[0-9]{1,6}\s*(?:[<≤]|\\(?:le|lt|leq)(?![a-z]))\s*)?"
        + @"[a-z]\s*(?:[<>=≤≥]|\\(?:le|ge|lt|gt|ne|neq|leq|geq)(?![a-z]))"
        + @"[^$,;=]{1,20})\$";

    private const string Spoken = @"(?<v>\$[^$=,;]{1,40}\$|[0-9]{1,6}|no|none|zero|one|a single|two|three|four)";

    [GeneratedRegex(@"(?:\b(?:for|if|when)\s" + Condition + @",?\s(?:it is|it equals|we get|we have|there (?:is|are)"
        + @"|(?:the )?(?:value|answer|result|expression) (?:is|equals))\s(?:exactly\s)?" + Spoken
        + @"(?:\s(?!and\b|but\b)[a-z]+){0,2}(?:\s?[,;]?\s(?:(?:and|but|while)\s)?|\z)){2,5}\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ValueBehind();

    [GeneratedRegex(@"(?:(?<![A-Za-z0-9$.\\])(?:it\s(?:is|equals)\s)?(?:exactly\s)?" + Spoken
        + @"(?:\s(?!and\b|but\b|for\b|if\b|when\b)[a-z]+){0,2}"
        + @"\s(?:for|if|when)\s" + Condition + @"(?:\s?[,;]?\s(?:(?:and|but|while)\s)?|\z)){2,5}\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ValueBefore();
}
