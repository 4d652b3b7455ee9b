using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// Answers of several parts, "(a) 3; (b) no", and of several labels, "amplitude 3, period π"; what a question says of
/// the words around a value: who finished first, how many points, in which quadrant.
/// </summary>
internal static partial class Questions
{
    // "(a) 3, (b) no" beside the boxes of two parts, item by item.
    private static bool? OfParts(string reference, string answer)
    {
        if (PartsOf(reference) is not { } a)
        {
            return null;
        }

        var b = PartsOf(answer) ?? Items(answer);
        return a.Count == b.Count && a.Zip(b).All(pair => AreSame(pair.First, pair.Second)) ? true : null;
    }

    private static List<string>? PartsOf(string text)
    {
        if (Parts().Match(Undressed(text)) is not { Success: true } parts)
        {
            return null;
        }

        var labels = parts.Groups["label"].Captures.Select(label => char.ToLowerInvariant(label.Value[0])).ToList();
        return labels.Select((label, i) => label == 'a' + i).All(isNext => isNext)
            ? [.. parts.Groups["value"].Captures.Select(value => value.Value.Trim(' ', ',', ';', '.'))]
            : null;
    }

    // The pieces between the commas that stand in no bracket.
    private static List<string> Items(string text)
    {
        List<string> items = [""];
        var depth = 0;
        foreach (var sign in text)
        {
            depth += sign is '(' or '[' or '{' ? 1 : sign is ')' or ']' or '}' ? -1 : 0;
            if (sign is ',' or ';' && depth == 0)
            {
                items.Add("");
            }
            else
            {
                items[^1] += sign;
            }
        }

        return items.ConvertAll(item => item.Trim());
    }

    // "quotient 15, remainder 4" beside q = 15, r = 4: each value under the same label or its first letter.
    private static bool OfLabels(string reference, string answer)
    {
        if (Labelled(reference) is not { } a || Labelled(answer) is not { } b || a.Count != b.Count
            || a.Keys.Concat(b.Keys).All(label => label.Length == 1))
        {
            return false;
        }

        var pairs = a.Select(own => (own.Value, Others: b.Where(other => other.Key == own.Key
            || (other.Key.Length == 1 && own.Key.StartsWith(other.Key, StringComparison.Ordinal))
            || (own.Key.Length == 1 && other.Key.StartsWith(own.Key, StringComparison.Ordinal))).ToList())).ToList();
        return pairs.TrueForAll(pair => pair.Others is [var other] && AreSame(pair.Value, other.Value))
            && pairs.Select(pair => pair.Others[0].Key).Distinct(StringComparer.Ordinal).Count() == b.Count;
    }

    private static Dictionary<string, string>? Labelled(string text)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach (var item in Items(Plain(Undressed(text), keepSpaces: true)))
        {
            if (LabelledValue().Match(item) is not { Success: true } part || HasDoubt().IsMatch(item)
                || !values.TryAdd(part.Groups["label"].Value.ToLowerInvariant(), part.Groups["value"].Value))
            {
                return null;
            }
        }

