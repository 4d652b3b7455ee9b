namespace Phi4R.Verification.Algebra;

/// <summary>The elementary functions by their names.</summary>
internal static class Transcendental
{
    public static ComplexBall Of(string name, ComplexBall z, int bits)
    {
        switch (name)
        {
            case "exp":
                return ComplexBall.Exp(z, bits);
            case "ln":
                return z.HasZero ? throw new UndefinedException("the logarithm of zero") : ComplexBall.Log(z, bits);
            case "cis":
                var (up, along) = ComplexBall.SinCos(z, bits);
                return Plus(along, ComplexBall.Multiply(up, ComplexBall.I, bits), bits);
            case "sin" or "cos" or "tan" or "cot" or "sec" or "csc":
                var (sin, cos) = ComplexBall.SinCos(z, bits);
                return name switch
                {
                    "sin" => sin,
                    "cos" => cos,
                    "tan" => Over(sin, cos, bits),
                    "cot" => Over(cos, sin, bits),
                    "sec" => Over(One, cos, bits),
                    _ => Over(One, sin, bits),
                };
            case "sinh" or "cosh" or "tanh" or "coth" or "sech" or "csch":
                return Hyperbolic(name, z, bits);
            case "arcsinh":
                return ComplexBall.Log(Plus(z, Root(Plus(Square(z, bits), One, bits), bits), bits), bits);
            case "arccosh":
                return ComplexBall.Log(Plus(z, Root(Plus(Square(z, bits), One.Negate(), bits), bits), bits), bits);
            case "arctanh":
                return ComplexBall.Multiply(
                    ComplexBall.Log(Over(Plus(One, z, bits), Plus(One, z.Negate(), bits), bits), bits),
                    ComplexBall.Real(new(1, 0, -1)), bits);
        }

        if (!z.IsReal)
        {
            throw new UndefinedException("an arc function of a complex number");
        }

        return ComplexBall.Real(name switch
        {
            "arcsin" => ComplexBall.Atan2(z.Re, Other(z.Re, bits), bits),
            "arccos" => ComplexBall.Atan2(Other(z.Re, bits), z.Re, bits),
            "arctan" => Elementary.Atan(z.Re, bits),
            "arccot" => ComplexBall.Atan2(Ball.One, z.Re, bits),
            "arcsec" => Of("arccos", Over(One, z, bits), bits).Re,
            "arccsc" => Of("arcsin", Over(One, z, bits), bits).Re,
            _ => throw new UndefinedException(name),
        });
    }

    private static ComplexBall One { get; } = ComplexBall.Real(Ball.One);

    private static ComplexBall Over(ComplexBall a, ComplexBall b, int bits) => ComplexBall.Divide(a, b, bits);

    private static ComplexBall Plus(ComplexBall a, ComplexBall b, int bits) => ComplexBall.Add(a, b, bits);

    private static ComplexBall Square(ComplexBall a, int bits) => ComplexBall.Multiply(a, a, bits);

    private static ComplexBall Root(ComplexBall a, int bits) => ComplexBall.Sqrt(a, bits);

    // sqrt(1 - x^2)
    private static Ball Other(Ball x, int bits) =>
        Ball.Sqrt(Ball.Add(Ball.One, Ball.Multiply(x, x, bits).Negate(), bits), bits);

    private static ComplexBall Hyperbolic(string name, ComplexBall z, int bits)
    {
        var up = ComplexBall.Exp(z, bits);
        var down = Over(One, up, bits);
        var half = ComplexBall.Real(new(1, 0, -1));
        var sinh = ComplexBall.Multiply(Plus(up, down.Negate(), bits), half, bits);
        var cosh = ComplexBall.Multiply(Plus(up, down, bits), half, bits);
        return name switch
        {
            "sinh" => sinh,
            "cosh" => cosh,
            "tanh" => Over(sinh, cosh, bits),
            "coth" => Over(cosh, sinh, bits),
            "sech" => Over(One, cosh, bits),
            _ => Over(One, sinh, bits),
        };
    }
}
