using System.Globalization;
using System.Numerics;

namespace Phi4R.Verification.Algebra;

/// <summary>
/// Limits and infinite sums by values close to their end: what settles there is taken for the limit, what does not has
/// no value here.
/// </summary>
internal sealed partial class Evaluator
{
    private const int LimitBits = 640;
    private const int MostTerms = 512;
    private const int Extreme = 100_000;

    // How far what is left may be from the value: 2^-Settled of it.
    private const int Settled = 30;

    /// <summary>Whether the value of a node is only settled by values close to its end.</summary>
    public static bool IsProbed(Node node) => node.Children.Any(IsProbed) || (node is CallNode call
        && (call.Name.StartsWith("limit ", StringComparison.Ordinal) || IsInfinite(call)));

    private static bool IsInfinite(CallNode call) =>
        call is { Name: "sum", Arguments: [SymbolNode, _, SymbolNode { Name: "infinity" }, _] };

    private Value Limit(string about, Node body)
    {
        var parts = about.Split('→');
        if (parts.Length != 2 || parts[0].Length == 0)
        {
            throw new UndefinedException("a limit of this kind");
        }

        var (name, place) = (parts[0], parts[1]);
        if (place is "infty" or "infinity" or "-infty" or "-infinity")
        {
            var sign = place[0] == '-' ? -1 : 1;
            return Closer(body, name, step => new(null, ComplexBall.Real(new Ball(sign, 0, step))));
        }

        var side = place.EndsWith('-') ? -1 : 1;
        if (!decimal.TryParse(place.TrimEnd('-'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var whole) || whole != decimal.Truncate(whole))
        {
            throw new UndefinedException("a limit at this place");
        }

        Value Near(int step, int direction) =>
            new((Rational)new BigInteger(whole) + new Rational(direction, BigInteger.One << step), default);
        var here = Closer(body, name, step => Near(step, side));
        Value? other;
        try
        {
            other = side < 0 ? null : Closer(body, name, step => Near(step, -1));
        }
        catch (UndefinedException)
        {
            other = null; // ln x has no value below zero
        }

        return other is { } left && left.ToBall(bits).MayBeReal && !Comparisons.Equality.Meet(here, left, bits)
            ? throw new UndefinedException("a limit with two sides")
            : here;
    }

    // Values at 2^64, 2^96 and 2^128, or as close to the place: the last, with the last step as its error.
    private Value Closer(Node body, string name, Func<int, Value> near)
    {
        Value At(int step)
        {
            var here = near(step);
            return new Evaluator(budget, LimitBits, point, symbol => symbol == name ? here : Symbol(symbol)).Of(body);
        }

        var (first, second, last) = (At(64).ToBall(bits), At(96).ToBall(bits), At(128).ToBall(bits));
        return Wide(last, second, first) ?? throw new UndefinedException("a limit that does not settle");
    }

    // Terms that fall fast are added up; else the sums of 8, 16, … 512 terms are extrapolated in powers of 1/n.
    private Value Infinite(string variable, Value low, Node body)
    {
        if (low.Exact is not { IsInteger: true } from)
        {
            throw new UndefinedException("a series with these ends");
        }

        var had = _bound.TryGetValue(variable, out var outer);
        try
        {
            var total = ComplexBall.Real(Ball.Zero);
            List<ComplexBall> sums = [];
            var (tiny, early) = (0, Ball.Zero);
            for (var n = 1; n <= MostTerms; n++)
            {
                _bound[variable] = Number(from + (n - 1));
                var term = Of(body).ToBall(bits);
                total = ComplexBall.Add(total, term, bits);
                var size = term.Abs(bits);
                tiny = Magnitude(size) < -130 ? tiny + 1 : 0;
                early = n == 32 ? size : early;
                if (tiny > 2 && n > 8)
                {
                    return new(null, Widened(total, -60));
                }

                if (n == 64 && Magnitude(size) >= Magnitude(early) && Magnitude(size) > -20)
                {
                    break; // terms that do not fall
                }

                if (n >= 8 && BitOperations.IsPow2(n))
                {
                    sums.Add(total);
                }
            }

            if (sums.Count < 7)
            {
                throw new UndefinedException("a series that does not settle");
            }

            var (before, best) = (sums[^2], sums[^1]);
            for (var power = 1; sums.Count > 1; power++)
            {
                var share = ComplexBall.Real(Ball.Of(new Rational(1, (BigInteger.One << power) - 1), bits));
                sums = [.. sums.Skip(1).Zip(sums, (next, one) => ComplexBall.Add(next,
                    ComplexBall.Multiply(ComplexBall.Add(next, one.Negate(), bits), share, bits), bits))];
                (before, best) = (best, sums[^1]);
            }

            return Wide(best, before, null) ?? throw new UndefinedException("a series that does not settle");
        }
        finally
        {
            _bound.Remove(variable);
            if (had)
            {
                _bound[variable] = outer;
            }
        }
    }

    // The value with the last step as its error; null where the steps are too large or grow.
    private Value? Wide(ComplexBall last, ComplexBall second, ComplexBall? first)
    {
        var size = Math.Max(0, Magnitude(last.Abs(bits)));
        var step = Magnitude(Gap(last, second));
        return size > 64 || step > size - Settled
            || (first is { } earlier && step > Math.Max(Magnitude(Gap(second, earlier)), size - 60))
            ? null
            : new(null, Widened(last, Math.Max(step + 2, size - 60)));
    }

    private Ball Gap(ComplexBall a, ComplexBall b) => ComplexBall.Add(a, b.Negate(), bits).Abs(bits);

    private ComplexBall Widened(ComplexBall ball, int exponent)
    {
        var error = new Ball(0, 1, exponent);
        return ball.IsReal
            ? ComplexBall.Real(Ball.Add(ball.Re, error, bits))
            : new(Ball.Add(ball.Re, error, bits), Ball.Add(ball.Im, error, bits));
    }

    // The power of two above the largest number of a ball.
    private static int Magnitude(Ball ball) => ball.IsExactZero ? -Extreme : (int)Math.Clamp(
        (long)(BigInteger.Abs(ball.Middle) + ball.Radius).GetBitLength() + ball.Exponent, -Extreme, Extreme);
}
