using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>Whether two bare answers mean the same.</summary>
/// <remarks>
/// What is decided on purpose, where graders differ:
/// <list type="bullet">
/// <item>
/// Lists and sets are compared in any order and without repeats; tuples in order. A bare list is no tuple. A gold tuple
/// accepts braces in the same order.
/// </item>
/// <item>(1, 2) is a point or an open interval, as the other side asks; [1, 2] is never (1, 2).</item>
/// <item>1,234 is a number, 1, 234 a list, (12,345) a pair.</item>
/// <item>
/// Fractions and whole numbers are exact; a decimal stands for what rounds to it at the given places. 10% is 0.1.
/// </item>
/// <item>
/// Values in units are compared as quantities, 1 m is 100 cm; where one side names no unit the numbers are. Powers of
/// units count.
/// </item>
/// <item>
/// Words that are not understood make an answer unverifiable; what stands behind "for" or "where" is a condition,
/// compared where both sides have one.
/// </item>
/// <item>
/// x = 5 is 5; 2x = 10 is neither. Equations are equal if they have the same solutions, by a factor or by solving for a
/// variable.
/// </item>
/// <item>An inequality and a set are compared as sets of real numbers.</item>
/// <item>
/// log is to base 10; angles inside trigonometric functions are in radians unless they have the degree sign.
/// </item>
/// <item>A number in a base equals only numbers that name a base.</item>
/// <item>
/// A text that cannot be read equals only the same text. A reference that is no answer ("proof", "n/a", a paragraph)
/// equals nothing.
/// </item>
/// </list>
/// </remarks>
public static class Equivalence
{
    /// <summary>Compares two bare answers. Never throws; what cannot be read or decided is unverifiable.</summary>
    /// <param name="gold">The reference.</param>
    /// <param name="answer">What was extracted from the response.</param>
    /// <param name="config">The conventions.</param>
    /// <param name="cancel">Ends the algebra early.</param>
    public static Verdict Compare(string gold, string answer, VerifierConfig config, CancellationToken cancel = default)
    {
        if (References.Fault(gold) is { } fault)
        {
            return new Verdict(Outcome.Unverifiable, answer, $"The reference '{Short(gold)}' is no answer: {fault}.");
        }

        if (gold.Length + answer.Length <= 20_000 && gold.Trim().Length > 0 && gold.Trim() == answer.Trim()
            && gold.Trim() != "...")
        {
            return new Verdict(Outcome.Correct, answer, "The same characters.");
        }

        if (Equivalents.Of(answer) is { } ways)
        {
            var judged = ways.Select(way => Compare(gold, way, config, cancel)).ToList();
            return judged.Find(verdict => verdict.Outcome == Outcome.Incorrect)
                ?? judged.Find(verdict => verdict.Outcome == Outcome.Unverifiable)
                ?? judged[0] with { Answer = answer };
        }

        // A reference in two ways that are the same is either of them.
        if (Equivalents.Of(gold) is [var first, var second] && Equivalents.Of(first) is null
            && Compare(first, second, config, cancel).Outcome == Outcome.Correct)
        {
            var verdict = Compare(first, answer, config, cancel);
            return verdict.Outcome == Outcome.Correct ? verdict : Compare(second, answer, config, cancel);
        }

        if ((Chemistry.Same(gold, answer) ?? Logic.Same(gold, answer) ?? Cycles.Same(gold, answer)) is { } alike)
        {
            return new Verdict(alike ? Outcome.Correct : Outcome.Incorrect, answer,
                $"Formulas of chemistry, logic or permutations: {Short(gold)} and {Short(answer)}.");
        }

        Budget budget = new(config.Steps, cancel);
        var side = "reference";
        try
        {
            var expected = Reader.Read(Styles.Like(gold, answer), config, budget);
            side = "answer";
            var found = Reader.Read(Styles.Like(answer, gold), config, budget);
            side = "comparison";
            var comparison = new Comparison(config, budget);
            var same = comparison.Same(expected, found);
            return same is { } decided
                ? new Verdict(decided ? Outcome.Correct : Outcome.Incorrect, answer, $"{comparison.Rule}: "
                    + $"{Short(expected.Root.Canonical)} and {Short(found.Root.Canonical)}.")
                : new Verdict(Outcome.Unverifiable, answer, "Neither equal nor different could be shown: "
                    + $"{Short(expected.Root.Canonical)} and {Short(found.Root.Canonical)}.");
        }
        catch (ReadException problem)
        {
            return SamePlain(gold, answer)
                ? new Verdict(Outcome.Correct, answer, "The same text but for spacing.")
                : new Verdict(Outcome.Unverifiable, answer,
                    $"The {side} '{Short(side == "reference" ? gold : answer)}' was not understood: {problem.Message}");
        }
        catch (UndefinedException problem)
        {
            return new Verdict(Outcome.Unverifiable, answer, $"The values could not be worked out: {problem.Message}.");
        }
        catch (BudgetException)
        {
            return new Verdict(Outcome.Unverifiable, answer,
                $"The budget of {config.Steps} steps ran out in the {side}.");
        }
    }

    // What is too long to be cleaned is compared whole, so that nothing is cut.
    private static bool SamePlain(string gold, string answer) =>
        gold.Length > Reader.MaxLength || answer.Length > Reader.MaxLength
        ? gold.AsSpan().Trim().SequenceEqual(answer.AsSpan().Trim())
        : Plain(gold) is { Length: > 0 } plain && plain == Plain(answer);

    // A space between two digits or letters sets them apart; all others only look.
    private static string Plain(string text)
    {
        var clean = Normalization.Clean(text);
        return string.Concat(
            clean.Where((c, i) => !char.IsWhiteSpace(c)
                || (i > 0 && i + 1 < clean.Length && char.IsAsciiLetterOrDigit(clean[i - 1])
                    && char.IsAsciiLetterOrDigit(clean[i + 1]))));
    }

    private static string Short(string text) => text.Length <= 80 ? text : text[..77] + "...";
}
