using System.Text.RegularExpressions;

namespace Phi4R.Verification.Extraction;

/// <summary>
/// Statements of a text that name a letter as the answer: "the answer is C", "we choose (b)", "D is correct".
/// </summary>
internal static class ChoiceStatements
{
    private const int ClauseReach = 80;
    private const int RestReach = 60;

    /// <summary>
    /// The letter of the last statement that is neither refuted nor only supposed; null for no statement.
    /// </summary>
    /// <param name="text">The answer without markup.</param>
    /// <param name="letters">The options' letters.</param>
    /// <param name="behindBox">Whether a letter in a box stands before, which remarks on other options leave.</param>
    public static Extracted? Last(string text, string letters, bool behindBox = false)
    {
        var flat = Stated(text, letters, flat: true).ToList();
        List<(int Place, string? Letter)> found = behindBox
            ? [.. flat.Where(statement => !statement.IsSupposed)
                .Select(statement => (statement.Place, statement.Letter))]
            :
            [
                .. (flat.Count > 0 ? flat : Stated(text, letters, flat: false))
                    .Select(statement => (statement.Place, statement.Letter)),
                .. ChoiceWords.StatedTwice.Matches(text).Select(match => (match.Index, (string?)null)),
            ];
        if (found.Count > 0)
        {
            if (ChoiceWords.Undecided.IsMatch(text[found.Max(statement => statement.Place)..]))
            {
                return new Extracted(null, "The text says that it cannot decide: no answer.");
            }

            var (place, last) = found.MaxBy(statement => statement.Place);
            var before = found.Where(statement => statement.Place < place).OrderBy(statement => statement.Place)
                .LastOrDefault((-1, null));
            if (last is not null && before.Letter is { } first && first != last && place - before.Place < RestReach
                && ChoiceWords.Again.IsMatch(text[(before.Place + 1)..place]))
            {
                return new Extracted(null, "Two letters are named as the answer one after the other: no answer.");
            }

            return found.MaxBy(statement => statement.Place).Letter is { } letter
                ? new Extracted(letter, "named as the answer") { IsStated = true }
                : new Extracted(null, "Two letters are named as the answer: no answer.");
        }

        if (behindBox)
        {
            return null;
        }

        var marked = ChoiceWords.Marked.Matches(text).Concat(ChoiceWords.Judged.Matches(text))
            .Where(match => !Supposed(text, match.Index)
                && !ChoiceExtraction.IsWord(text, match.Groups["l"].Index))
            .Select(match => ChoiceExtraction.Valid(match, letters)).OfType<string>().Distinct().ToList();
        if (marked.Count > 0)
        {
            return marked is [var only]
                ? new Extracted(only, "marked as right")
                : new Extracted(null, "Several letters are marked as right: no answer.");
        }

        var right = ChoiceWords.CalledRight.Matches(text).Where(match => !Supposed(text, match.Index)
                && !ChoiceExtraction.IsRuledOut(text[Math.Max(0, match.Index - ClauseReach)..match.Index]))
            .Select(match => ChoiceExtraction.Valid(match, letters)).OfType<string>().Distinct().ToList();
        return right is [var one] ? new Extracted(one, "called right") : null;
    }

    // What names the answer flatly ("the answer is C") outranks what only leads to a letter ("as option G states").
    private static IEnumerable<(int Place, string? Letter, bool IsSupposed)> Stated(string text, string letters,
        bool flat) => ChoiceWords.Stated.Where(kind => ChoiceWords.Flat.Contains(kind.Example) == flat)
            .SelectMany(kind => kind.Pattern.Matches(text))
            .Where(match => !ChoiceWords.Wrong.IsMatch(text[Math.Max(0, match.Index - 20)..match.Index]))
            .Select(match => (Match: match, Found: Statement(match, text, letters)))
            .Where(one => one.Found is not null)
            .Select(one => (one.Found!.Value.Place, one.Found!.Value.Letter,
                one.Match.Value.Contains("would", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Whether what follows a letter says that it is not the answer.</summary>
    public static bool Refuted(string rest) =>
        ChoiceWords.Refuted.IsMatch(rest.Length > RestReach ? rest[..RestReach] : rest);

    // Where it stands and its letter, which is null for two letters; null where nothing is stated after all.
    private static (int Place, string? Letter)? Statement(Match match, string text, string letters)
    {
        var group = match.Groups["l"];
        var isOption = ChoiceWords.Option.IsMatch(match.Groups["o"].Value);
        if (ChoiceExtraction.Valid(match, letters) is not { } letter
            || (!isOption && ChoiceExtraction.IsWord(text, group.Index)))
        {
            return null;
        }

        var end = match.Index + match.Length;
        var rest = text[end..Math.Min(text.Length, end + RestReach)];
        var isNamed = match.Groups["b"].Success || match.Groups["o"].Success || group.Value[0] is >= 'A' and <= 'Z';
        return (!isNamed && !ChoiceWords.Ends.IsMatch(rest)) || Refuted(rest) || Conditional(rest)
            || Supposed(text, match.Index) || ChoiceWords.AllRefuted.IsMatch(rest)
            || (Bare(match) && ChoiceWords.Remark.IsMatch(rest))
            || (group.Index - match.Index <= 1 && ChoiceExtraction.IsRuledOut(
                text[Math.Max(0, match.Index - ClauseReach)..match.Index]))
            || (match.Value.Contains("would", StringComparison.OrdinalIgnoreCase)
                && ChoiceWords.Otherwise.IsMatch(text[Math.Max(0, match.Index - RestReach * 4)..match.Index]))
            ? null
            : (group.Index, Another(rest, letters, letter)
                || (group.Index - match.Index <= match.Groups["o"].Length + 2
                    && Coupled(text, match.Index, letters, letter))
                ? null
                : letter);
    }

    // "Answer A", without a verb.
    private static bool Bare(Match match) =>
        match.Value.StartsWith("answer", StringComparison.OrdinalIgnoreCase)
            && match.Value.Length - "answer".Length <= " (A)".Length && !match.Value.Contains(':');

    private static bool Another(string rest, string letters, string first) =>
        ChoiceWords.Row.IsMatch(rest)
        || (ChoiceWords.Second.Match(rest) is { Success: true } second
            && ChoiceExtraction.Valid(second, letters) is { } other && other != first);

    // "(B) or (C) is the answer": a letter before the statement that shares it.
    private static bool Coupled(string text, int index, string letters, string second) =>
        ChoiceWords.First.Match(text[Math.Max(0, index - ClauseReach)..index]) is { Success: true } first
            && ChoiceExtraction.Valid(first, letters) is { } other && other != second;

    /// <summary>Whether what follows a letter lets it hold only under a condition, or in part.</summary>
    public static bool Conditional(string rest) =>
        ChoiceWords.Conditional.IsMatch(rest.Length > RestReach ? rest[..RestReach] : rest);

    /// <summary>Whether a word of the clause before a place only supposes what stands there, or denies it.</summary>
    public static bool Supposed(string text, int index)
    {
        var start = text.LastIndexOfAny([',', ';', '.', '!', '?', '\n', ':', '('], Math.Max(0, index - 1),
            Math.Min(index, ClauseReach)) + 1;
        var clause = index == 0 ? "" : text[Math.Max(start, index - ClauseReach)..index];
        var last = ChoiceWords.Turn.Matches(clause).LastOrDefault();
        return ChoiceWords.Supposing.IsMatch(last is null ? clause : clause[(last.Index + last.Length)..]);
    }
}
