namespace Phi4R.Verification;

/// <summary>One question to the verifier, as the public test suites ask it.</summary>
public sealed record VerificationRequest
{
    /// <summary>The reference answer, as the data set has it.</summary>
    public required string Gold { get; init; }

    /// <summary>The answer that is judged, or a whole response that holds it.</summary>
    public required string Pred { get; init; }

    /// <summary>
    /// True where both sides are full texts from which an answer is extracted; false where they are bare answers.
    /// </summary>
    public bool IsText { get; init; }

    /// <summary>What to look for in a full text: "latex", "expr", "string".</summary>
    public IReadOnlyList<string> Targets { get; init; } = ["latex", "expr"];

    /// <summary>How strictly the two are compared.</summary>
    public VerifierConfig Config { get; init; } = new();
}
