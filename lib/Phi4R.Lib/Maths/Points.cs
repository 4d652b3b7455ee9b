using Phi4R.Foundation;

namespace Phi4R.Maths;

/// <summary>Random points from a fixed seed.</summary>
internal static class Points
{
    /// <summary>The value of a name at a point: the first points are above zero, later ones on both sides.</summary>
    public static Value Number(int point, string name, bool whole)
    {
        var stream = Randomness.For(20250424, name, point, whole ? 1 : 0);
        if (whole)
        {
            return new((Rational)stream.Next(1, point < 3 ? 9 : 25), default);
        }

        var value = new Rational(stream.Next(200, 3000), stream.Next(701, 1400));
        return new(point % 4 >= 2 && stream.Chance(0.6) ? -value : value, default);
    }
}
