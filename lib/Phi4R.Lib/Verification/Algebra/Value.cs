namespace Phi4R.Verification.Algebra;

/// <summary>A number: exact where it is a fraction that is not too long, else a ball.</summary>
internal readonly record struct Value(Rational? Exact, ComplexBall Ball)
{
    public static Value Of(Rational value, int bits) => value.Bits <= Evaluator.MaxExactBits
        ? new(value, default)
        : new(null, ComplexBall.Real(Verification.Algebra.Ball.Of(value, bits)));

    public ComplexBall ToBall(int bits) =>
        Exact is { } exact ? ComplexBall.Real(Verification.Algebra.Ball.Of(exact, bits)) : Ball;
}
