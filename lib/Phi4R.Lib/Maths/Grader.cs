namespace Phi4R.Maths;

/// <summary>Says whether a response ends in the reference answer. It never throws, and equal input gives equal verdicts on any thread and in any culture.</summary>
/// <remarks>Reads numbers and choices, exactly. Answers of other kinds are compared as texts, and where those differ the verdict is "unverifiable", not "wrong".</remarks>
public static class Grader
{
    /// <summary>Judges a whole response.</summary>
    /// <param name="gold">The reference, as it would stand in a box.</param>
    /// <param name="choices">The options of a multiple-choice problem; the answer may then be an option's letter or its value.</param>
    public static Verdict Grade(string response, string gold, IReadOnlyList<string>? choices = null)
    {
        var (answer, reason) = AnswerExtraction.Boxed(response);
        if (answer is null)
        {
            return new Verdict(Outcome.Incorrect, null, $"no answer: {reason}");
        }

        return choices is null ? Compare(gold, answer) : Compare(Option(gold, choices), Option(answer, choices)) with { Answer = answer };
    }

    /// <summary>Compares an answer with the reference.</summary>
    public static Verdict Compare(string gold, string answer)
    {
        if (Plain(gold) == Plain(answer))
        {
            return new Verdict(Outcome.Correct, answer, "the same text");
        }

        return (RationalNumber.Read(gold), RationalNumber.Read(answer)) switch
        {
            ({ } expected, { } found) when expected == found => new Verdict(Outcome.Correct, answer, "the same number"),
            ({ }, { }) => new Verdict(Outcome.Incorrect, answer, "another number"),
            ({ }, null) => new Verdict(Outcome.Unverifiable, answer, "the answer was not read as a number"),
            _ => new Verdict(Outcome.Unverifiable, answer, "the reference was not read as a number"),
        };
    }

    private static string Plain(string text) => string.Concat(text.Where(character => !char.IsWhiteSpace(character)));

    // The value that a letter stands for, unless the letter is itself a value.
    private static string Option(string text, IReadOnlyList<string> choices)
    {
        var letter = Plain(text).Trim('(', ')', '.').Replace("\\text{", "", StringComparison.Ordinal).TrimEnd('}');
        return letter.Length == 1 && !choices.Contains(letter) && char.ToUpperInvariant(letter[0]) - 'A' is var place && place >= 0 && place < choices.Count ? choices[place] : text;
    }
}
