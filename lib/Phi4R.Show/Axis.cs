namespace Phi4R.Show;

/// <summary>One axis: values to places, and ticks at round numbers.</summary>
internal sealed class Axis
{
    // Share of the largest value within which all are one.
    private const double Alike = 1e-6;

    private readonly double _low;
    private readonly double _high;
    private readonly bool _logarithmic;
    private readonly bool _whole;

    /// <param name="values">Everything that is to lie on the axis; what is not finite is left out.</param>
    /// <param name="whole">Whether only whole numbers are labelled: steps, tokens.</param>
    public Axis(IReadOnlyCollection<double> values, bool logarithmic = false, bool fromZero = false,
        double padding = 0.04, bool whole = false)
    {
        (_logarithmic, _whole) = (logarithmic, whole);
        var placed = values.Where(value => double.IsFinite(value) && (!logarithmic || value > 0))
            .Select(Scale).ToList();
        IsEmpty = placed.Count == 0;
        (_low, _high) = IsEmpty ? (0, 1) : (placed.Min(), placed.Max());
        if (fromZero && !logarithmic)
        {
            (_low, _high) = (Math.Min(0, _low), Math.Max(0, _high));
        }

        // Half of a difference cannot overflow where the difference could.
        var half = (_high / 2) - (_low / 2);
        if (half <= Alike * Math.Max(Math.Abs(_low), Math.Abs(_high)) || half == 0)
        {
            // A constant, but for rounding: seen from zero, since an axis as narrow as it is would show noise alone.
            (_low, _high) = logarithmic ? (_low - 0.5, _high + 0.5)
                : (Math.Min(0, _low * 1.25), Math.Max(_high * 1.25, _low >= 0 && _high == 0 ? 1 : 0));
        }
        else
        {
            (_low, _high) = (fromZero && _low == 0 ? 0 : _low - (padding * 2 * half), fromZero && _high == 0
                ? 0
                : _high + (padding * 2 * half));
        }
    }

    /// <summary>Whether there was nothing to place.</summary>
    public bool IsEmpty { get; }

    /// <summary>Share of the axis's length at which a value lies.</summary>
    public double At(double value) => ((Scale(value) / 2) - (_low / 2)) / ((_high / 2) - (_low / 2));

    /// <summary>
    /// Round numbers within the axis: 1, 2 or 5 times a power of ten apart, about as many as asked for.
    /// </summary>
    public IReadOnlyList<(double Value, string Label)> Ticks(int count = 5)
    {
        if (_logarithmic && _high - _low > 1)
        {
            return Powers(count);
        }

        var (low, high) = _logarithmic ? (Math.Pow(10, _low), Math.Pow(10, _high)) : (_low, _high);
        var raw = (high / count) - (low / count);
        var power10 = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = power10 * ((raw / power10) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        step = _whole ? Math.Max(1, step) : step;
        var largest = Math.Max(Math.Abs(low), Math.Abs(high));
        List<(double, string)> ticks = [];
        var first = Math.Ceiling(low / step);
        for (var i = 0; i <= 4 * count && (first + i) * step <= high + (1e-9 * step); i++)
        {
            var value = (first + i) * step;
            ticks.Add((value, Numbers.Tick(value, step, largest)));
        }

        return ticks;
    }

    // Powers of ten, every second or third of them on a very long axis, and their doubles and fives on a short one.
    private List<(double Value, string Label)> Powers(int count)
    {
        var (first, last) = ((int)Math.Ceiling(_low - 1e-9), (int)Math.Floor(_high + 1e-9));
        var stride = Math.Max(1, (int)Math.Ceiling((last - first + 1) / (count + 2.0)));
        List<(double Value, string Label)> ticks = [];
        for (var power = first - 1; power <= last; power += stride)
        {
            foreach (var digit in last - first < 2 ? (int[])[1, 2, 5] : [1])
            {
                var value = digit * Math.Pow(10, power);
                if (Scale(value) >= _low - 1e-9 && Scale(value) <= _high + 1e-9)
                {
                    ticks.Add((value, digit == 1 ? Numbers.Power(power) : Numbers.Written(value)));
                }
            }
        }

        return ticks;
    }

    private double Scale(double value) => _logarithmic ? Math.Log10(value) : value;
}
