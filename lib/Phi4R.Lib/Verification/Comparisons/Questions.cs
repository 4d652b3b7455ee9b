using System.Text.RegularExpressions;

namespace Phi4R.Verification.Comparisons;

/// <summary>
/// What the words of a question say of its answer: in which unit, base or order it is asked for, and of what a sentence
/// speaks.
/// </summary>
internal static partial class Questions
{
    private const int Longest = 4000;
    private const int LongestAnswer = 300;

    /// <summary>
    /// Whether an answer is the reference once the question's words are taken into account; null where they say
    /// nothing of it.
    /// </summary>
    /// <param name="question">The question.</param>
    /// <param name="reference">The bare reference.</param>
    /// <param name="answer">The bare answer.</param>
    public static bool? Same(string question, string reference, string answer) =>
        question.Length > Longest || reference.Length > LongestAnswer || answer.Length > LongestAnswer
            ? null
            : InWrongForm(question, reference, answer) ? false
            : InNamedOrder(question, reference, answer) ?? InNamedRatio(question, reference, answer)
                ?? InLetterOrder(question, reference, answer) ?? OfVectors(question, reference, answer)
                ?? AsInterval(question, reference, answer)
                ?? InAskedUnit(question, reference, answer) ?? InAskedBase(question, reference, answer)
                ?? InAskedForm(question, reference, answer) ?? InMatrixOrder(question, reference, answer)
                ?? OfQuadrants(question, reference, answer) ?? OfParts(reference, answer)
                ?? YesOrNo(question, reference, answer) ?? OfPlayers(question, reference, answer)
                ?? OfExamples(reference, answer) ?? OfScales(question, reference, answer)
                ?? OfTime(question, reference, answer) ?? AsList(question, reference, answer)
                ?? (OfArc(question, reference, answer) || OfTemperature(question, reference, answer)
                    || Counted(question, reference, answer) || Changed(question, reference, answer)
                    || Spoken(question, reference, answer) || IsBeforeRounding(question, reference, answer)
                    || OfWholeNumbers(question, reference, answer) || Told(question, reference, answer)
                    || OfNeither(question, reference, answer) || OfLabels(reference, answer)
                    || OfWho(question, reference, answer) || OfCounts(question, reference, answer) ? true : null);

    private static bool AreSame(string reference, string answer) =>
        Equivalence.Compare(reference, answer, new VerifierConfig()).Outcome == Outcome.Correct;

