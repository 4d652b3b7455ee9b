using Phi4R.Verification.Algebra;
using Phi4R.Verification.Latex;

namespace Phi4R.Verification.Comparisons;

/// <summary>Whether two expressions have the same value, for all values of their variables.</summary>
/// <remarks>
/// Exact where both are fractions. Else both are evaluated as balls: balls that do not meet prove a difference; balls
/// that meet at about 190 digits of a constant, or at every one of several random points of a formula, are taken for
/// equality.
/// </remarks>
internal sealed partial class Equality(VerifierConfig config, Budget budget)
{
    private const int Bits = 192;
    private const int MoreBits = 640;
    private const int MostBits = 4000;
    private const int PointsNeeded = 3;
    private const int PointsTried = 16;
    private const int ManyPlaces = 12;

    // A name that stands in a formula many times is drawn once.
    private readonly Dictionary<(int Point, string Name, bool Whole), Value> _numbers = [];

    /// <summary>Whether they are equal; null where neither could be evaluated.</summary>
    public bool? Same(Node a, Node b)
    {
        if (a.Canonical == b.Canonical)
        {
            return true;
        }

        return Variables(a).Count + Variables(b).Count == 0 && !HasUnknown(a) && !HasUnknown(b)
            ? SameConstants(a, b)
            : SameFormulas(a, b, null);
    }

    /// <summary>
    /// Whether a divided by b is one constant at all points, and its sign; null where it is not or is not known.
    /// </summary>
    public int? Ratio(Node a, Node b)
    {
        Value? ratio = null;
        var found = 0;
        for (var point = 0; point < PointsTried && found < PointsNeeded; point++)
        {
            try
            {
                var (x, y) = (At(a, point, false, Bits), At(b, point, false, Bits));
                var (top, below) = (x.ToBall(Bits), y.ToBall(Bits));
                if (below.HasZero || top.HasZero)
                {
                    if (x.Exact is { Sign: 0 } && y.Exact is { Sign: 0 })
                    {
                        continue;
                    }

                    return null;
                }

                var here = x.Exact is { } p && y.Exact is { } q
                    ? new Value(p / q, default)
                    : new Value(null, ComplexBall.Divide(top, below, Bits));
                if (ratio is { } earlier && !Meet(earlier, here, Bits))
                {
                    return null;
                }

                ratio ??= here;
                found++;
            }
            catch (UndefinedException)
            {
            }
        }

        return found == PointsNeeded && ratio is { } constant && constant.ToBall(Bits) is { IsReal: true } real
            ? real.Re.IsPositive ? 1 : -1
            : null;
    }

    /// <summary>The sign of a formula where one variable has a given value; null where it cannot be told.</summary>
    public int? SignAt(Node node, string variable, Value value)
    {
        try
        {
            var result = new Evaluator(budget, Bits, 0,
                name => name == variable ? value : throw new UndefinedException(name)).Of(node);
            var ball = result.ToBall(Bits);
            return result.Exact is { } exact
                ? exact.Sign
                : !ball.MayBeReal ? null
                : ball.Re.IsPositive ? 1
                : ball.Re.IsNegative ? -1
                : ball.Re.IsExactZero ? 0
                : IsTiny(ball.Re) ? 0
                : null;
        }
        catch (UndefinedException)
        {
            return null;
        }
    }

    /// <summary>The value of a constant that is real; null where it is none.</summary>
    public Value? Constant(Node node)
    {
        try
        {
            return Variables(node).Count > 0 || HasUnknown(node)
                ? null
                : At(node, 0, false, Bits) is { } value && (value.Exact is not null || value.Ball.MayBeReal) ? value
                : null;
        }
        catch (UndefinedException)
        {
            return null;
        }
    }

    /// <summary>A fraction close to a real constant; null where it is none.</summary>
    public Rational? Approximate(Node node) => Constant(node) is not { } value
        ? null
        : value.Exact ?? (Math.Abs(value.Ball.Re.Exponent) > 4096 ? null : Middle(value.Ball.Re));

    public static bool Meet(Value a, Value b, int bits) =>
        a.Exact is { } x && b.Exact is { } y ? x == y : ComplexBall.Meet(a.ToBall(bits), b.ToBall(bits));

