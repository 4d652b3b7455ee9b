using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Verification;

/// <summary>Whether a full response ends in the right answer.</summary>
public static class Grader
{
    private static readonly VerifierConfig Settings = new();

    /// <summary>
    /// Grades one response. Never throws on what a model wrote; equal input gives an equal verdict on any thread.
    /// </summary>
    /// <param name="response">All that the model wrote, its thinking included.</param>
    /// <param name="gold">
    /// The reference answer, bare or in a box or formula; with <paramref name="choices"/>, a letter or an option's
    /// value.
    /// </param>
    /// <param name="choices">The options' values in the order of their letters; null for an open question.</param>
    /// <param name="cancel">Ends the algebra early; the verdict is then unverifiable.</param>
    public static Verdict Grade(string response, string gold, IReadOnlyList<string>? choices = null,
        CancellationToken cancel = default) =>
        choices is { Count: > 0 } ? GradeChoice(response, gold, choices, cancel)
        : PlainInteger.Grade(response, gold) ?? GradeMath(response, gold, cancel);

    /// <summary>
    /// Grades one response in the strict form that a reward asks for: exactly one box behind the thinking, and no other
    /// answer beside it.
    /// </summary>
    /// <inheritdoc cref="Grade"/>
    public static Verdict GradeStrictly(string response, string gold, IReadOnlyList<string>? choices = null,
        CancellationToken cancel = default)
    {
        if (AnswerExtraction.AfterThinking(response) is not { } text)
        {
            return new Verdict(Outcome.Incorrect, null, "The thinking never ends: no answer.");
        }

        if (Boxes.All(text).ToList() is not [var box] || Boxes.EndsCut(text))
        {
            return new Verdict(Outcome.Incorrect, null, "The strict form asks for exactly one box with an answer.");
        }

        var verdict = Grade($"\\boxed{{{box.Inside}}}", gold, choices, cancel);
        return verdict.Outcome == Outcome.Correct
            && Grade(response, gold, choices, cancel) is { Outcome: not Outcome.Correct } whole
            ? whole with { Reason = "Another answer stands beside the box. " + whole.Reason }
            : verdict;
    }

    /// <summary>Compares a bare answer with the reference.</summary>
    public static Verdict Compare(string gold, string answer) => Equivalence.Compare(gold, answer, Settings);

    internal static Verdict GradeMath(string response, string gold, CancellationToken cancel)
    {
        var found = AnswerExtraction.Extract(response);
        return found.Answer is { } answer
            ? Equivalence.Compare(gold, answer, Settings, cancel) with { Answer = answer }
            : new Verdict(Outcome.Incorrect, null, found.Rule);
    }

    private static Verdict GradeChoice(
        string response, string gold, IReadOnlyList<string> choices, CancellationToken cancel)
    {
        var right = ChoiceExtraction.IndexOf(gold, choices);
        if (right < 0)
        {
            return new Verdict(Outcome.Unverifiable, null, $"The reference '{gold}' is neither a letter nor one of "
                + $"the {choices.Count} options.");
        }

        var letter = (char)('A' + right);
        var found = ChoiceExtraction.Extract(response, choices.Count);
        if (found.Answer is { Length: 1 } chosen)
        {
            return new Verdict(chosen[0] == letter ? Outcome.Correct : Outcome.Incorrect, chosen,
                $"Chose {chosen} ({found.Rule}); right is {letter}.");
        }

        if (ChoiceExtraction.EndsInOptions(response))
        {
            return new Verdict(Outcome.Incorrect, null, "The response repeats the options and chooses none.");
        }

        if (OptionWords.Named(response, choices) is >= 0 and var named)
        {
            return new Verdict(named == right ? Outcome.Correct : Outcome.Incorrect, $"{(char)('A' + named)}",
                $"Names the option '{choices[named]}'; right is {letter}.");
        }

        var open = AnswerExtraction.Extract(response);
        return open.Answer is { } answer
            ? Equivalence.Compare(choices[right], answer, Settings, cancel) with { Answer = answer }
            : new Verdict(Outcome.Incorrect, null, open.Rule);
    }
}