    // "Give (p, q, p+q)" beside p = 3, q = 8, p + q = 11: the question's tuple is the order of the values.
    private static bool? InNamedOrder(string question, string reference, string answer)
    {
        var bare = Plain(reference);
        if (!bare.StartsWith('(') || !bare.EndsWith(')') || !answer.Contains('='))
        {
            return null;
        }

        Dictionary<string, string> values = new(StringComparer.Ordinal);
        var tuples = Tuples().Match(Plain(answer));
        foreach (var part in tuples.Success
            ? tuples.Groups[1].Value.Split(',').Zip(tuples.Groups[2].Value.Split(','), (name, own) => $"{name}={own}")
            : Joint().Split(answer.Replace("$", "", StringComparison.Ordinal)))
        {
            if (part.Split('=') is not [var name, var value] || value.Trim().Length == 0
                || !values.TryAdd(Plain(name), value.Trim()))
            {
                return null;
            }
        }

        bool? same = null;
        foreach (Match tuple in Tuple().Matches(question))
        {
            var names = tuple.Groups[1].Value.Split(',').Select(Plain).ToList();
            if (names.Count < 2 || names.Count != values.Count || !names.TrueForAll(values.ContainsKey)
                || names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            {
                continue;
            }

            var here = AreSame(reference, $"({string.Join(", ", names.Select(name => values[name]))})");
            if (same is { } earlier && earlier != here)
            {
                return null; // the question writes the names in two orders
            }

            same = here;
        }

        return same;
    }

    // "On which interval is f negative?", (-1, 3): the set {-1, 3} is its two ends, and no pair in braces.
    private static bool? AsInterval(string question, string reference, string answer)
    {
        var (bare, said) = (Plain(reference), Plain(answer));
        return bare.StartsWith('(') && bare.EndsWith(')') && bare.Count(sign => sign == ',') == 1
            && (said.StartsWith("\\{", StringComparison.Ordinal) || said.StartsWith('{'))
            && AskedInterval().IsMatch(question) ? false : null;
    }

    // "What is the distance in meters?" beside a reference without a unit: an answer in kilometers is converted.
    private static bool? InAskedUnit(string question, string reference, string answer)
    {
        var last = Sentences().Split(question.Trim()).LastOrDefault(part => part.Trim().Length > 0) ?? "";
        var names = Asked().Matches(last).Select(match => match.Groups["unit"].Value).Distinct(StringComparer.Ordinal)
            .ToList();
        if (names is not [var name] || !Number().IsMatch(reference) || !HasUnit().IsMatch(answer)
            || UnitOf("1\\text{ " + name + "}", out _) is not { } asked
            || UnitOf(answer, out var isMixed) is not { } given
            || asked.IsCount)
        {
            return null;
        }

        if (asked.Kind != given.Kind)
        {
            if ((asked.Kind, given.Kind) is ("angle", "radian") or ("radian", "angle"))
            {
                return AreSame($"{reference.Trim().Trim('$')}\\text{{ {name}}}", answer);
            }

            return given.IsCount ? null : false; // 12 ft where square feet are asked for
        }

        return asked.Scale == given.Scale && !isMixed
            ? null
            : AreSame($"{reference.Trim().Trim('$')}\\text{{ {name}}}", answer);
    }

    private static Unit? UnitOf(string text, out bool isMixed)
    {
        var quantity = Root(text) as QuantityNode;
        isMixed = quantity is { IsMixed: true };
        return quantity?.Unit;
    }

    // "Express 255 in hexadecimal": FF, FF_{16} and 0xFF; a base that is not the one asked for says another thing.
    private static bool? InAskedBase(string question, string reference, string answer)
    {
        var bases = Base().Matches(question).Select(match => RadixOf(match.Groups["base"].Value)).Distinct().ToList();
        if (bases is not [> 1 and var radix] || Digits().Match(Plain(Undressed(reference))) is not { Success: true } a
            || Digits().Match(Plain(Undressed(answer))) is not { Success: true } b)
        {
            return null;
        }

        if (Named(a) is null && Named(b) is { } other && other != radix)
        {
            return false;
        }

        return (Named(a) ?? radix) == radix && (Named(b) ?? radix) == radix
            && a.Groups["digits"].Value.Equals(b.Groups["digits"].Value, StringComparison.OrdinalIgnoreCase)
            && a.Groups["digits"].Value.ToUpperInvariant()
                .All(digit => (char.IsAsciiDigit(digit) ? digit - '0' : digit - 'A' + 10) < radix) ? true : null;

        static int? Named(Match number) => number.Groups["hex"].Success ? 16
            : number.Groups["radix"] is { Success: true, Value: var name } ? RadixOf(name)
            : null;
    }

    private static int RadixOf(string name) => name.ToLowerInvariant() switch
    {
        "binary" or "bin" => 2,
        "ternary" => 3,
        "octal" or "oct" => 8,
        "decimal" or "dec" => 10,
        "duodecimal" => 12,
        "hexadecimal" or "hex" => 16,
        var number => Latex.NumberWords.Whole(number) is > 1 and <= 36 and var radix ? radix : 0,
    };

    // 6' is six minutes of arc where the question speaks of degrees, and six feet where it speaks of feet.
    private static bool OfArc(string question, string reference, string answer)
    {
        if (!(Marked().IsMatch(reference) || Marked().IsMatch(answer)))
        {
            return false;
        }

        var (arc, length) = (ArcWords().IsMatch(question), LengthWords().IsMatch(question));
        return arc != length && AreSame(In(reference), In(answer));

        string In(string text) => arc && TimeOfArc().IsMatch(text)
            ? TimeOfArc().Replace(text, " arc$1")
            : Marked().Replace(text, match => match.Groups["n"].Value + "\\text{ "
            + (match.Groups["second"].Success ? arc ? "arcseconds" : "inches" : arc ? "arcminutes" : "feet") + "}");
    }

    // 25° beside 25 °C: of a temperature the scale may be left out on one side.
    private static bool OfTemperature(string question, string reference, string answer)
    {
        var (a, b) = (Scale().Match(reference), Scale().Match(answer));
        if (a.Success == b.Success)
        {
            return false;
        }

        var (scale, other) = a.Success ? (a, answer) : (b, reference);
        var named = TemperatureWords().Matches(question).Select(match => match.Value[..1].ToUpperInvariant())
            .Where(letter => letter != "T").Distinct().ToList();
        var letter = scale.Groups["scale"].Value[..1];
        return DegreesAtEnd().Match(other) is { Success: true } bare
            && (a.Success || TemperatureWords().IsMatch(question)) && named.TrueForAll(name => name == letter)
            && AreSame(a.Success ? reference : other[..bare.Index] + "^\\circ\\text{" + letter + "}",
                a.Success ? other[..bare.Index] + "^\\circ\\text{" + letter + "}" : answer);
    }

    // "How many quarters": 7 quarters are seven of them.
    private static bool Counted(string question, string reference, string answer) =>
        HowMany().Matches(question).Select(match => match.Groups["what"].Value).Distinct().ToList() is [var what]
        && CountAtEnd().Match(answer) is { Success: true } counted && counted.Groups["what"].Value == what
        && Number().IsMatch(reference) && AreSame(reference, counted.Groups["n"].Value);

    // "By what percentage did the population shrink?" beside "It shrank by 12%": the direction is that of the question.
    private static bool Changed(string question, string reference, string answer)
    {
        if (By().Match(Plain(Undressed(answer), keepSpaces: true)) is { Success: true } by
            && question.Contains("by ", StringComparison.OrdinalIgnoreCase))
        {
            return AreSame(reference, by.Groups["value"].Value) || (Percentages.IsAskedBy(question)
                && Percentages.AreSame(reference, by.Groups["value"].Value));
        }

        if (ChangedBy().Match(Plain(Undressed(answer), keepSpaces: true)) is not { Success: true } change
            || HasDoubt().IsMatch(change.Groups["before"].Value))
        {
            return false;
        }

        var (falls, rises) = (Falls().IsMatch(question), Rises().IsMatch(question));
        var falling = Falls().IsMatch(change.Groups["verb"].Value);
        var value = change.Groups["value"].Value;
        return falls != rises && falls == falling && (AreSame(reference, value)
            || (Percentages.IsAskedBy(question) && Percentages.AreSame(reference, value)));
    }

    // "The car travels 60 miles" where the question asks how far the car travels: all words are those of the question.
    private static bool Told(string question, string reference, string answer)
    {
        var plain = Plain(Undressed(answer), keepSpaces: true);
        if (Statement().Match(plain) is not { Success: true } told || HasDoubt().IsMatch(plain))
        {
            return false;
        }

        var words = told.Groups["words"].Value.ToLowerInvariant().Split(' ')
            .Where(word => word is not ("the" or "a" or "an" or "is" or "are" or "was" or "by" or "at" or "it" or "of"))
            .ToList();
        var asked = Letters().Split(question.ToLowerInvariant());
        return words.TrueForAll(word => word.Length > 2
            && asked.Any(other => other == word || (other.Length > 4 && word.Length > 4
                && other.TrimEnd('s', 'd', 'e') == word.TrimEnd('s', 'd', 'e'))))
            && (InAskedUnit(question, reference, told.Groups["value"].Value)
                ?? AreSame(reference, told.Groups["value"].Value));
    }

    // "The winner is Bob" where the question asks who the winner is: every word before the verb is one of the question.
    private static bool Spoken(string question, string reference, string answer)
    {
        var plain = Plain(Undressed(answer), keepSpaces: true);
        if (Sentence().Match(plain) is not { Success: true } sentence || HasDoubt().IsMatch(plain)
            || Sentence().IsMatch(Undressed(reference)))
        {
            return false;
        }

        var words = sentence.Groups["subject"].Value.ToLowerInvariant().Split(' ').Where(word => word.Length > 2)
            .ToList();
        HashSet<string> asked = [.. Letters().Split(question.ToLowerInvariant())];
        return words.Count > 0 && words.TrueForAll(asked.Contains)
            && AreSame(reference, "\\text{" + sentence.Groups["value"].Value + "}");
    }

    private static string Plain(string text) => Plain(text, keepSpaces: false);

    private static string Plain(string text, bool keepSpaces)
    {
        var bare = Sized().Replace(text, "");
        return keepSpaces ? Gaps().Replace(bare, " ").Trim(' ', '.') : Gaps().Replace(bare, "");
    }

    private static string Undressed(string text) => Wrapping().Replace(text, " ").Replace("}", "",
        StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal);
}
