using System.Numerics;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// All real numbers within (Middle +- Radius) times 2^Exponent: a value with an honest bound of its error.
/// </summary>
/// <remarks>
/// Every operation widens the radius by what it rounds away, so the true value never leaves the ball.
/// </remarks>
internal readonly record struct Ball(BigInteger Middle, BigInteger Radius, int Exponent)
{
    public static Ball Zero { get; } = new(0, 0, 0);

    public static Ball One { get; } = new(1, 0, 0);

    public bool IsExactZero => Middle.IsZero && Radius.IsZero;

    public bool HasZero => BigInteger.Abs(Middle) <= Radius;

    public bool IsPositive => Middle > Radius;

    public bool IsNegative => -Middle > Radius;

    public static Ball Of(Rational value, int bits) => value.IsInteger
        ? new Ball(value.Numerator, 0, 0).Round(bits)
        : Divide(new(value.Numerator, 0, 0), new(value.Denominator, 0, 0), bits);

    /// <summary>Whether the two may be the same number.</summary>
    public static bool Meet(Ball a, Ball b)
    {
        if (a.IsExactZero || b.IsExactZero)
        {
            return a.IsExactZero ? b.HasZero : a.HasZero;
        }

        return Add(a, b.Negate(), 4096).HasZero;
    }

    public Ball Negate() => new(-Middle, Radius, Exponent);

    /// <summary>Shortens to a number of binary digits.</summary>
    public Ball Round(int bits)
    {
        var excess = (int)Math.Min(int.MaxValue / 2,
            Math.Max((long)Middle.GetBitLength(), (long)Radius.GetBitLength()) - bits);
        if (excess <= 0)
        {
            return this;
        }

        if (Math.Abs((long)Exponent + excess) > 1 << 30)
        {
            throw new UndefinedException("a number of this size");
        }

        return new(Middle >> excess, (Radius >> excess) + 2, Exponent + excess);
    }

    public static Ball Add(Ball a, Ball b, int bits)
    {
        if (a.IsExactZero)
        {
            return b;
        }

        if (b.IsExactZero)
        {
            return a;
        }

        if (a.Exponent < b.Exponent)
        {
            (a, b) = (b, a);
        }

        var gap = (long)a.Exponent - b.Exponent;
        var room = 2L * bits + 64;
        if (gap > room)
        {
            // The small one moves up to within reach of the large one, and what it loses goes to the radius.
            var shift = (int)(gap - room);
            b = new(b.Middle >> shift, (b.Radius >> shift) + 2, b.Exponent + shift);
            gap = room;
        }

        return new Ball((a.Middle << (int)gap) + b.Middle, (a.Radius << (int)gap) + b.Radius, b.Exponent).Round(bits);
    }

    public static Ball Multiply(Ball a, Ball b, int bits) => a.IsExactZero || b.IsExactZero ? Zero : new Ball(
        a.Middle * b.Middle,
        (BigInteger.Abs(a.Middle) * b.Radius) + (BigInteger.Abs(b.Middle) * a.Radius) + (a.Radius * b.Radius),
        a.Exponent + b.Exponent).Round(bits);

    /// <exception cref="UndefinedException">The divisor may be zero.</exception>
    public static Ball Divide(Ball a, Ball b, int bits)
    {
        if (b.HasZero)
        {
            throw new UndefinedException("division by zero");
        }

        var shift = Math.Max(0, bits + 4 + (int)(long)b.Middle.GetBitLength()
            - (int)Math.Max(1, (long)a.Middle.GetBitLength()));
        var below = BigInteger.Abs(b.Middle);
        var error = ((a.Radius * below) + (BigInteger.Abs(a.Middle) * b.Radius)) << shift;
        return new Ball((a.Middle << shift) / b.Middle, error.IsZero ? 1 : (error / (below * (below - b.Radius))) + 2,
            a.Exponent - b.Exponent - shift).Round(bits);
    }

    /// <summary>The square root; a ball that reaches below zero is cut off there.</summary>
    /// <exception cref="UndefinedException">All of the ball is below zero.</exception>
    public static Ball Sqrt(Ball a, int bits)
    {
        if (a.IsNegative)
        {
            throw new UndefinedException("square root of a negative number");
        }

        if (a.HasZero)
        {
            var top = BigInteger.Abs(a.Middle) + a.Radius;
            var odd = a.Exponent & 1;
            return top.IsZero ? Zero : new(0, IntegerRoot(top << odd) + 1, (a.Exponent - odd) / 2);
        }

        var shift = Math.Max(0, (2 * bits) + 8 - (int)(long)a.Middle.GetBitLength());
        shift += (a.Exponent - shift) & 1;
        var root = IntegerRoot(a.Middle << shift);
        return new Ball(root, a.Radius.IsZero ? 1 : ((a.Radius << shift) / root) + 2,
            (a.Exponent - shift) / 2).Round(bits);
    }

    /// <summary>The value times 2^bits as an integer, and its error in the same unit.</summary>
    public (BigInteger Value, BigInteger Error) Fixed(int bits)
    {
        var shift = (long)Exponent + bits;
        if (shift > 1 << 16)
        {
            throw new UndefinedException("a number of this size");
        }

        return shift >= 0 ? (Middle << (int)shift, Radius << (int)shift)
            : shift < -(1L << 20) ? (0, 1) : (Middle >> (int)-shift, (Radius.IsZero ? 0 : Radius >> (int)-shift) + 1);
    }

    /// <summary>The whole number below or at the value.</summary>
    /// <exception cref="UndefinedException">The ball holds both sides of a whole number.</exception>
    public BigInteger Floor()
    {
        var (low, high) = (Whole(Middle - Radius), Whole(Middle + Radius));
        return low == high ? low : throw new UndefinedException("a floor at a step");
    }

    private BigInteger Whole(BigInteger value) =>
        Exponent >= 0 ? value << Math.Min(Exponent, 1 << 16) : value >> Math.Min(-Exponent, 1 << 20);

    internal static BigInteger IntegerRoot(BigInteger value)
    {
        if (value.Sign <= 0)
        {
            return 0;
        }

        var guess = BigInteger.One << (int)(((long)value.GetBitLength() + 1) / 2);
        while (true)
        {
            var next = (guess + (value / guess)) >> 1;
            if (next >= guess)
            {
                return guess;
            }

            guess = next;
        }
    }
}
