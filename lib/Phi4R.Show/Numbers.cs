using System.Globalization;

namespace Phi4R.Show;

/// <summary>Numbers as a reader wants them: few digits, thousands apart, powers of ten written as such.</summary>
internal static class Numbers
{
    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>
    /// A number with about four digits that count, and a decimal of a larger one: the rounding of tables and charts.
    /// </summary>
    public static string Written(double value) => value switch
    {
        double.NaN => "not a number",
        double.PositiveInfinity => "infinity",
        double.NegativeInfinity => "-infinity",
        0 => "0",
        _ when Math.Abs(value) is >= 1e6 or < 1e-3 =>
            Powered(value, (int)Math.Floor(Math.Log10(Math.Abs(value))), "0.##"),
        _ => value.ToString("#,0."
            + new string('#', Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 1, 6)),
                CultureInfo.InvariantCulture),
    };

    /// <summary>A number on an axis whose numbers lie a step apart and are no larger than the largest.</summary>
    public static string Tick(double value, double step, double largest)
    {
        if (Math.Abs(value) < 1e-9 * step)
        {
            return "0";
        }

        var (unit, suffix) = largest switch
        {
            >= 1e12 or < 1e-2 => (0.0, ""),
            >= 1e9 => (1e9, " B"),
            >= 1e6 => (1e6, " M"),
            _ => (1.0, ""),
        };
        if (unit == 0)
        {
            var power = (int)Math.Floor(Math.Log10(largest) + 1e-9);
            return Powered(value, power, "0." + new string('#', Decimals(step / Math.Pow(10, power))));
        }

        return (value / unit).ToString("#,0." + new string('#', Decimals(step / unit)), CultureInfo.InvariantCulture)
            + suffix;
    }

    /// <summary>A power of ten.</summary>
    public static string Power(int power) => power is >= -3 and <= 5
        ? Math.Pow(10, power).ToString("#,0.###", CultureInfo.InvariantCulture)
        : "10" + Exponent(power);

    private static int Decimals(double step) => Math.Clamp((int)Math.Ceiling(-Math.Log10(Math.Abs(step)) - 1e-9), 0, 8);

    private static string Powered(double value, int power, string format)
    {
        var mantissa = (value / Math.Pow(10, power)).ToString(format, CultureInfo.InvariantCulture);
        return $"{mantissa}×10{Exponent(power)}";
    }

    private static string Exponent(int power) =>
        (power < 0 ? "⁻" : "")
            + string.Concat(Math.Abs(power).ToString(CultureInfo.InvariantCulture)
                .Select(digit => Raised[digit - '0']));
}
