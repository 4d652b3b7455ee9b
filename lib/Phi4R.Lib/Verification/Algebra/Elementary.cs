using System.Numerics;

namespace Phi4R.Verification.Algebra;

/// <summary>Exponential, logarithm, sine, cosine and arc tangent of balls, in fixed point with guard digits.</summary>
/// <remarks>
/// Each result's radius is the argument's radius times a bound of the slope, plus 2^-bits of the method.
/// </remarks>
internal static class Elementary
{
    private const int MaxBits = 1024;
    private const int Guard = 40;
    private static readonly BigInteger PiDigits = 4 * ((4 * ArcTanInverse(5)) - ArcTanInverse(239));
    private static readonly BigInteger Ln2Digits = Ln2AtMost();

    public static Ball Pi(int bits) => new Ball(PiDigits, 1 << 12, -MaxBits).Round(bits);

    private static BigInteger PiFixed(int bits) => PiDigits >> (MaxBits - bits);

    private static BigInteger Ln2Fixed(int bits) => Ln2Digits >> (MaxBits - bits);

    public static Ball Exp(Ball x, int bits)
    {
        var work = bits + Guard;
        var (value, error) = x.Fixed(work);
        if (BigInteger.Abs(value) >> work > 1_000_000 || error >> (work - 1) > 0)
        {
            throw new UndefinedException("an exponential of this size");
        }

        var doublings = (int)((value + (Ln2Fixed(work) >> 1)) / Ln2Fixed(work));
        var rest = value - ((doublings * Ln2Digits) >> (MaxBits - work));
        var result = ExpSmall(rest, work);
        return new Ball(result, (((error + (1 << 26)) * result) >> (work - 1)) + 1, doublings - work).Round(bits);
    }

    public static Ball Log(Ball x, int bits)
    {
        if (!x.IsPositive)
        {
            throw new UndefinedException("a logarithm of a number that may not be positive");
        }

        var work = bits + Guard;
        var length = (int)(long)x.Middle.GetBitLength();
        var twos = x.Exponent + length;
        var mantissa = work >= length ? x.Middle << (work - length) : x.Middle >> (length - work); // in [1/2, 1)
        var y = Fixed(Math.Log((double)(mantissa >> (work - 53)) / (1L << 53)), work);
        for (var digits = 45; digits < work + 2; digits *= 3)
        {
            var power = ExpSmall(y, work);
            y += ((2 * (mantissa - power)) << work) / (mantissa + power);
        }

        var slack = x.Radius.IsZero ? 0 : (x.Radius << work) / (x.Middle - x.Radius);
        return new Ball(y + ((twos * Ln2Digits) >> (MaxBits - work)), slack + (1 << 24) + Math.Abs(twos),
            -work).Round(bits);
    }

    public static (Ball Sin, Ball Cos) SinCos(Ball x, int bits)
    {
        var work = bits + Guard;
        var (value, error) = x.Fixed(work);
        if (BigInteger.Abs(value) >> work > 1L << 40 || error >> work > 0)
        {
            throw new UndefinedException("an angle of this size");
        }

        var half = PiFixed(work) >> 1;
        var quarters = (2 * value + half) / (2 * half);
        var rest = value - ((quarters * PiDigits) >> (MaxBits - work + 1));
        var (sin, cos) = SinCosSmall(rest, work);
        var turn = (int)(((quarters % 4) + 4) % 4);
        (sin, cos) = turn switch { 0 => (sin, cos), 1 => (cos, -sin), 2 => (-sin, -cos), _ => (-cos, sin) };
        var radius = error + (1 << 24);
        return (new Ball(sin, radius, -work).Round(bits), new Ball(cos, radius, -work).Round(bits));
    }

    public static Ball Atan(Ball x, int bits)
    {
        if (x.IsExactZero)
        {
            return Ball.Zero;
        }

        var work = bits + Guard;
        if ((long)x.Middle.GetBitLength() + x.Exponent > 1 && !x.HasZero)
        {
            var quarter = new Ball(PiDigits, 1 << 12, -MaxBits - 1);
            return Ball.Add(x.Middle.Sign < 0 ? quarter.Negate() : quarter,
                Atan(Ball.Divide(Ball.One, x, work), work).Negate(), bits);
        }

        var (value, error) = x.Fixed(work);
        var y = Fixed(Math.Atan((double)(value >> (work - 60)) / (1L << 60)), work);
        for (var digits = 45; digits < work + 2; digits *= 3)
        {
            var (sin, cos) = SinCosSmall(y, work);
            var step = ((value * cos) - (sin << work)) / (cos + ((value * sin) >> work));
            y += step - ((((step * step) >> work) * step >> work) / 3);
        }

        return new Ball(y, error + (1 << 24), -work).Round(bits);
    }

    private static BigInteger Fixed(double value, int bits) => (BigInteger)(value * (1L << 52)) << (bits - 52);

    private static BigInteger ExpSmall(BigInteger x, int work)
    {
        const int Halvings = 8;
        var one = BigInteger.One << work;
        x >>= Halvings;
        var (sum, term) = (one, one);
        for (var n = 1; !term.IsZero && n < 400; n++)
        {
            term = ((term * x) >> work) / n;
            sum += term;
        }

        for (var i = 0; i < Halvings; i++)
        {
            sum = (sum * sum) >> work;
        }

        return sum;
    }

    private static (BigInteger Sin, BigInteger Cos) SinCosSmall(BigInteger x, int work)
    {
        var square = (x * x) >> work;
        var (cos, term) = (BigInteger.One << work, BigInteger.One << work);
        for (var n = 1; !term.IsZero && n < 800; n += 2)
        {
            term = -((term * square) >> work) / (n * (n + 1));
            cos += term;
        }

        var sin = x;
        term = x;
        for (var n = 2; !term.IsZero && n < 800; n += 2)
        {
            term = -((term * square) >> work) / (n * (n + 1));
            sin += term;
        }

        return (sin, cos);
    }

    private static BigInteger ArcTanInverse(int x)
    {
        var term = (BigInteger.One << MaxBits) / x;
        var sum = term;
        for (var n = 3; !term.IsZero; n += 2)
        {
            term = -term / (x * x);
            sum += term / n;
        }

        return sum;
    }

    // ln 2 = sum of 1 / (n 2^n).
    private static BigInteger Ln2AtMost()
    {
        var sum = BigInteger.Zero;
        for (var n = 1; n <= MaxBits + 60; n++)
        {
            sum += (BigInteger.One << (MaxBits + 64 - Math.Min(n, MaxBits + 64))) / n;
        }

        return sum >> 64;
    }
}
