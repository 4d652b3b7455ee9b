using System.Text.RegularExpressions;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Extraction;

/// <summary>Answers in words at the very end of a text: "works out to one sixth", "falls on a Tuesday".</summary>
internal static partial class Spoken
{
    private const int Reach = 200;

    /// <summary>The words that the text ends with; null where it ends otherwise, or doubts or denies them.</summary>
    public static Extracted? Last(string text)
    {
        // Signs of bold and of short formulas say nothing of words: "all $x$ **at least** 3".
        text = Marks().Replace(text.Length > 3 * Reach ? text[^(3 * Reach)..] : text, "$1");
        var from = Math.Max(0, text.Length - Reach);
        var end = End().Match(text[from..]);
        var several = Prose.Several(text, from) ?? (end.Success ? null : Prose.Last(text, from));
        end = end.Success || several is not null ? end : Range().Match(text[from..]);
        var (start, words, answer) = several is null && end.Success
            ? (from + end.Groups["words"].Index, end.Groups["words"].Value, end.Groups["words"].Value)
            : several ?? default;
        return answer is null ? null
            : Turned().Split(text[from..start]) is [.., var clause] && Denied().IsMatch(clause)
            || Hedges.Weaken(text, start, start + words.Length)
            ? new Extracted(null, "The last words are denied or doubted: no answer.")
            : new Extracted(answer, "last words");
    }

    /// <summary>The values that a line gives to several names or coordinates; null where it gives none.</summary>
    public static Extracted? Several(string line)
    {
        var text = Marks().Replace(line, "$1");
        return Prose.Several(text, 0) is { Answer: { } answer, Start: var start } && !Denied().IsMatch(text[..start])
            ? new(answer, "its values")
            : null;
    }

    /// <summary>
    /// What a text says as a whole, where no other answer stands in it: "Yes, since it is even.", and that nothing is
    /// as asked. Null where it goes on to turn, or says no such thing.
    /// </summary>
    public static Extracted? Whole(string text)
    {
        var bare = text.Trim();
        var verdict = YesOrNo().Match(bare);
        var isNo = verdict.Success && verdict.Groups["words"].Value is ['n' or 'N', ..];
        return bare.Length > Reach || Takes().IsMatch(bare)
            || (!isNo && Denied().IsMatch(Nothing().Replace(bare, "")))
            ? null
            : verdict.Success ? new(verdict.Groups["words"].Value, "first word")
            : NoSuch().IsMatch(bare) ? new("no", "no such thing exists")
            : Nothing().IsMatch(bare) ? new("\\text{no solution}", "nothing is as asked")
            : null;
    }

    /// <summary>Yes or no as the first word, with what shows it: "**Yes**, take $n=6$." Null where it turns.</summary>
    public static Extracted? Verdict(string text)
    {
        var bare = text.Trim();
        return bare.Length <= 5 * Reach && Opened().Match(bare) is { Success: true } opened && !Turning().IsMatch(bare)
            ? new(opened.Groups["words"].Value, "first word")
            : null;
    }

    /// <summary>The few bold words that a text ends with: "hence it is **not prime**". Null for none.</summary>
    public static Extracted? Closing(string text)
    {
        var tail = text.TrimEnd();
        if (BoldEnd().Match(tail[Math.Max(0, tail.Length - Reach)..]) is not { Success: true } bold)
        {
            return NoSuchEnd().IsMatch(tail[Math.Max(0, tail.Length - Reach)..])
                ? new("no", "no such thing exists")
                : null;
        }

        var at = Math.Max(0, tail.Length - Reach) + bold.Index;
        var words = bold.Groups["words"].Value;
        return Turned().Split(tail[Hedges.Sentence(tail, at, at).Start..at])[^1] is var clause
            && !Denied().IsMatch(clause) && !Takes().IsMatch(clause) && !Hedges.Weaken(tail, at, tail.Length)
            ? NoSuchEnd().IsMatch(words) ? new("no", "no such thing exists") : new(words, "the bold words at the end")
            : null;
    }

    /// <summary>The one bold word of the last sentence: "Therefore **Briana** is lying." Null for none.</summary>
    public static Extracted? Bold(string text)
    {
        var tail = text.TrimEnd();
        var sentence = Hedges.Sentence(tail, Math.Max(0, tail.Length - 1), Math.Max(0, tail.Length - 1));
        var last = tail[sentence.Start..];
        return last.Length <= Reach && BoldWord().Matches(last) is [var word] && !Denied().IsMatch(last)
            && !Takes().IsMatch(last) && !last.Contains(" or ", StringComparison.Ordinal)
            ? new(word.Groups["words"].Value, "the one bold word")
            : null;
    }

