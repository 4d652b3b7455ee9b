using System.Numerics;
using Phi4R.Verification.Comparisons;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Algebra;

/// <summary>The value of an expression at one point: fractions exactly, all else with an honest error bound.</summary>
/// <param name="bits">Binary digits of the balls.</param>
/// <param name="point">Which random point: unknown functions take their values from it.</param>
/// <param name="variables">The value of each variable.</param>
internal sealed partial class Evaluator(Budget budget, int bits, int point, Func<string, Value> variables)
{
    public const int MaxExactBits = 20_000;
    private readonly Dictionary<string, Value> _bound = [];
    private int _angles;

    /// <exception cref="UndefinedException">The expression has no value here, or none that can be bounded.</exception>
    public Value Of(Node node)
    {
        budget.Spend(4);
        return node switch
        {
            NumberNode number => Value.Of(number.Value, bits),
            SymbolNode symbol => Symbol(symbol.Name),
            SumNode sum => sum.Terms.Select(Of).Aggregate(Add),
            ProductNode product => product.Factors.Select(Of).Aggregate(Multiply),
            PowerNode power => Power(Of(power.Base), Of(power.Exponent)),
            CallNode { Name: "piecewise" } cases => Cases(cases),
            CallNode call => Call(call),
            QuantityNode quantity => Of(quantity.Value),
            GroupNode { IsSet: true, Items: [var only] } => Of(only),
            _ => throw new UndefinedException("something that is not a number"),
        };
    }

    private static Value Real(Ball ball) => new(null, ComplexBall.Real(ball));

    private Value Number(Rational value)
    {
        budget.Spend(value.Bits / 256);
        return Value.Of(value, bits);
    }

    private Value Add(Value a, Value b) => a.Exact is { } x && b.Exact is { } y
        ? Number(x + y)
        : new(null, ComplexBall.Add(a.ToBall(bits), b.ToBall(bits), bits));

    private Value Multiply(Value a, Value b)
    {
        budget.Spend(2);
        return a.Exact is { } x && b.Exact is { } y ? Number(x * y)
            : a.Exact is { Sign: 0 } || b.Exact is { Sign: 0 } ? Number(0)
            : new(null, ComplexBall.Multiply(a.ToBall(bits), b.ToBall(bits), bits));
    }

    private Value Power(Value a, Value b)
    {
        if (b.Exact is { IsInteger: true } whole)
        {
            if (BigInteger.Abs(whole.Numerator) > 1 << 28)
            {
                throw new UndefinedException("a power of this size");
            }

            var exponent = (int)whole.Numerator;
            if (a.Exact is { } exact)
            {
                if (exact.Sign == 0)
                {
                    return exponent > 0
                        ? Number(0)
                        : throw new UndefinedException(exponent == 0 ? "0^0" : "division by zero");
                }

                if (exact.Bits * Math.Abs((long)exponent) <= MaxExactBits)
                {
                    return Number(exact.Pow(exponent));
                }
            }

            budget.Spend(20);
            return new(null, ComplexBall.Power(a.ToBall(bits), exponent, bits));
        }

        var below = a.ToBall(bits);
        if (b.Exact is { } fraction && fraction.Denominator <= 1000)
        {
            return Power(Root(a, (int)fraction.Denominator), Number(fraction.Numerator));
        }

        budget.Spend(100);
        return below.IsReal && below.Re.IsExactZero
            ? Number(0)
            : new(null,
                ComplexBall.Exp(ComplexBall.Multiply(ComplexBall.Log(below, bits), b.ToBall(bits), bits), bits));
    }

    // Odd roots of negative numbers are the real ones, as school has it.
    private Value Root(Value a, int degree)
    {
        budget.Spend(50);
        if (degree < 1)
        {
            throw new UndefinedException("a root of this degree");
        }

        if (a.Exact is { } exact && exact.Bits < 2000 && (exact.Sign >= 0 || degree % 2 == 1)
            && ExactRoot(exact.Numerator, degree) is { } above && ExactRoot(exact.Denominator, degree) is { } below)
        {
            return Number(new Rational(above, below));
        }

        var ball = a.ToBall(bits);
        if (degree == 2)
        {
            return new(null, ComplexBall.Sqrt(ball, bits));
        }

        if (ball.IsReal && ball.Re.IsExactZero)
        {
            return Number(0);
        }

        if (ball.IsReal && ball.Re.IsNegative && degree % 2 == 1)
        {
            return Real(Root(Real(ball.Re.Negate()), degree).ToBall(bits).Re.Negate());
        }

        var share = ComplexBall.Real(Ball.Of(new Rational(1, degree), bits));
        return new(null, ComplexBall.Exp(ComplexBall.Multiply(ComplexBall.Log(ball, bits), share, bits), bits));
    }

    private static BigInteger? ExactRoot(BigInteger value, int degree)
    {
        if (value.Sign < 0)
        {
            return -ExactRoot(-value, degree);
        }

        if (value <= 1)
        {
            return value;
        }

        var (low, high) = (BigInteger.One, BigInteger.One << ((int)((long)value.GetBitLength() / degree) + 1));
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            if (BigInteger.Pow(middle, degree) <= value)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return BigInteger.Pow(low, degree) == value ? low : null;
    }

