namespace Phi4R.Show;

/// <summary>One line of a chart.</summary>
public sealed record Series
{
    /// <summary>What the legend calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Places; as many as there are values.</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Values; those that are not finite leave a gap and are counted in the chart.</summary>
    public required IReadOnlyList<double> Y { get; init; }

    /// <summary>Lower ends of a band around the line, or null.</summary>
    public IReadOnlyList<double>? Low { get; init; }

    /// <summary>Upper ends of the band, or null.</summary>
    public IReadOnlyList<double>? High { get; init; }

    /// <summary>What the values were before they were smoothed, drawn faintly behind them; or null.</summary>
    public IReadOnlyList<double>? Raw { get; init; }

    /// <summary>Values at 0, 1, 2 and so on.</summary>
    public static Series Of(string name, IEnumerable<double> values)
    {
        var y = values.ToList();
        return new Series { Name = name, X = [.. Enumerable.Range(0, y.Count).Select(i => (double)i)], Y = y };
    }

    /// <summary>
    /// The mean of each value and those before it, over a window, with the values themselves behind it; the legend says
    /// so.
    /// </summary>
    /// <remarks>
    /// A mean is over the finite values of its window; where the value itself is not finite, there is a gap.
    /// </remarks>
    public Series Smoothed(int window) => this with
    {
        Name = $"{Name} (mean of {window})",
        Y = [.. Enumerable.Range(0, Y.Count).Select(i => double.IsFinite(Y[i])
            ? Y.Skip(Math.Max(0, i - window + 1)).Take(Math.Min(window, i + 1)).Where(double.IsFinite).Average()
            : Y[i])],
        Low = null,
        High = null,
        Raw = Raw ?? Y,
    };

    /// <summary>The same, if its lists are of one length.</summary>
    /// <exception cref="ArgumentException">They are not; the message names the series and the lengths.</exception>
    internal Series Checked() =>
        X.Count != Y.Count
            ? throw new ArgumentException($"Series '{Name}' has {X.Count} places and {Y.Count} values; it needs as "
                + "many of the one as of the other.")
        : (Low ?? Y).Count != Y.Count || (High ?? Y).Count != Y.Count
            ? throw new ArgumentException($"Series '{Name}' has {Y.Count} values and a band of {Low?.Count} and "
                + $"{High?.Count} ends; it needs as many.")
        : this;
}
