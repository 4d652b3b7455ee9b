using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// What stands behind an answer and takes its place: "Wait, I forgot one: there are 13", "*Edit:* the correct number
/// is 12", "\boxed{66} symmetric ones plus 60 others, so 126 in all".
/// </summary>
internal static partial class Afterwards
{
    private const int Reach = 6000;
    private const int SentenceReach = 200;

    /// <summary>
    /// What the text behind a place corrects the answer there to: where the correction begins, -1 for none.
    /// </summary>
    public static int Correction(string text, int end)
    {
        var rest = text.Substring(end, Math.Min(Reach, text.Length - end));
        if (Withdrawn().Match(rest) is { Success: true } withdrawn)
        {
            return end + withdrawn.Index + withdrawn.Length;
        }

        return Corrected().Match(rest) is { Success: true } turn
            && (turn.Groups["sure"].Success || Mistaken().IsMatch(rest[turn.Index..])
                || !Confirmed().IsMatch(rest[turn.Index..]))
            ? end + turn.Index + turn.Length
            : -1;
    }

    /// <summary>The number that the sentence of a box makes of it: a sum with others, or the rounded value.</summary>
    public static string? Result(string text, int end, string inside)
    {
        var rest = text.Substring(end, Math.Min(SentenceReach, text.Length - end));
        rest = SentenceEnd().Split(rest)[0];
        return More().Match(rest) is { Success: true } more
            && Total().Match(rest, more.Index) is { Success: true } total ? total.Groups["n"].Value
            : Decimal().IsMatch(inside) && Rounded().Match(rest) is { Success: true } rounded
                ? rounded.Groups["n"].Value
                : null;
    }

    /// <summary>
    /// What is concluded behind the value of one name for a formula of several: "$a=\boxed{3}$, $b=8$, thus $a+b=11$".
    /// </summary>
    public static string? Concluded(string text, int end, string name)
    {
        var rest = text.Substring(end, Math.Min(Reach, text.Length - end));
        return Conclusion().Matches(rest).LastOrDefault() is { } conclusion
            && conclusion.Groups["left"].Value is var left && left.Contains(name, StringComparison.Ordinal)
            && Letters().Matches(left).Select(letter => letter.Value).Distinct(StringComparer.Ordinal).Count() > 1
            ? conclusion.Groups["right"].Value.Split('=')[^1]
            : null;
    }

    private const string Number = @"(?<![0-9.,^_\\])-?[0-9]+(?:\.[0-9]+)?(?![0-9.,]*[0-9^])";

    // "\boxed{24} would be the answer if", "\boxed{30} is only an upper bound": right behind the box.
    [GeneratedRegex(@"\A[\s$*)\]}.,\\]{0,8}(?:would (?:have been|be)\b"
        + @"|is (?:not (?:yet |quite )?(?:the|our)|only an?|just an?|merely an?) (?:final |full |right |correct "
        + @"|whole |upper |lower |first )?(?:answer|bound|estimate|guess|result)\b"
        + @"|is (?:wrong|incorrect|too (?:large|small|big|high|low|many|few))\b)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Withdrawn();

    // At the start of a sentence behind the answer.
    [GeneratedRegex(@"(?:(?<=[.!?]['""$)*_\]]{0,4}\s)|(?<=[\n(—–])|(?<=\\\]))[\s*_#>(-]{0,6}(?:"
        + @"(?:(?:wait|oops|hold on|hmm+|sorry|scratch that|on second thoughts?|no, wait|actually, (?:no|wait))\b)"
        + @"|(?<sure>(?:edit|correction|erratum|corrigendum)\b\W{0,3}:"
        + @"|(?:but |however,? |actually,? )?I (?:forgot|missed|miscounted|overlooked|overcounted|undercounted"
        + @"|double[- ]counted|made an? [a-z ]{0,20}(?:mistake|error|slip))\b"
        + @"|(?:but |however,? |actually,? )?(?:that|this)(?: is|['’]s) (?:wrong|incorrect|not (?:right|correct))\b))",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Corrected();

    [GeneratedRegex(@"\b(?:forgot|missed|miscounted|overlooked|(?:over|under)counted|mistake|wrong|incorrect|error"
        + @"|(?:double[- ]|twice )count\w*|counted (?:twice|double)|should (?:rather |instead )?(?:be|have been)"
        + @"|must (?:be|have been) corrected|instead|not allowed)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Mistaken();

    [GeneratedRegex(@"\b(?:checks? out|confirm\w*|indeed|as (?:expected|required|desired|claimed|before|above)"
        + @"|(?:is|are|was|'s) (?:right|correct|fine|ok|okay|true)|holds?|works?|still|consistent|agrees?|matches"
        + @"|stands|same|good|yes)\b|✓|✔|✅|\\checkmark",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Confirmed();

    [GeneratedRegex(@"(?<=[^.\s])[.!?](?=\s|\z)|\n", RegexOptions.CultureInvariant)]
    private static partial Regex SentenceEnd();

    // Something is added to the value in the box.
    [GeneratedRegex(@"\b(?:plus|and|with|others?|more|adding|added|remaining|besides)\b|\+",
        RegexOptions.CultureInvariant)]
    private static partial Regex More();

    [GeneratedRegex(@"(?<n>" + Number + @")\$?\s(?:[a-z]+\s)?(?:in all|in total|altogether|all together|overall)\b"
        + @"|\b(?:in all|in total|altogether|together|for a total of|(?:a|the) total (?:of|is)|overall|makes|making)"
        + @"[,:]?\s(?:(?:this|that|it|there|we|they)\s)?(?:(?:is|are|makes?|gives?|have|get|be)\s)?\$?(?<n>"
        + Number + @")",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Total();

    [GeneratedRegex(@"\A[^=]*=?\s*-?[0-9]*\.[0-9]+\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"\b(?:so|i\.e\.|that is|or|hence|thus|therefore|rounded|rounds to|rounding)[,:]?\s(?:about\s)?"
        + @"\$?(?:\\approx\s?|≈\s?)?(?<n>-?[0-9]*\.[0-9]+)\$?\s(?:to|rounded|when rounded|correct to|up to)\b"
        + @"|\b(?:rounds|rounded|rounding)\b[^0-9]{0,40}?(?:[0-9] [a-z ]{0,20})?(?:to|is|gives)\s\$?"
        + @"(?<n>-?[0-9]*\.[0-9]+)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Rounded();

    [GeneratedRegex(@"\b(?:thus|so|hence|therefore|and then|which gives|giving|yielding)\b[^$.=]{0,40}"
        + @"\$(?<left>[^$=,<>]{3,40})=(?<right>[^$,;<>]{1,60})\$", RegexOptions.CultureInvariant
        | RegexOptions.IgnoreCase)]
    private static partial Regex Conclusion();

    [GeneratedRegex(@"(?<![\\A-Za-z])[A-Za-z]|\\[a-z]+", RegexOptions.CultureInvariant)]
    private static partial Regex Letters();
}
