namespace Phi4R.Verification.Algebra;

/// <summary>A complex number with an honest bound of its error in each part.</summary>
internal readonly record struct ComplexBall(Ball Re, Ball Im)
{
    public static ComplexBall I { get; } = new(Ball.Zero, Ball.One);

    public bool IsReal => Im.IsExactZero;

    /// <summary>Whether the imaginary part may be zero.</summary>
    public bool MayBeReal => Im.HasZero;

    public bool HasZero => Re.HasZero && Im.HasZero;

    public static ComplexBall Real(Ball value) => new(value, Ball.Zero);

    public static bool Meet(ComplexBall a, ComplexBall b) => Ball.Meet(a.Re, b.Re) && Ball.Meet(a.Im, b.Im);

    public static ComplexBall Add(ComplexBall a, ComplexBall b, int bits) =>
        new(Ball.Add(a.Re, b.Re, bits), Ball.Add(a.Im, b.Im, bits));

    public ComplexBall Negate() => new(Re.Negate(), Im.Negate());

    public static ComplexBall Multiply(ComplexBall a, ComplexBall b, int bits) => a.IsReal && b.IsReal
        ? Real(Ball.Multiply(a.Re, b.Re, bits))
        : new(
            Ball.Add(Ball.Multiply(a.Re, b.Re, bits), Ball.Multiply(a.Im, b.Im, bits).Negate(), bits),
            Ball.Add(Ball.Multiply(a.Re, b.Im, bits), Ball.Multiply(a.Im, b.Re, bits), bits));

    public static ComplexBall Divide(ComplexBall a, ComplexBall b, int bits)
    {
        if (b.IsReal)
        {
            return new(Ball.Divide(a.Re, b.Re, bits), a.IsReal ? Ball.Zero : Ball.Divide(a.Im, b.Re, bits));
        }

        var above = Multiply(a, new(b.Re, b.Im.Negate()), bits);
        var below = Ball.Add(Ball.Multiply(b.Re, b.Re, bits), Ball.Multiply(b.Im, b.Im, bits), bits);
        return new(Ball.Divide(above.Re, below, bits), Ball.Divide(above.Im, below, bits));
    }

    public Ball Abs(int bits) => IsReal
        ? Re.IsPositive ? Re : Re.IsNegative ? Re.Negate() : Ball.Sqrt(Ball.Multiply(Re, Re, bits), bits)
        : Ball.Sqrt(Ball.Add(Ball.Multiply(Re, Re, bits), Ball.Multiply(Im, Im, bits), bits), bits);

    public static ComplexBall Exp(ComplexBall z, int bits)
    {
        var size = Elementary.Exp(z.Re, bits);
        if (z.IsReal)
        {
            return Real(size);
        }

        var (sin, cos) = Elementary.SinCos(z.Im, bits);
        return new(Ball.Multiply(size, cos, bits), Ball.Multiply(size, sin, bits));
    }

    /// <summary>The principal logarithm.</summary>
    public static ComplexBall Log(ComplexBall z, int bits) => z.IsReal && z.Re.IsPositive
        ? Real(Elementary.Log(z.Re, bits))
        : new(Elementary.Log(z.Abs(bits), bits), Atan2(z.Im, z.Re, bits));

    public static ComplexBall Sqrt(ComplexBall z, int bits)
    {
        if (z.IsReal)
        {
            return z.Re.IsNegative ? new(Ball.Zero, Ball.Sqrt(z.Re.Negate(), bits)) : Real(Ball.Sqrt(z.Re, bits));
        }

        return Exp(Multiply(Log(z, bits), Real(new(1, 0, -1)), bits), bits);
    }

    public static ComplexBall Power(ComplexBall a, int exponent, int bits)
    {
        var (result, square) = (Real(Ball.One), a);
        for (var left = Math.Abs((long)exponent); left > 0; left >>= 1)
        {
            if ((left & 1) == 1)
            {
                result = Multiply(result, square, bits);
            }

            square = left > 1 ? Multiply(square, square, bits) : square;
        }

        return exponent < 0 ? Divide(Real(Ball.One), result, bits) : result;
    }

    public static (ComplexBall Sin, ComplexBall Cos) SinCos(ComplexBall z, int bits)
    {
        if (z.IsReal)
        {
            var (sin, cos) = Elementary.SinCos(z.Re, bits);
            return (Real(sin), Real(cos));
        }

        var turned = Exp(Multiply(z, I, bits), bits);
        var back = Divide(Real(Ball.One), turned, bits);
        var half = Real(new(1, 0, -1));
        return (Multiply(Multiply(Add(turned, back.Negate(), bits), half, bits), I.Negate(), bits),
            Multiply(Add(turned, back, bits), half, bits));
    }

    public static Ball Atan2(Ball y, Ball x, int bits)
    {
        if (!x.HasZero && (x.IsPositive || !y.HasZero || y.IsExactZero))
        {
            var angle = Elementary.Atan(Ball.Divide(y, x, bits), bits);
            return x.IsPositive
                ? angle
                : Ball.Add(angle, y.IsNegative ? Elementary.Pi(bits).Negate() : Elementary.Pi(bits), bits);
        }

        if (y.HasZero)
        {
            throw new UndefinedException("an angle of zero");
        }

        var quarter = Ball.Multiply(Elementary.Pi(bits), new(1, 0, -1), bits);
        return Ball.Add(y.IsNegative ? quarter.Negate() : quarter,
            Elementary.Atan(Ball.Divide(x, y, bits), bits).Negate(), bits);
    }
}
