using Phi4R.Verification.Algebra;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification;

/// <summary>What is wrong with a reference answer.</summary>
public enum AuditKind
{
    /// <summary>It is not understood, so only the same text is accepted for it.</summary>
    Unreadable,

    /// <summary>It is not equal to itself when both are read afresh in a box.</summary>
    NotItself,

    /// <summary>
    /// It equals the next different reference of the file, so the two problems may share an answer or the reading loses
    /// a difference.
    /// </summary>
    LikeNeighbor,

    /// <summary>It is empty.</summary>
    Empty,

    /// <summary>
    /// It says that there is no answer ("proof", "not found"), or is a text of its own; no response is ever right for
    /// it.
    /// </summary>
    NoAnswer,
}

/// <summary>A reference answer that a verifier cannot be trusted with.</summary>
/// <param name="Record">Which record, counted from 0.</param>
/// <param name="Answer">The reference answer.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Reason">In words.</param>
public sealed record AuditFinding(int Record, string Answer, AuditKind Kind, string Reason);

/// <summary>The references of one data set.</summary>
public sealed record AuditReport(int References, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>References that are not understood, so that only the same text is accepted for them.</summary>
    public int Unreadable =>
        Findings.Count(finding => finding.Kind is AuditKind.Unreadable or AuditKind.NotItself or AuditKind.Empty
            or AuditKind.NoAnswer);

    /// <summary>References that are taken for the answer of another problem.</summary>
    public int Ambiguous => Findings.Count(finding => finding.Kind == AuditKind.LikeNeighbor);

    /// <summary>Share of the references that cannot be read.</summary>
    public double BadShare => References == 0 ? 0 : (double)Unreadable / References;

    /// <summary>Passes the report on, or refuses the data set.</summary>
    /// <exception cref="InvalidDataException">
    /// More than <paramref name="limit"/> of the references cannot be read; the message names the first.
    /// </exception>
    public AuditReport Checked(double limit) => BadShare <= limit ? this : throw new InvalidDataException(
        $"{Unreadable} of {References} reference answers cannot be read, more than the share "
            + $"{limit.ToString(System.Globalization.CultureInfo.InvariantCulture)} allowed. "
        + $"The first: record {Findings[0].Record}, '{Findings[0].Answer}': {Findings[0].Reason} Correct the data "
        + "set or raise the limit.");
}

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
