using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// What stands behind an answer and takes its place: "Wait, I forgot one: there are 13", "*Edit:* the correct number
/// is 12", "\boxed{24} would be the answer if".
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
            && Mistaken().IsMatch(rest.AsSpan(turn.Index, Math.Min(SentenceReach, rest.Length - turn.Index)))
            ? end + turn.Index + turn.Length
            : -1;
    }

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
        + @"|(?:(?:edit|correction|erratum|corrigendum)\b\W{0,3}:"
        + @"|(?:but |however,? |actually,? )?I (?:forgot|missed|miscounted|overlooked|overcounted|undercounted"
        + @"|double[- ]counted|made an? [a-z ]{0,20}(?:mistake|error|slip))\b))",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Corrected();

    [GeneratedRegex(@"\b(?:forgot|missed(?! nothing| no\b)|miscounted|overlooked|(?:over|under)counted|left out"
        + @"|(?<!no |common )(?:mistake|error)|the correct (?:number|value|answer|count|total)"
        + @"|(?:double[- ]|twice )count\w*|counted (?:twice|double)|should (?:rather |instead )?(?:be|have been)"
        + @"|must (?:be|have been) corrected)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Mistaken();
}
