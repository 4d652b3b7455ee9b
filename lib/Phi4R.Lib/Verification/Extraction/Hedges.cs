using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>Words of a sentence that deny or doubt the answer that stands in it: a hedge never earns.</summary>
internal static partial class Hedges
{
    private const int Reach = 300;

    /// <summary>The sentence around a place.</summary>
    public static (int Start, int End) Sentence(string text, int start, int end)
    {
        var from = Math.Max(0, start - Reach);
        var before = Ends().Matches(text[from..start]).LastOrDefault();
        var after = Ends().Match(text, end, Math.Min(Reach, text.Length - end));
        return (before is null ? from : from + before.Index + before.Length,
            after.Success ? after.Index + 1 : text.Length);
    }

    /// <summary>Whether the sentence takes back, or only supposes, what stands at a place of it.</summary>
    public static bool Weaken(string text, int start, int end)
    {
        var sentence = Sentence(text, start, end);
        var clause = text[sentence.Start..start];
        var turn = Turns().Matches(clause).LastOrDefault();
        clause = turn is null ? clause : clause[(turn.Index + turn.Length)..];
        var rest = text[end..Math.Min(sentence.End, end + Reach)];
        return Doubts().IsMatch(clause) || Denials().IsMatch(clause) || Afterthoughts().IsMatch(rest);
    }

    /// <summary>Whether the sentence before a place sets a condition.</summary>
    public static bool Conditional(string text, int at) =>
        Conditions().IsMatch(text[Sentence(text, at, at).Start..at]);

    /// <summary>
    /// Whether what stands between two numbers makes the second an aside: a reason, or what is denied.
    /// </summary>
    public static bool IsAside(string between) => Asides().IsMatch(between);

    /// <summary>Whether the writer says that no answer was found.</summary>
    public static bool GivesUp(string text) =>
        Surrenders().IsMatch(text.Length > Reach ? text[^Reach..] : text);

    /// <summary>Whether the writer leaves open which of two readings of the problem is meant.</summary>
    public static bool LeavesOpen(string text) =>
        Readings().IsMatch(text.Length > Reach ? text[^Reach..] : text);

    [GeneratedRegex(@"(?<=[^.\s])[.?!](?=\s|$)|\n", RegexOptions.CultureInvariant)]
    private static partial Regex Ends();

    [GeneratedRegex(@"\b(?:if|when|whenever|suppose|assuming)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Conditions();

    [GeneratedRegex(@"[,;(]|\b(?:but|so|therefore|thus|hence|then)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Turns();

    [GeneratedRegex(@"\b(?:maybe|perhaps|possibly|probably|presumably|guess\w*|might|(?:may|could) (?:\w+ )?be|unsure"
        + @"|(?:not|n['’]t) (?:sure|certain)|whether|(?:cannot|can['’]t|could ?n[o'’]t) (?:decide|say|tell)"
        + @"|(?<!\b(?:the|all|only) )possible (?:values?|answers?|candidates?))\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Doubts();

    [GeneratedRegex(@"(?:\b(?:not|never|cannot|nor|neither|except|than|without|instead of|at least|at most|up to"
        + @"|no (?:more|less|fewer) than|höchstens|mindestens|nicht|au plus|au moins|como máximo|a lo sumo|al menos"
        + @"|por lo menos|не|не более|не менее|не больше|не меньше)"
        + @"|n['’]t)\s+(?:or )?(?:be |equal (?:to )?|exactly |just |the )*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Denials();

    // Before the next number: "36 but it does not work", "15 or so", "15, unless I am wrong", "15?".
    [GeneratedRegex(@"\A[^0-9]{0,60}?(?:\b(?:(?:does|did|do|was|were|is|are|could|would|will)(?: not"
        + @"|n['’]t) (?:work|fit"
        + @"|hold|satisfy|satisfied|finish\w*|match|solve|correct|right|possible|enough|valid|the)|fail(?:s|ed)?\b"
        + @"|(?:is|was|are|seems) (?:wrong|incorrect|impossible|too|ruled out|excluded|plausible))|\?\s*\z)"
        + @"|\A\W{0,3}(?:is|are|was|as|gives|remains|serves as)\s+(?:only |just |merely )?an?\s+(?:\w+\s+)?"
        + @"(?:upper|lower)\s+(?:bound|limit|estimate)\b"
        + @"(?![^.]*\b(?:attain|achiev|reach|tight|sharp))"
        + @"|\A\s*(?:(?!is\b|are\b|was\b|which\b|and\b)[A-Za-z]+\s+){0,2}"
        + @"(?:less|more|fewer|greater|older|younger) than\b"
        + @"|\A,? (?:or so\b|give or take|unless\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Afterthoughts();

    [GeneratedRegex(@"\b(?:because|since|as|rather than|instead of|about|approximately|roughly|(?<=,\s)which (?:is|are"
        + @"|equals|means|has))\b(?![^.;]*\b(?:so|therefore|but|thus|hence|leav\w+)\b)[^.;]*\z"
        + @"|\bnot (?:just )?\z|≈\s*\z"
        + @"|\((?:\s*[A-Za-z]{2,}[^()]*)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Asides();

    [GeneratedRegex(@"\b(?:I|we (?=were)) ?(?:(?:was|were|am|could|can|did|do|have)(?: not|n['’]t)"
        + @"|cannot)\b[^.]{0,40}?\b(?:solve|finish|find"
        + @"|complete|determine|establish|settle|decide|answer|know|able)\b"
        + @"|\bunable to (?:solve|finish|find|determine|answer)\b"
        + @"|\bdid not (?:finish|find|solve)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Surrenders();

    // And none of the readings is chosen.
    private const string Unsettled = @"(?!.*\b(?:but|so (?!both|either)|assum\w*|usual\w*|standard|natural\w*|intended"
        + @"|therefore|hence|taking|tak(?:e|ing)|lead to the same|give the same)\b)";

    [GeneratedRegex(@"\b(?:both|either|two) (?:readings?|interpretations?)\b" + Unsettled
        + @"|\b(?:problem|question|statement|wording) (?:is ambiguous|(?:does not|doesn['’]t) (?:say|specify|state|tell"
        + @"|make (?:it )?clear))\b" + Unsettled
        + @"|\bdepends on (?:the (?:reading|interpretation)|how (?:one|you) (?:reads?|interprets?))\b" + Unsettled,
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Readings();
}
