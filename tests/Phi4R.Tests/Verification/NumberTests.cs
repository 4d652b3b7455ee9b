using System.Numerics;
using Phi4R.Foundation;
using Phi4R.Verification.Algebra;

namespace Phi4R.Tests.Verification;

public sealed class NumberTests
{
    private const int Bits = 192;

    // 50 published digits of each constant.
    [Fact]
    public void Constants_agree_with_their_published_digits()
    {
        AssertDigits("3.14159265358979323846264338327950288419716939937510", Elementary.Pi(Bits));
        AssertDigits("2.71828182845904523536028747135266249775724709369995", Elementary.Exp(Ball.One, Bits));
        AssertDigits("0.69314718055994530941723212145817656807550013436025", Elementary.Log(Ball.Of(2, Bits), Bits));
        AssertDigits("0.84147098480789650665250232163029899962256306079837", Elementary.SinCos(Ball.One, Bits).Sin);
        AssertDigits("1.41421356237309504880168872420969807856967187537694", Ball.Sqrt(Ball.Of(2, Bits), Bits));
        AssertDigits("1.10714871779409050301706546017853704007004764540143", Elementary.Atan(Ball.Of(2, Bits), Bits));
    }

    // Each ball must hold the double's value, and must be narrow.
    [Fact]
    public void Functions_hold_the_values_of_floating_point_within_their_balls()
    {
        var stream = Randomness.For(3, "functions");
        for (var i = 0; i < 200; i++)
        {
            var x = new Rational(stream.Next(-400_000, 400_000), stream.Next(1, 40_000));
            var value = (double)x.Numerator / (double)x.Denominator;
            var ball = Ball.Of(x, Bits);
            AssertNear(Math.Sin(value), Elementary.SinCos(ball, Bits).Sin);
            AssertNear(Math.Cos(value), Elementary.SinCos(ball, Bits).Cos);
            AssertNear(Math.Atan(value), Elementary.Atan(ball, Bits));
            if (Math.Abs(value) < 20)
            {
                AssertNear(Math.Exp(value), Elementary.Exp(ball, Bits));
            }

            if (value > 0)
            {
                AssertNear(Math.Log(value), Elementary.Log(ball, Bits));
                AssertNear(Math.Sqrt(value), Ball.Sqrt(ball, Bits));
            }
        }
    }

    [Fact]
    public void A_value_computed_with_few_digits_holds_the_value_with_many()
    {
        var stream = Randomness.For(4, "precisions");
        for (var i = 0; i < 100; i++)
        {
            var x = new Rational(stream.Next(1, 100_000), stream.Next(1, 10_000));
            Assert.True(Ball.Meet(Elementary.Log(Ball.Of(x, 100), 100), Elementary.Log(Ball.Of(x, 600), 600)));
            Assert.True(
                Ball.Meet(Elementary.SinCos(Ball.Of(x, 100), 100).Sin, Elementary.SinCos(Ball.Of(x, 600), 600).Sin));
            Assert.True(Ball.Meet(Elementary.Atan(Ball.Of(x, 100), 100), Elementary.Atan(Ball.Of(x, 600), 600)));
            Assert.True(
                Ball.Meet(Elementary.Exp(Ball.Of(x / 1000, 100), 100), Elementary.Exp(Ball.Of(x / 1000, 600), 600)));
        }
    }

    private static void AssertDigits(string digits, Ball ball)
    {
        var scale = BigInteger.Pow(10, 50);
        var expected = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal));
        var (value, error) = ball.Fixed(400);
        Assert.True(error < BigInteger.One << 260, "The ball is wide.");
        Assert.True(BigInteger.Abs(((value * scale) >> 400) - expected) <= 2, $"{digits} is {(value * scale) >> 400}.");
    }

    private static void AssertNear(double expected, Ball ball)
    {
        var (value, _) = ball.Fixed(100);
        Assert.Equal(expected, (double)value / Math.Pow(2, 100), 1e-9 * Math.Max(1, Math.Abs(expected)));
    }
}
