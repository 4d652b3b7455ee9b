using System.Text.RegularExpressions;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Extraction;

namespace Phi4R.Verification;

/// <summary>Answers <see cref="VerificationRequest"/>s.</summary>
public static partial class AnswerVerification
{
    /// <summary>The verdict on one pair. Never throws on what stands in it.</summary>
    public static Verdict Decide(VerificationRequest request, CancellationToken cancel = default)
    {
        if (request.Targets is ["string"])
        {
            var (gold, chosen) = (ChoiceExtraction.Extract(request.Gold, "ABCD"),
                ChoiceExtraction.Extract(request.Pred, "ABCD"));
            return new Verdict(gold.Answer is not null && gold.Answer == chosen.Answer
                ? Outcome.Correct
                : Outcome.Incorrect, chosen.Answer, $"Chose by: {chosen.Rule}.");
        }

        if (!request.IsText)
        {
            return Equivalence.Compare(Bare(request.Gold), Bare(request.Pred), request.Config, cancel);
        }

        var forms = request.Targets is ["latex"]
            ? AnswerForms.Formulas
            : request.Targets is ["expr"] ? AnswerForms.Numbers
            : AnswerForms.All;
        var config = request.Config with { DecimalComma = forms == AnswerForms.Numbers };
        var reference = Holds(request.Gold)
            ? AnswerExtraction.Extract(request.Gold, forms)
            : new Extracted(request.Gold, "the reference itself");
        var found = AnswerExtraction.Extract(request.Pred, forms);
        return (reference.Answer ?? request.Gold, found.Answer) switch
        {
            (_, null) => new Verdict(Outcome.Incorrect, null, found.Rule),
            var (gold, answer) => Equivalence.Compare(gold, answer, config, cancel),
        };
    }

    // A reference without a box, a formula or words that lead to an answer is the answer itself.
    private static bool Holds(string gold) => Leads().IsMatch(gold);

    [GeneratedRegex(@"\\f?box|\$|\\[(\[]|<answer>|####|answer|</think>|\b[A-Za-z]{3,}\s+[A-Za-z]+\s+[a-z]{2,}\b",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Leads();

    // A bare answer may still stand in its box.
    private static string Bare(string text) =>
        text.TrimStart(' ', '$').StartsWith("\\boxed", StringComparison.Ordinal)
            && AnswerExtraction.Extract(text) is { Answer: { } inside } ? inside : text;
}
