namespace Phi4R.Verification;

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
