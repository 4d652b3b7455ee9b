using System.Text.RegularExpressions;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Verification;

/// <summary>Whether a full response ends in the right answer.</summary>
public static partial class Grader
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
        if (found.Answer is not { } answer)
        {
            return new Verdict(Outcome.Incorrect, null, found.Rule);
        }

        var verdict = Equivalence.Compare(gold, answer, Settings, cancel) with { Answer = answer };

        // The boxes of parts or of several names are one answer, and where the last alone is asked for, that is.
        return verdict.Outcome != Outcome.Correct && found.AreSteps
            && AnswerExtraction.AfterThinking(response) is { } text
            && Boxes.All(text).LastOrDefault().Inside is { Length: > 0 } last
            && Equivalence.Compare(gold, last, Settings, cancel) is { Outcome: Outcome.Correct } alone
            ? alone
            : verdict;
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
        var found = ChoiceExtraction.Extract(response, choices);
        if (ChoiceExtraction.TakesNone(response, found, choices))
        {
            return new Verdict(Outcome.Incorrect, null, "The response says that no option is right.");
        }

        if (found.Answer is { Length: 1 } chosen)
        {
            if (OptionWords.Beside(response, chosen[0] - 'A', choices) is >= 0 and var other)
            {
                return new Verdict(Outcome.Incorrect, null, $"The letter {chosen} stands beside the option "
                    + $"'{choices[other]}': no answer.");
            }

            return new Verdict(chosen[0] == letter ? Outcome.Correct : Outcome.Incorrect, chosen,
                $"Chose {chosen} ({found.Rule}); right is {letter}.");
        }

        if (AnswerExtraction.AfterThinking(response) is not { } text)
        {
            return new Verdict(Outcome.Incorrect, null, found.Rule);
        }

        if (!Boxes.All(text).Any() && OptionLists.Judged(text, choices) is { } listed)
        {
            return listed >= 0 ? Chosen(listed, right, $"Calls the option '{choices[listed]}' right")
                : new Verdict(Outcome.Incorrect, null, "The response lists the options and chooses none.");
        }

        if (ChoiceExtraction.EndsInOptions(response))
        {
            return new Verdict(Outcome.Incorrect, null, "The response repeats the options and chooses none.");
        }

        if (OptionWords.Named(response, choices) is >= 0 and var named)
        {
            return Chosen(named, right, $"Names the option '{choices[named]}'");
        }

        var open = AnswerExtraction.Extract(ChoiceAsides.WithoutOthers(text));
        if (open.Answer is not { } answer)
        {
            return new Verdict(Outcome.Incorrect, null, open.Rule);
        }

        answer = choices[right].Contains("day", StringComparison.OrdinalIgnoreCase) ? Days().Replace(answer, " days")
            : answer;
        var verdict = Equivalence.Compare(choices[right], answer, Settings, cancel);
        verdict = verdict.Outcome != Outcome.Correct && ValueOf(answer, choices[right]) is { } value
            ? Equivalence.Compare(choices[right], value, Settings, cancel)
            : verdict;
        return verdict with { Answer = answer };
    }

    private static Verdict Chosen(int chosen, int right, string reason) =>
        new(chosen == right ? Outcome.Correct : Outcome.Incorrect, $"{(char)('A' + chosen)}",
            $"{reason}; right is {(char)('A' + right)}.");

    // "T_{1/2} = 10 d" beside the option "10 days".
    private static string? ValueOf(string answer, string option) =>
        !option.Contains('=', StringComparison.Ordinal) && Named().Match(answer) is { Success: true } named
            ? named.Groups["value"].Value
            : null;

    [GeneratedRegex(@"\A\s*\\?[A-Za-z]{1,8}(?:_(?:[A-Za-z0-9]|\{[^{}=]{1,20}\}))?\s*=\s*(?<value>[^=]+)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Named();

    [GeneratedRegex(@"(?<=[0-9]\}?)(?:\\[ ,;]|~|\s)*\\(?:text|mathrm)\{\s*d\s*\}\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Days();
}
