using System.Globalization;

namespace Phi4R.Show;

/// <summary>One axis: values to places, and ticks at round numbers.</summary>
internal sealed class Axis
{
    private readonly double _low;
    private readonly double _high;
    private readonly bool _logarithmic;

    /// <param name="values">Everything that is to lie on the axis; what is not finite was left out.</param>
    public Axis(IReadOnlyCollection<double> values, bool logarithmic = false, bool fromZero = false, double padding = 0.04)
    {
        _logarithmic = logarithmic;
        var placed = values.Where(value => double.IsFinite(value) && (!logarithmic || value > 0)).Select(Scale).DefaultIfEmpty(0).ToList();
        (_low, _high) = (placed.Min(), placed.Max());
        if (fromZero && !logarithmic)
        {
            (_low, _high) = (Math.Min(0, _low), Math.Max(0, _high));
        }

        var spread = _high - _low;
        if (spread <= 1e-12 * Math.Max(1, Math.Abs(_high)))
        {
            var half = Math.Max(0.5, Math.Abs(_high) * 0.05);
            (_low, _high) = (_low - half, _high + half);
        }
        else
        {
            (_low, _high) = (fromZero && _low == 0 ? 0 : _low - (padding * spread), fromZero && _high == 0 ? 0 : _high + (padding * spread));
        }
    }

    /// <summary>Share of the axis's length at which a value lies.</summary>
    public double At(double value) => (Scale(value) - _low) / (_high - _low);

    /// <summary>Round numbers within the axis: 1, 2 or 5 times a power of ten apart, about as many as asked for.</summary>
    public IReadOnlyList<(double Value, string Label)> Ticks(int count = 5)
    {
        if (_logarithmic && _high - _low > 1)
        {
            return [.. Enumerable.Range((int)Math.Ceiling(_low), Math.Max(0, (int)Math.Floor(_high) - (int)Math.Ceiling(_low) + 1)).Select(power => (Math.Pow(10, power), Written(Math.Pow(10, power), Math.Pow(10, power))))];
        }

        var (low, high) = _logarithmic ? (Math.Pow(10, _low), Math.Pow(10, _high)) : (_low, _high);
        var raw = (high - low) / count;
        var power10 = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power10 * ((raw / power10) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        List<(double, string)> ticks = [];
        for (var value = Math.Ceiling(low / step) * step; value <= high + (1e-9 * step); value += step)
        {
            ticks.Add((value, Written(value, step)));
        }

        return ticks;
    }

    /// <summary>A number as a tick or a label shows it.</summary>
    public static string Written(double value, double step)
    {
        if (Math.Abs(value) < 1e-9 * step)
        {
            return "0";
        }

        if (Math.Abs(value) is >= 1e6 or < 1e-3)
        {
            return value.ToString("0.#E0", CultureInfo.InvariantCulture);
        }

        var decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(Math.Abs(step)) - 1e-9), 0, 4);
        return value.ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }

    private double Scale(double value) => _logarithmic ? Math.Log10(value) : value;
}
