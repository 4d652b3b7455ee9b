namespace Phi4R.Evaluation;

/// <summary>Student's t distribution, which a mean follows whose variance is estimated from few values.</summary>
/// <remarks>Source: Press et al., Numerical Recipes, third edition, sections 6.1 and 6.4.</remarks>
internal static class StudentT
{
    // Lanczos' coefficients for the logarithm of the gamma function, g = 5.
    private static readonly double[] Lanczos =
    [
        76.18009172947146, -86.50532032941677, 24.01409824083091,
        -1.231739572450155, 0.1208650973866179e-2, -0.5395239384953e-5,
    ];

    // With one degree of freedom each step doubles the distance: enough for a probability of 1e-60.
    private const int MostSteps = 200;

    // Stands for zero where it is divided by.
    private const double Tiny = 1e-300;

    /// <summary>The probability of a value at least so far from zero, on either side.</summary>
    /// <param name="freedom">Degrees of freedom, above zero; need not be whole.</param>
    public static double TwoSided(double t, double freedom) =>
        IncompleteBeta(freedom / 2, 0.5, freedom / (freedom + (t * t)));

    /// <summary>The distance from zero that is reached or passed with this probability, on either side.</summary>
    /// <param name="probability">Above 0 and at most 0.999; 0.05 for a 95 % interval.</param>
    public static double Quantile(double freedom, double probability)
    {
        // The tail is convex, so Newton's steps from zero never pass the solution.
        var density = Math.Exp(LogGamma((freedom + 1) / 2) - LogGamma(freedom / 2)) / Math.Sqrt(Math.PI * freedom);
        var t = 0.0;
        for (var i = 0; i < MostSteps; i++)
        {
            var slope = 2 * density * Math.Pow(1 + (t * t / freedom), -(freedom + 1) / 2);
            var step = (TwoSided(t, freedom) - probability) / slope;
            t += step;
            if (!(step > 1e-12 * t))
            {
                break;
            }
        }

        return t;
    }

    private static double IncompleteBeta(double a, double b, double x)
    {
        if (x is <= 0 or >= 1)
        {
            return x <= 0 ? 0 : 1;
        }

        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x)));
        return x < (a + 1) / (a + b + 2) ? front * Fraction(a, b, x) / a : 1 - (front * Fraction(b, a, 1 - x) / b);
    }

    // Lentz's way through the continued fraction.
    private static double Fraction(double a, double b, double x)
    {
        var (c, d) = (1.0, 1 / Away(1 - ((a + b) * x / (a + 1))));
        var value = d;
        for (var m = 1; m < 10_000; m++)
        {
            Take(m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m))));
            if (Math.Abs(Take(-(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1))) - 1) < 1e-15)
            {
                break;
            }
        }

        return value;

        double Take(double term)
        {
            d = 1 / Away(1 + (term * d));
            c = Away(1 + (term / c));
            value *= c * d;
            return c * d;
        }

        static double Away(double value) => Math.Abs(value) < Tiny ? Tiny : value;
    }

    private static double LogGamma(double x)
    {
        var sum = 1.000000000190015;
        for (var i = 0; i < Lanczos.Length; i++)
        {
            sum += Lanczos[i] / (x + i + 1);
        }

        return ((x + 0.5) * Math.Log(x + 5.5)) - (x + 5.5) + Math.Log(2.5066282746310005 * sum / x);
    }
}
