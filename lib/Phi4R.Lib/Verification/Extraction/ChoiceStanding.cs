using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>The only capital of a short last sentence: "Ohm's law leads to C."</summary>
internal static partial class ChoiceStanding
{
    private const int MostWords = 8;
    private const int Longest = 200;

    /// <summary>The letter, where it stands as an answer does; null for none or for several.</summary>
    public static Extracted? Find(string text, string letters)
    {
        var last = ChoiceExtraction.Sentences(text).LastOrDefault() ?? "";
        return last.Length > Longest || ChoiceExtraction.EndsInOptions(text) || last.Contains('=')
            || last.TrimEnd().EndsWith('?')
            || ChoiceWords.Either.IsMatch(last) || ChoiceExtraction.OptionMarks(text) > 3 || Naming().IsMatch(last)
            || last.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length > MostWords ? null
            : ChoiceExtraction.Only(
                Capital().Matches(last)
                    .Where(match => !ChoiceExtraction.IsWord(last, match.Index)
                        && !ChoiceExtraction.IsRuledOut(last[..match.Index])
                        && !ChoiceStatements.Supposed(last, match.Index)
                        && !ChoiceExtraction.IsCoordinated(last, match)
                        && Answers(last[..match.Index], last[(match.Index + match.Length)..]))
                    .Select(match => ChoiceExtraction.Valid(match, letters)),
                "the only capital of the last sentence");
    }

    private static bool Answers(string before, string rest) =>
        !ChoiceStatements.Conditional(rest) && !ChoiceStatements.Refuted(rest) && !Aloof().IsMatch(before)
        && (Ending().IsMatch(rest) || Going().IsMatch(rest));

    [GeneratedRegex(@"(?<![A-Za-z'’°([-]|[0-9]\s?)(?<l>[A-Z])(?![A-Za-z'’_^0-9-]|\s*[=<>+(])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Capital();

    // The last of the sentence, or with nothing but the option's text behind a comma.
    [GeneratedRegex(@"\A[)\]""'”*]*\s*(?:[.!:]|\z|[,;–—-]\s*(?!.*(?:,|\b(?:is|are|was|has|have|does|do|can|will)\b)))",
        RegexOptions.CultureInvariant)]
    private static partial Regex Ending();

    // "C it is", "C, since", "makes A the correct option"
    [GeneratedRegex(@"\A[)\]:]?,?\s*(?:it\s+is|because|since|as|for|alone|matches|fits|works|holds|what|which|ist|est"
        + @"|is\s+(?:what|(?:the|our|my|thus|therefore|hence)\s+(?:\w+\s+)?(?:answer|correct|right|best|only|one|true"
        + @"|choice|option|statement|match))|the\s+(?:correct|right|best|only|answer)|richtig|korrekt"
        + @"|remains)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Going();

    // What stands here is a point, a member, a degree, or what is spoken against: "the path from A to B".
    [GeneratedRegex(@"(?:\b(?:from|of|through|between|by|per|cent(?:re|er)|degrees?|than|contradicts?|refutes?"
        + @"|excludes?|eliminates?|against|unlike|rules\s+out|(?<!\b(?:leads?|leading|us|me|points?|corresponds?|down"
        + @"|equivalent|up|close|closest|narrows?|reduces?|equal)\s)to|(?<!\b(?:arriv\w+|end\w*\s+up|look\w*)\s)at"
        + @"|(?<!\b(?:confident|results?|resulting)\s)in|(?<!\b(?:consistent|agrees?|agreeing|up|going|go|went|accord"
        + @"|left|accordance|matches)\s(?:\w+\s)?)with)\s+(?:the\s+)?(?:(?:option|choice|answer|statement)\s+)?"
        + @"|[+−*/∪∩]\s*|\bthan\s+(?:the\s+)?\w+\s+"
        + @"|\A[^,]{0,60}\b(?:let|denote|call|write)\s+)\z",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Aloof();

    [GeneratedRegex(@"\b(?:units?|symbol|denoted?|abbreviat\w+)\b(?!.*\b(?:option|choice|answer)\b)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Naming();
}
