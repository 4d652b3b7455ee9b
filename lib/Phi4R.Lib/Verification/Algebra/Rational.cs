using System.Numerics;

namespace Phi4R.Verification.Algebra;

/// <summary>An exact fraction in lowest terms, its denominator above zero.</summary>
internal readonly record struct Rational
{
    public Rational(BigInteger numerator, BigInteger denominator)
        : this(numerator, denominator, BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign)
    {
    }

    private Rational(BigInteger numerator, BigInteger denominator, BigInteger common) =>
        (Numerator, Denominator) = common.IsOne ? (numerator, denominator) : (numerator / common, denominator / common);

    private Rational(BigInteger whole) => (Numerator, Denominator) = (whole, BigInteger.One);

    public static Rational Zero { get; } = new(BigInteger.Zero);

    public static Rational One { get; } = new(BigInteger.One);

    public BigInteger Numerator { get; }

    public BigInteger Denominator { get; }

    public bool IsInteger => Denominator.IsOne;

    public int Sign => Numerator.Sign;

    /// <summary>Binary digits of numerator and denominator together.</summary>
    public long Bits => (long)Numerator.GetBitLength() + (long)Denominator.GetBitLength();

    public static implicit operator Rational(BigInteger whole) => new(whole);

    public static implicit operator Rational(int whole) => new((BigInteger)whole);

    public static Rational operator +(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a, Rational b) =>
        new((a.Numerator * b.Denominator) - (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational operator -(Rational a) => new(-a.Numerator, a.Denominator);

    // Both are in lowest terms, so only what stands crosswise has something in common; in a long product that is a
    // large number beside a small one, and not two large ones.
    public static Rational operator *(Rational a, Rational b)
    {
        var left = BigInteger.GreatestCommonDivisor(a.Numerator, b.Denominator);
        var right = BigInteger.GreatestCommonDivisor(b.Numerator, a.Denominator);
        return new(a.Numerator / left * (b.Numerator / right), a.Denominator / right * (b.Denominator / left),
            BigInteger.One);
    }

    /// <summary>The quotient; the divisor must not be zero.</summary>
    public static Rational operator /(Rational a, Rational b) =>
        new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    public BigInteger Floor() => BigInteger.Divide(Numerator - (Numerator.Sign < 0 ? Denominator - 1 : 0), Denominator);

    public Rational Abs() => new(BigInteger.Abs(Numerator), Denominator);

    /// <summary>The power with a whole exponent; the base must not be zero where the exponent is below zero.</summary>
    public Rational Pow(int exponent) => exponent >= 0
        ? new(BigInteger.Pow(Numerator, exponent), BigInteger.Pow(Denominator, exponent))
        : new(BigInteger.Pow(Denominator, -exponent), BigInteger.Pow(Numerator, -exponent));

    /// <summary>Rounds to decimal places, halves to even.</summary>
    public BigInteger Scaled(int places)
    {
        var scaled = Numerator * BigInteger.Pow(10, places);
        var floor = new Rational(scaled, Denominator).Floor();
        var twice = 2 * (scaled - (floor * Denominator));
        return twice > Denominator || (twice == Denominator && !floor.IsEven) ? floor + 1 : floor;
    }

    public override string ToString() =>
        IsInteger ? Invariant(Numerator) : Invariant(Numerator) + "/" + Invariant(Denominator);

    private static string Invariant(BigInteger value) =>
        value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