    /// <summary>
    /// Whether a text is a range of numbers in words and nothing else: "all real numbers at least 3".
    /// </summary>
    public static bool IsRange(string text) =>
        Normalization.IsRange(text)
        || (Range().Match("is " + text) is { Success: true } range && range.Groups["words"].Index <= "is ".Length);

    /// <summary>Whether a text is a date with its year.</summary>
    public static bool IsDate(string text) => Date().IsMatch(text);

    private const string Months = "(?:January|February|March|April|May|June|July|August|September|October|November"
        + "|December)";

    private const string Small = "(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen"
        + "|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
        + "|hundred|thousand|million)";

    private const string Parts = "(?:hal(?:f|ves)|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?"
        + "|ninths?|tenths?|twelfths?)";

    [GeneratedRegex(@"[.,;:!?\n]|\b(?:so|but|therefore|thus|hence)\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Turned();

    [GeneratedRegex(@"\b(?:not|never|cannot|no longer|unclear|unlikely|if|unless|nor|neither|close|near|nearly|about"
        + @"|around|approximately|roughly|almost|least|most|more|less|greater|fewer"
        + @"|false|fails?|undefined|untrue|wrong|impossible|whether|suppose|note|valid|recall)\b|n['’]t\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Denied();

    [GeneratedRegex(@"\*\*|(?<!\\)\$([^$\\\n^_=,]{1,12})\$", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\*\*(?<words>[^*\n]{1,40})\*\*", RegexOptions.CultureInvariant)]
    private static partial Regex BoldWord();

    [GeneratedRegex(@"\A(?:\*\*(?<words>yes|no)[,.;:]?\*\*|(?<words>yes|no)[,:]\s(?:take|since|because|e\.g\."
        + @"|for example|for instance|consider|namely)\b)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Opened();

    [GeneratedRegex(@"\b(?:but|however|although|wait|actually|unless|otherwise|answer)\b|\?|boxed",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Turning();

    // At most four words without numbers that say more than that all is done.
    [GeneratedRegex(@"(?<!\*)\*\*(?!(?:q\.?e\.?d|done|as |the end|proved|proven|all |them |these |both |only |valid"
        + @"|correct|unique|minim|maxim|answer|final|(?:yes|no)(?=\*))\b)(?<words>"
        + @"(?:no such [a-z]+(?: [a-z]+)? (?:exists?|is possible)|[A-Za-z-]+(?: [A-Za-z-]+){0,3}))\*\*[.!]?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex BoldEnd();

    // Of numbers it would be said that none is a solution.
    private const string Thing = "(?!(?:number|integer|value|pair|triple|solution)s?\\b)[a-z]+(?: [a-z]+)?";

    [GeneratedRegex(@"(?:\A|\b(?:that|so|hence|therefore|thus|and)\s|,\s)(?:no such " + Thing
        + @" (?:exists?|is possible|can exist)"
        + "|(?:there (?:is|exists) no|there can be no|there cannot be any) such " + Thing
        + "|such an? " + Thing + " (?:does not exist|doesn['’]t exist|cannot exist|is impossible|is not possible))"
        + @"\.?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NoSuchEnd();

    [GeneratedRegex(@"\A[*_]*(?<words>yes|no)[*_]*[,.;:—]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex YesOrNo();

    // Of numbers it is said that none is a solution; of all else, that the question is answered by no.
    [GeneratedRegex(@"\A(?:no|there (?:is|exists) no) such (?!(?:number|integer|value|pair|solution)s?\b)"
        + @"[a-z]+(?: [a-z]+)?(?: exists?| is possible)?[.!]?\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex NoSuch();

    [GeneratedRegex(@"\b(?:there (?:is|are|exists?)|has|have|admits?) no "
        + @"(?:such )?(?:real )?(?:numbers?|values?|solutions?|roots?)"
        + @"(?: (?:to|of|for|that|which|satisfy|satisfying|solving|exists?|with)\b[^.;,0-9]*)?\s*[.!*]*\s*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Nothing();

    [GeneratedRegex(@"\b(?:but|however|although|though|except|besides|other|otherwise|wait|yet|unless|if|only)\b|\?",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Takes();

    [GeneratedRegex(@"\A(?:[0-9]{1,2}(?:st|nd|rd|th)?(?: of)? " + Months + @",? [0-9]{4}|" + Months
        + @" [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4})\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Date();

    private const string Place = @"\$?-?[0-9]+(?:[./][0-9]+)?\$?";

    // What is said of the numbers of a set: "strictly between 2 and 5", "greater than or equal to 3".
    private const string Said = @"(?:\s(?:that|which) are|\ssuch that \$?[a-z]\$? is|\sis)?,?\s(?:(?:strictly )?"
        + "(?:(?:between|from) " + Place + " (?:and|to) " + Place
        + @"(?:,? \(?(?:inclusive|exclusive|not inclusive)\)?)?"
        + "|(?:(?:greater|larger|less|smaller|more) than(?: or equal to)?|at least|at most"
        + "|no(?:t)? (?:less|more|greater|larger|smaller) than|not exceeding) " + Place + @"))";

    // "The range is all nonnegative real numbers", "for all x strictly between 2 and 5", "so x must be at least 3".
    [GeneratedRegex(@"(?:(?:\A|\b(?:is|are|be|for|on|of|when|contains|includes|holds"
        + @"|takes|takes on|attains|assumes)\s+)(?<words>(?:the )?(?:open|closed) interval from " + Place + " to "
        + Place
        + @"|(?:the set of )?"
        + @"(?:all|every|any) (?:(?:non-?)?(?:positive|negative|zero) )?"
        + @"(?:(?:real numbers?|reals|rational numbers|integers?|complex numbers)(?: \$?[a-z]\$?)?(?:" + Said
        + @"| (?:except|other than) (?:for )?" + Place + @"(?:(?:,| and) " + Place + @")?)?"
        + @"|(?:(?:real (?:values of )?|values of )?\$?[a-z]\$?|(?:real )?values)" + Said + "))"
        + @"|(?:\A|[.,:;\n]\s*|\b(?:so|thus|hence|therefore|that|value of|get)\s+)"
        + @"(?<words>\$?[a-z]\$? (?:is|must be|can be|has to be|lies)" + Said + @")"
        + @"|\b(?:for|when|where)\s+(?<words>\$?[a-z]\$?" + Said + @"))\s*[.!*]*\s*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Range();

    [GeneratedRegex(@"(?:\b(?:is|equals|to|be|makes|gives)\s+(?:exactly\s+|an?\s+)?"
        + @"(?<words>(?:(?:negative|minus)\s)?" + Small
        + @"(?:(?:[ -]|\sand\s)" + Small + @"){0,8}(?:[ -]" + Parts + @")?"
        + @"(?:\sdegrees|\spercent)?)"
        + @"|\b(?:is|was|on|be)\s+(?:an?\s+)?(?<words>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
        + @"(?:\s(?:that|this)\s[a-z]+)?"
        + @"|\b(?:is|are|has|have|needs?|takes?)\s+(?:exactly\s+)?(?<words>" + Small + @"(?:[ -]" + Small
        + @"){0,8}(?:\s(?!and\b|or\b|of\b|than\b|more\b|less\b|but\b)[a-z]+){1,4})"
        + @"|\bthere (?:are|exist)\s+(?<words>infinitely many)"
        + @"|\b(?:is|at|by|to|until|be)\s+(?<words>[0-9]{1,2}:[0-9]{2}\s?(?:[ap]\.?\s?m|noon|midnight"
        + @"|in the (?:morning|afternoon|evening)))\b"
        + @"|\b(?:is|at|until|by|shows?|reads?|says?|displays?)\s+\**"
        + @"(?<words>(?:(?:(?:a )?quarter|half|" + Small + "(?:[ -]" + Small
        + ")?(?: minutes?)?) (?:past|to|after|before) " + Small + "|(?:[0-9]{1,2}|" + Small + ") o'?clock)"
        + "(?: o'?clock)?(?: in the (?:morning|afternoon|evening))?|noon|midnight)"
        + @"|\b(?:is|on|was)\s+\**(?<words>(?:the )?(?:" + Months + @" [0-9]{1,2}(?:st|nd|rd|th)?(?:,? [0-9]{4})?"
        + "|[0-9]{1,2}(?:st|nd|rd|th)?(?: of)? " + Months + "(?:,? [0-9]{4})?))"
        + @"|\*\*(?<words>no such [a-z]+(?: [a-z]+)?(?: exists?| is possible)|not [a-z]{3,}(?:ly [a-z]{3,})?)(?=\*\*)"
        + @"|\bratio\b[^.\n0-9]{0,80}(?<words>[0-9]+ to [0-9]+(?: to [0-9]+){0,4})"
        + @"|\blimit (?<words>does not exist)|\b(?:series|integral|sequence) (?<words>(?:con|di)verges)"
        + @"|\bis an? (?<words>ellipse|parabola|hyperbola|circle|line|point|sphere|plane|rhombus|square|rectangle)"
        + @"|\bis\s+(?<words>convergent|divergent|even|odd|prime|composite|infinite|irrational)"
        + @"|\b(?:that|then|so|is|thus|therefore|have|get)\s+(?<words>[a-z]\s?(?:[<>≤≥]|<=|>=)\s?[a-z])"
        + @"|\b(?:is|be|are|to)\s+(?<words>(?:(?:negative|positive|minus|plus)\s+)?infinity)"
        + @"|\bis\s+(?<words>(?-i:[A-Z][a-z]{2,})))\s*[.!*]*\s*\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex End();
}