    private Value Call(CallNode call)
    {
        var items = call.Arguments;
        if (call.Name.StartsWith("limit ", StringComparison.Ordinal))
        {
            return Limit(call.Name["limit ".Length..], items[0]);
        }

        switch (call.Name)
        {
            case "sum" when IsInfinite(call):
                return Infinite(((SymbolNode)items[0]).Name, Of(items[1]), items[3]);
            case "root":
                return Of(items[1]) is { Exact: { IsInteger: true, Sign: > 0 } degree } && degree.Numerator < 1000
                    ? Root(Of(items[0]), (int)degree.Numerator)
                    : Power(Of(items[0]), Power(Of(items[1]), Number(-1)));
            case "degree":
                return _angles > 0
                    ? Multiply(Of(items[0]), Multiply(Real(Elementary.Pi(bits)), Number(new Rational(1, 180))))
                    : Of(items[0]);
            case "exp":
                return Power(Symbol("e"), Of(items[0]));
            case "max" or "min":
                return items.Select(Of).Aggregate((a, b) => Less(a, b) == (call.Name == "max") ? b : a);
            case "gcd" or "lcm":
                return items.Select(Of).Aggregate((a, b) => Common(a, b, call.Name == "lcm"));
            case "mod" or "residue":
                var modulus = Of(items[1]);
                return modulus.Exact is { IsInteger: true, Sign: > 0 } m && items[0] is not NumberNode
                    && new Residues(budget).Of(items[0], m.Numerator, fractions: false) is { } remainder
                    ? Number(remainder)
                    : Modulo(Of(items[0]), modulus);
            case "factorial":
                return Factorial(Of(items[0]));
            case "double factorial":
                return DoubleFactorial(Of(items[0]));
            case "Gamma" when Of(items[0]) is { Exact: { } place } && Gamma(place) is { } gamma:
                return gamma;
            case "binomial":
                return Binomial(Of(items[0]), Of(items[1]));
            case "sum" or "prod":
                return Series(call.Name == "sum", ((SymbolNode)items[0]).Name, Of(items[1]), Of(items[2]), items[3]);
            case "abs" or "floor" or "ceil" or "sgn" or "Re" or "Im":
                return Step(call.Name, Of(items[0]));
            case "base":
                return Of(items[0]);
            case "conj":
                return Of(items[0]) is { Exact: null } z ? new(null, new(z.Ball.Re, z.Ball.Im.Negate())) : Of(items[0]);
            case "arg":
                return Real(ComplexBall.Log(Of(items[0]).ToBall(bits), bits).Im);
            case "integral" or "derivative" when Calculus.Value(call) is { } closed:
                return Of(closed);
        }

        if (Vocabulary.IsFunction(call.Name) && call.Name is not "det")
        {
            budget.Spend(100);
            var angle = call.Name[0] != 'a' && call.Name is not ("exp" or "ln");
            _angles += angle ? 1 : 0;
            var argument = Of(items[0]);
            _angles -= angle ? 1 : 0;
            return argument.Exact is { Sign: 0 }
                && call.Name is "sin" or "tan" or "sinh" or "tanh" or "arcsin" or "arctan" ? Number(0)
                : new(null, Transcendental.Of(call.Name, argument.ToBall(bits), bits));
        }

        return Unknown(call);
    }

    // An unknown function: equal arguments give equal values, and nothing else is known of it.
    private Value Unknown(CallNode call)
    {
        var key = call.Name + "(" + string.Join(',', call.Arguments.Select(Key)) + ")";
        return Points.Number(point, key, whole: false);

        string Key(Node node)
        {
            try
            {
                return Of(node) is { Exact: { } exact } ? exact.ToString() : node.Canonical;
            }
            catch (UndefinedException)
            {
                return node.Canonical;
            }
        }
    }

    private bool Less(Value a, Value b)
    {
        if (a.Exact is { } x && b.Exact is { } y)
        {
            return x.CompareTo(y) < 0;
        }

        var (p, q) = (a.ToBall(bits), b.ToBall(bits));
        var difference = Ball.Add(p.Re, q.Re.Negate(), bits);
        return p.IsReal && q.IsReal && !difference.HasZero
            ? difference.IsNegative
            : throw new UndefinedException("an order of two numbers this close");
    }

    private Value Step(string name, Value value)
    {
        if (value.Exact is { } exact)
        {
            return Number(name switch
            {
                "abs" => exact.Abs(),
                "floor" => exact.Floor(),
                "ceil" =>
                -(-exact).Floor(),
                "sgn" => exact.Sign,
                "Im" => 0,
                _ => exact
            });
        }

        var ball = value.Ball;
        return name switch
        {
            "abs" => Real(ball.Abs(bits)),
            "Re" => Real(ball.Re),
            "Im" => Real(ball.Im),
            "floor" when ball.IsReal => Number(ball.Re.Floor()),
            "ceil" when ball.IsReal => Number(-ball.Re.Negate().Floor()),
            "sgn" when ball.IsReal && !ball.Re.HasZero => Number(ball.Re.IsPositive ? 1 : -1),
            _ => throw new UndefinedException("a step at its edge"),
        };
    }
}
