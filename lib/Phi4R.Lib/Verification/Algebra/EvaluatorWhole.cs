using System.Numerics;

namespace Phi4R.Verification.Algebra;

/// <summary>Functions of whole numbers: divisors, remainders, factorials, binomials, finite series.</summary>
internal sealed partial class Evaluator
{
    private Value Common(Value a, Value b, bool least)
    {
        if (a.Exact is not { } x || b.Exact is not { } y)
        {
            throw new UndefinedException("a common divisor of numbers that are not fractions");
        }

        if (x.Sign == 0 || y.Sign == 0)
        {
            return Number(least ? 0 : (x + y).Abs());
        }

        // gcd(a/b, c/d) = gcd(ad, cb) / bd
        var divisor = new Rational(BigInteger.GreatestCommonDivisor(x.Numerator * y.Denominator,
            y.Numerator * x.Denominator), x.Denominator * y.Denominator);
        return Number(least ? (x * y / divisor).Abs() : divisor);
    }

    private Value Modulo(Value a, Value b) => a.Exact is { } x && b.Exact is { Sign: not 0 } m
        ? Number(x - (m * (x / m).Floor()))
        : throw new UndefinedException("a remainder of numbers that are not fractions");

    private Value Factorial(Value a)
    {
        if (a.Exact is not { IsInteger: true, Sign: >= 0 } whole || whole.Numerator > 2100)
        {
            throw new UndefinedException("a factorial of this number");
        }

        var product = BigInteger.One;
        budget.Spend((int)whole.Numerator / 4);
        for (var n = 2; n <= whole.Numerator; n++)
        {
            product *= n;
        }

        return new(product, default);
    }

    private Value DoubleFactorial(Value a)
    {
        if (a.Exact is not { IsInteger: true, Sign: >= 0 } whole || whole.Numerator > 2100)
        {
            throw new UndefinedException("a double factorial of this number");
        }

        var product = BigInteger.One;
        budget.Spend((int)whole.Numerator / 4);
        for (var n = whole.Numerator; n > 1; n -= 2)
        {
            product *= n;
        }

        return new(product, default);
    }

    // Γ(n) = (n-1)!, and Γ(n + 1/2) = (2n-1)!! √π / 2^n.
    private Value? Gamma(Rational place)
    {
        if (place.IsInteger && place.Sign > 0)
        {
            return Factorial(new(place - 1, default));
        }

        var n = place.Floor();
        return place - n == new Rational(1, 2) && n >= 0 && n < 500
            ? Multiply(
                new((n.IsZero ? Rational.One : DoubleFactorial(new((2 * n) - 1, default)).Exact!.Value)
                    / BigInteger.Pow(2, (int)n), default), Root(Symbol("pi"), 2))
            : null;
    }

    private Value Binomial(Value n, Value k)
    {
        if (k.Exact is not { IsInteger: true } below || n.Exact is not { } above
            || BigInteger.Abs(below.Numerator) > 3000)
        {
            throw new UndefinedException("a binomial of these numbers");
        }

        var result = below.Sign < 0 ? Rational.Zero : Rational.One;
        for (var i = 0; i < below.Numerator; i++)
        {
            budget.Spend(2);
            result = result * (above - i) / (i + 1);
        }

        return Number(result);
    }

    private Value Series(bool sum, string variable, Value low, Value high, Node body)
    {
        if (low.Exact is not { IsInteger: true } from || high.Exact is not { IsInteger: true } to
            || to.Numerator - from.Numerator > 1200)
        {
            throw new UndefinedException("a series with these ends");
        }

        var had = _bound.TryGetValue(variable, out var outer);
        var total = Number(sum ? 0 : 1);
        for (var n = from.Numerator; n <= to.Numerator; n++)
        {
            _bound[variable] = Number(n);
            total = sum ? Add(total, Of(body)) : Multiply(total, Of(body));
        }

        _bound.Remove(variable);
        if (had)
        {
            _bound[variable] = outer;
        }

        return total;
    }
}
