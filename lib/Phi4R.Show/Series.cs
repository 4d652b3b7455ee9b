namespace Phi4R.Show;

/// <summary>One line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">Places; as many as there are values.</param>
/// <param name="Y">Values; those that are not finite leave a gap and are counted in the chart.</param>
/// <param name="Low">Lower ends of a band around the line, or null.</param>
/// <param name="High">Upper ends of the band, or null.</param>
public sealed record Series(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Low = null, IReadOnlyList<double>? High = null)
{
    /// <summary>Values at 0, 1, 2 and so on.</summary>
    public static Series Of(string name, IEnumerable<double> values)
    {
        var y = values.ToList();
        return new Series(name, [.. Enumerable.Range(0, y.Count).Select(i => (double)i)], y);
    }

    /// <summary>The mean of each value and those before it, over a window; the legend says so.</summary>
    public Series Smoothed(int window) => this with
    {
        Name = $"{Name} (mean of {window})",
        Y = [.. Enumerable.Range(0, Y.Count).Select(i => Y.Skip(Math.Max(0, i - window + 1)).Take(Math.Min(window, i + 1)).Average())],
        Low = null,
        High = null,
    };
}
