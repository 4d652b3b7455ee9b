using System.Runtime.Intrinsics;
using Phi4R.Kernels;

namespace Phi4R.Tests.Kernels;

public sealed class VectorMathTests
{
    // A prime number of steps, so that all parts of an interval between two powers of two are met.
    [Fact]
    public void The_exponential_is_that_of_64_bit_numbers_to_three_parts_in_ten_million()
    {
        const int Steps = 9973;
        for (var i = 0; i <= Steps; i++)
        {
            var x = -87f + (175f * i / Steps);
            var expected = Math.Exp(x);
            Assert.InRange(VectorMath.Exp(Vector512.Create(x))[i % 16], expected * (1 - 3e-7), expected * (1 + 3e-7));
        }
    }

    // A step whose gradients are not numbers is skipped: they are not to become numbers on the way.
    [Fact]
    public void What_is_no_number_stays_none_and_what_is_too_large_is_held_at_the_ends()
    {
        Assert.True(float.IsNaN(VectorMath.Exp(Vector512.Create(float.NaN))[0]));
        Assert.True(float.IsNaN(VectorMath.Sigmoid(Vector512.Create(float.NaN))[15]));
        Assert.InRange(VectorMath.Exp(Vector512.Create(1e4f))[3], 2e38f, float.MaxValue);
        Assert.InRange(VectorMath.Exp(Vector512.Create(float.NegativeInfinity))[3], 0, 2e-38f);
    }

    // The place after the last that counts holds a larger score, as what a token may not see does.
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(31)]
    public unsafe void Softening_counts_the_places_that_are_seen_and_no_other(int seen)
    {
        var scores = stackalloc float[32];
        for (var i = 0; i < 32; i++)
        {
            scores[i] = i < seen ? MathF.Sin(i) * 3 : 50;
        }

        var expected = Enumerable.Range(0, seen).Select(i => (double)MathF.Sin(i) * 3).ToArray();
        var (largest, sum) = SmallMatrix.Soften(scores, seen, 32);
        Assert.Equal(expected.Max(), largest, tolerance: 1e-6);
        Assert.Equal(expected.Sum(score => Math.Exp(score - largest)), sum, tolerance: 1e-5);
        for (var i = 0; i < 32; i++)
        {
            Assert.Equal(i < seen ? Math.Exp(expected[i] - largest) : 0, scores[i], tolerance: 1e-6);
        }
    }
}
