using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification;

/// <summary>A reference answer that a verifier cannot be trusted with.</summary>
/// <param name="Record">Which record, counted from 0.</param>
/// <param name="Answer">The reference answer.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Reason">In words.</param>
public sealed record AuditFinding(int Record, string Answer, AuditKind Kind, string Reason);

/// <summary>Checks reference answers before anything is trained on them.</summary>
public static class GoldAudit
{
    /// <summary>Checks each reference against itself and against the next different one.</summary>
    /// <param name="golds">The reference answers in the order of their records.</param>
    public static AuditReport Run(IReadOnlyList<string> golds)
    {
        VerifierConfig config = new();
        List<AuditFinding> findings = [];
        for (var i = 0; i < golds.Count; i++)
        {
            var gold = golds[i];
            if (gold.Trim().Length == 0)
            {
                findings.Add(new(i, gold, AuditKind.Empty, "The reference is empty."));
                continue;
            }

            if (References.Fault(gold) is { } fault)
            {
                findings.Add(new(i, gold, AuditKind.NoAnswer, $"The reference is no answer: {fault}."));
                continue;
            }

            if (Unread(gold, config) is { } problem)
            {
                findings.Add(new(i, gold, AuditKind.Unreadable, problem));
            }
            else if (Grader.Grade($"\\boxed{{ {gold} }}", gold) is { Outcome: not Outcome.Correct } verdict)
            {
                findings.Add(new(i, gold, AuditKind.NotItself, verdict.Reason));
            }

            if (golds.Skip(i + 1).FirstOrDefault(other => other != gold) is { } next
                && Equivalence.Compare(gold, next, config) is { Outcome: Outcome.Correct } same)
            {
                findings.Add(new(i, gold, AuditKind.LikeNeighbor, $"Equal to the next reference '{next}': "
                    + $"{same.Reason}"));
            }
        }

        return new AuditReport(golds.Count, findings);
    }

    private static string? Unread(string gold, VerifierConfig config)
    {
        try
        {
            Reader.Read(gold, config, new Budget(config.Steps, CancellationToken.None));
            return null;
        }
        catch (ReadException problem)
        {
            return problem.Message;
        }
        catch (BudgetException problem)
        {
            return problem.Message;
        }
    }
}