        return values.Count > 1 ? values : null;
    }

    // "In which quadrant does the point lie?": the fourth, IV and 4.
    private static bool? OfQuadrants(string question, string reference, string answer) =>
        QuadrantAsked().IsMatch(question) && QuadrantOf(reference) is { } a && QuadrantOf(answer) is { } b
            ? a == b
            : null;

    private static int? QuadrantOf(string text) =>
        QuadrantName().Match(Plain(Undressed(text), keepSpaces: true)) is { Success: true } quadrant
            ? quadrant.Groups["name"].Value.ToLowerInvariant() switch
            {
                "i" or "1" or "1st" or "first" or "one" => 1,
                "ii" or "2" or "2nd" or "second" or "two" => 2,
                "iii" or "3" or "3rd" or "third" or "three" => 3,
                _ => 4,
            }
            : null;

    // "Beth finished first" where the question asks who finished first.
    private static bool OfWho(string question, string reference, string answer)
    {
        var said = Plain(Undressed(answer), keepSpaces: true);
        return WhoAsked().Matches(question) is [var who] && said.Length > who.Groups["what"].Length + 1
            && said.EndsWith(" " + who.Groups["what"].Value, StringComparison.OrdinalIgnoreCase)
            && said[..^(who.Groups["what"].Length + 1)] is var name && OneName().IsMatch(name)
            && AreSame(reference, $"\\text{{{name}}}");
    }

    // "6 more red marbles", "Team A wins with 15 points": the number of what the question counts.
    private static bool OfCounts(string question, string reference, string answer)
    {
        var said = Plain(Undressed(answer), keepSpaces: true);
        if (!Number().IsMatch(reference) || HowManyOf().Matches(question) is not [var asked]
            || CountOf().Match(said) is not { Success: true } count)
        {
            return false;
        }

        var (what, words) = (count.Groups["what"].Value, asked.Groups["what"].Value);
        var known = WordsOf(question);
        return (words + " ").StartsWith(what + " ", StringComparison.OrdinalIgnoreCase)
            && (count.Groups["before"].Length == 0 || !HasDoubt().IsMatch(count.Groups["before"].Value))
            && WordsOf(count.Groups["before"].Value).TrueForAll(word => word.Length < 2
                || word is "the" or "with" or "by" or "has" or "have" or "had"
                or "there" or "are" || known.Exists(other => Root(other) == Root(word)))
            && AreSame(reference, count.Groups["n"].Value);

        static string Root(string word) => word.Length > 3 ? word[..3] : word;
    }

    [GeneratedRegex(@"\A\s*(?:\(?(?<label>[a-eA-E])\)\s*:?\s*(?<value>(?:(?!\(?\b[a-eA-E]\)).){1,60}?)"
        + @"(?:\s*[,;]?\s+|\s*\z)){2,5}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();

    [GeneratedRegex(@"\A(?:and |the |its )*(?<label>[A-Za-z]|amplitude|period|phase(?: shift)?|frequency|length|width"
        + @"|height|depth|base|quotient|remainder|mean|median|mode|range|variance|area|perimeter|volume|surface area"
        + @"|radius|diameter|slope|intercept|sum|product|difference|speed|distance|time|mass|rank|nullity|trace"
        + @"|determinant|numerator|denominator|width|hypotenuse|profit|loss|interest|principal|total"
        + @"|(?:real|imaginary) part|modulus|argument|degree)(?: ?(?:=|:) ?| (?:is |of )?)"
        + @"(?<value>[^=:a-z][^=:]{0,40}|[a-z](?![a-z])[^=:]{0,20})\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex LabelledValue();

    [GeneratedRegex(@"\b(?:which|what) quadrant\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex QuadrantAsked();

    [GeneratedRegex(@"\A(?:in )?(?:the )?(?:quadrant )?(?<name>I|II|III|IV|[1-4]|1st|2nd|3rd|4th|first|second|third"
        + @"|fourth|one|two|three|four)(?: quadrant)?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex QuadrantName();

    [GeneratedRegex(@"\b(?:[Ww]ho|[Ww]hich (?:of (?:them|the [a-z]+)|[a-z]+)) (?<what>[a-z]+(?: [a-z]+){0,5})"
        + @"(?=\s?[?:,.])", RegexOptions.CultureInvariant)]
    private static partial Regex WhoAsked();

    [GeneratedRegex(@"\A(?!No\b|Not\b|Neither\b|Either\b|Only\b|If\b|Nobody\b|None\b)[A-Z][a-z]*(?: [A-Z][a-z]*)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex OneName();

    [GeneratedRegex(@"\b[Hh]ow many (?<what>[a-z]+(?: [a-z]+){0,7})", RegexOptions.CultureInvariant)]
    private static partial Regex HowManyOf();

    [GeneratedRegex(@"\A(?<before>[A-Za-z]+(?: [A-Za-z]+){0,6})? ?\b(?<n>[0-9][0-9,]{0,11}(?:\.[0-9]{1,6})?) "
        + @"(?<what>(?:(?:more|fewer) )?[a-z]+(?: [a-z]+)?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex CountOf();
}
