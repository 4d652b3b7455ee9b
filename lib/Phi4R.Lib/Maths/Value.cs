namespace Phi4R.Maths;

/// <summary>A number: exact where it is a fraction that is not too long, else a ball.</summary>
internal readonly record struct Value(Rational? Exact, ComplexBall Ball)
{
    public static Value Of(Rational value, int bits) => value.Bits <= Evaluator.MaxExactBits
        ? new(value, default)
        : new(null, ComplexBall.Real(Maths.Ball.Of(value, bits)));

    public ComplexBall ToBall(int bits) => Exact is { } exact ? ComplexBall.Real(Maths.Ball.Of(exact, bits)) : Ball;
}