    public static HashSet<string> Variables(Node node)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        Collect(node, names);
        return names;
    }

    public static bool HasUnknown(Node node) =>
        (node is CallNode call && !IsKnown(call)) || node.Children.Any(HasUnknown);

    private static bool IsKnown(CallNode call) =>
        Vocabulary.IsFunction(call.Name) || Vocabulary.Lists.Contains(call.Name)
        || call.Name is "root" or "degree" or "mod" or "residue" or "factorial" or "double factorial" or "binomial"
            or "sum" or "prod" or "base" or "conj" or "ratio" or "piecewise" or "branch"
            || (call.Name is "integral" or "derivative" && Calculus.Value(call) is not null);

    private static bool IsTiny(Ball ball) => (long)ball.Radius.GetBitLength() + ball.Exponent < -120;

    private static void Collect(Node node, HashSet<string> names)
    {
        if (node is SymbolNode symbol && symbol.Name is not ("pi" or "e" or "i" or "infinity" or "..."))
        {
            names.Add(symbol.Name);
        }

        if (node is CallNode
            {
                Name: "integral", Arguments: [var body, SymbolNode { Name: var by }, var low, var high],
            })
        {
            var inside = Variables(body);
            inside.Remove(by); // between two ends the variable is no variable of the value
            names.UnionWith(inside);
            Collect(low, names);
            Collect(high, names);
            return;
        }

        foreach (var child in node.Children)
        {
            Collect(child, names);
        }

        if (node is CallNode { Name: "sum" or "prod", Arguments: [SymbolNode bound, ..] })
        {
            names.Remove(bound.Name);
        }
    }

    private Value At(Node node, int point, bool whole, int bits) =>
        new Evaluator(budget, bits, point, name => Number(point, name, whole)).Of(node);

    private Value Number(int point, string name, bool whole)
    {
        if (!_numbers.TryGetValue((point, name, whole), out var number))
        {
            number = _numbers[(point, name, whole)] = Points.Number(point, name, whole);
        }

        return number;
    }

    private bool? SameConstants(Node a, Node b)
    {
        var x = Constants(a, Bits);
        var y = Constants(b, Bits);
        if (x is not { } left || y is not { } right)
        {
            return new Residues(budget).Same(a, b) ?? (x is null && y is null ? null : false);
        }

        if (!Meet(left, right, Bits))
        {
            return Rounds(a, b, left, right);
        }

        if ((left.Exact is not null && right.Exact is not null) || Evaluator.IsProbed(a) || Evaluator.IsProbed(b))
        {
            return true;
        }

        // Of numbers too large for their last digit to be seen in a ball the remainders decide, or more digits.
        return new Residues(budget).Same(a, b)
            ?? (MeetsCloser(a, b, left) is { } closer ? closer || Rounds(a, b, left, right) : null);
    }

    private bool? MeetsCloser(Node a, Node b, Value near)
    {
        var bits = Math.Max(MoreBits, Size(near.Ball) + 320);
        return bits > MostBits ? null : Constants(a, bits) is { } p && Constants(b, bits) is { } q && Narrow(p)
            && Narrow(q) && Meet(p, q, bits);
    }

    private static int Size(ComplexBall ball) => Math.Max(Size(ball.Re), Size(ball.Im));

    private static int Size(Ball ball) => (int)Math.Clamp((long)ball.Middle.GetBitLength() + ball.Exponent, 0, 1 << 28);

    private static bool Narrow(Value value) =>
        value.Exact is not null || (IsNarrow(value.Ball.Re) && IsNarrow(value.Ball.Im));

    private static bool IsNarrow(Ball ball) =>
        ball.Radius.IsZero || (long)ball.Radius.GetBitLength() + ball.Exponent < -200;

    private Value? Constants(Node node, int bits)
    {
        try
        {
            return At(node, 0, false, bits);
        }
        catch (UndefinedException)
        {
            return null;
        }
    }

    // A decimal stands for a number that rounds to it; whole numbers and fractions stand for themselves.
    private bool Rounds(Node a, Node b, Value left, Value right)
    {
        if (a is NumberNode { Places: > ManyPlaces } && b is NumberNode { Places: > ManyPlaces })
        {
            return Agree((NumberNode)a, (NumberNode)b);
        }

        if (a is NumberNode { Places: NumberNode.Repeating } || b is NumberNode { Places: NumberNode.Repeating })
        {
            return false;
        }

        var (first, second) = (HasDecimal(a), HasDecimal(b));
        if (!(first || second) || (!first && left.Exact is { IsInteger: true })
            || (!second && right.Exact is { IsInteger: true }))
        {
            return false;
        }

        var (x, y) = (left.ToBall(Bits), right.ToBall(Bits));
        if (!x.MayBeReal || !y.MayBeReal)
        {
            return false;
        }

        var p = left.Exact ?? Middle(x.Re);
        var q = right.Exact ?? Middle(y.Re);
        var gap = (p - q).Abs();
        return p.Scaled(config.Precision) == q.Scaled(config.Precision) && (gap * 1000).CompareTo(p.Abs()) <= 0;
    }

    // Who writes so many digits means each of them: the shorter may be the longer one rounded or cut off.
    private static bool Agree(NumberNode a, NumberNode b) =>
        ((a.Value - b.Value).Abs() * ((Rational)10).Pow(Math.Min(a.Places, b.Places))).CompareTo(Rational.One) < 0;

    private static Rational Middle(Ball ball) =>
        Math.Abs(ball.Exponent) > 4096 ? throw new UndefinedException("a number of this size")
        : ball.Exponent >= 0
            ? ball.Middle << ball.Exponent
            : new Rational(ball.Middle, System.Numerics.BigInteger.One << -ball.Exponent);

    private static bool HasDecimal(Node node) => node is NumberNode { Places: > 0 } || node.Children.Any(HasDecimal);
}
