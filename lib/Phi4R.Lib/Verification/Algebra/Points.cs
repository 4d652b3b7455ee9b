using Phi4R.Foundation;

namespace Phi4R.Verification.Algebra;

/// <summary>Random points from a fixed seed.</summary>
internal static class Points
{
    /// <summary>How many kinds of points there are; they come in turn.</summary>
    public const int Kinds = 5;

    /// <summary>Whether all names are above zero at this point.</summary>
    public static bool IsPositive(int point) => point % Kinds is 0 or 1 or 4;

    /// <summary>
    /// The value of a name at a point: of the size of 1, below 1, below zero, on both sides of zero, and large, so that
    /// a step or a fold anywhere is met.
    /// </summary>
    public static Value Number(int point, string name, bool whole)
    {
        var stream = Randomness.For(20250424, name, point, whole ? 1 : 0);
        if (whole)
        {
            return new((Rational)stream.Next(1, point < 3 ? 9 : 25), default);
        }

        var value = new Rational(stream.Next(200, 3000), stream.Next(701, 1400));
        return new((point % Kinds) switch
        {
            0 => value,
            1 => value / 5,
            2 => -value,
            3 => stream.Chance(0.5)
            ? -value
            : value,
            _ => value * 17
        }, default);
    }
}
