namespace Phi4R.Verification;

/// <summary>The conventions on which graders differ.</summary>
public sealed record VerifierConfig
{
    /// <summary>Decimal places to which a decimal stands for another number.</summary>
    public int Precision { get; init; } = 6;

    /// <summary>Whether the names of variables matter; if not, f(x) is f(y).</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// Whether a set as the gold accepts an inequality as the answer; the other way round is always accepted.
    /// </summary>
    public bool AllowSetRelation { get; init; } = true;

    /// <summary>Whether "1,22" may be a decimal with a comma; in formulas it is a list of two.</summary>
    public bool DecimalComma { get; init; }

    /// <summary>Whether a bare list is compared in its order, as where the question asks for one.</summary>
    public bool Ordered { get; init; }

    /// <summary>Steps of reading and arithmetic that one comparison may take.</summary>
    public int Steps { get; init; } = 60_000;
}
