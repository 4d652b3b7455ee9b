using Phi4R.Verification;
using Phi4R.Verification.Comparisons;

namespace Phi4R.Tests.Verification;

/// <summary>References that are no answers.</summary>
public sealed class ReferenceTests
{
    public static TheoryData<string> NoAnswers() =>
    [
        "proof", "Proof.", "\\text{proof}", "\\boxed{proof}", "$\\text{Proof}$", "notfound", "Not found",
        "answer not found", "see solution", "See the solution.", "n/a", "N/A", "none", "None.", "null", "NaN", "-",
        "?", "unknown", "not provided", "Q.E.D.", "TBD", "see above", "answers may vary", "证明略", "略",
        "Let n be a whole number. Then the product of two whole numbers next to each other is even, since one of the "
            + "two is even, and so the sum of all of them is even as well, which was to be shown.",
    ];

    public static TheoryData<string> Answers() =>
    [
        "0", "\\emptyset", "no solution", "\\text{No real solutions}", "does not exist", "infinitely many",
        "undefined", "A", "\\text{even}", "na", "n", "-1", "\\text{neither}", "\\text{Alice and Bob}",
        "x \\text{ is any real number other than } 2", "0.1", "\\text{Monday}",
    ];

    [Theory]
    [MemberData(nameof(NoAnswers))]
    public void The_audit_finds_a_reference_that_is_no_answer(string reference)
    {
        var finding = Assert.Single(GoldAudit.Run([reference, "17"]).Findings);
        Assert.Equal(AuditKind.NoAnswer, finding.Kind);
        Assert.Equal(0.5, GoldAudit.Run([reference, "17"]).BadShare);
    }

    [Theory]
    [MemberData(nameof(NoAnswers))]
    public void No_response_is_right_for_a_reference_that_is_no_answer(string reference)
    {
        foreach (var response in (string[])[reference, $"\\boxed{{{reference}}}", $"The answer is {reference}",
            $"\\boxed{{\\text{{{reference}}}}}"])
        {
            Assert.NotEqual(Outcome.Correct, Grader.Grade(response, reference).Outcome);
        }

        Assert.Contains("is no answer", Equivalence.Compare(reference, reference, new VerifierConfig()).Reason,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_in_words_is_no_missing_answer(string reference)
    {
        Assert.DoesNotContain(GoldAudit.Run([reference]).Findings, finding => finding.Kind == AuditKind.NoAnswer);
        Assert.Equal(Outcome.Correct, Equivalence.Compare(reference, reference, new VerifierConfig()).Outcome);
    }
}
