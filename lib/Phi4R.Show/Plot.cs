namespace Phi4R.Show;

/// <summary>
/// What one panel of a chart says, before anything is drawn: the static picture and the interactive one are both made
/// from it.
/// </summary>
/// <param name="Width">In CSS pixels.</param>
/// <param name="Height">In CSS pixels.</param>
internal abstract record Plot(string Title, string XTitle, string YTitle, int Width, int Height)
{
    /// <summary>The numbers a reader would want, in words.</summary>
    public abstract string AltText { get; }

    public abstract Svg Draw();

    /// <summary>The title of the y axis, and how many values are not on it.</summary>
    protected string WithMissing(int missing) =>
        missing == 0 ? YTitle : $"{YTitle}{(YTitle.Length > 0 ? " · " : "")}{Missing(missing)}";

    protected static string Missing(int missing) =>
        missing == 1 ? "1 value cannot be drawn" : $"{missing:N0} values cannot be drawn";

    /// <summary>Mean and ends of those values that are finite, and how many are not.</summary>
    protected static string Spread(IReadOnlyCollection<double> values)
    {
        var finite = values.Where(double.IsFinite).ToList();
        return finite.Count == 0
            ? $"no value{(values.Count > 0 ? $", {values.Count:N0} not finite" : "")}"
            : $"{finite.Count:N0} values, mean {Numbers.Written(finite.Average())}, from "
                + $"{Numbers.Written(finite.Min())} to {Numbers.Written(finite.Max())}"
                + (finite.Count < values.Count ? $", {values.Count - finite.Count:N0} not finite" : "");
    }
}
