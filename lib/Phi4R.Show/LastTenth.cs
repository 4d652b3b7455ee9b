namespace Phi4R.Show;

/// <summary>How a run ended: a mean over its last steps, in which each weighs as much as it holds.</summary>
/// <remarks>
/// The last step of a stage is often a remainder of a few examples, which says little by itself.
/// </remarks>
public static class LastTenth
{
    /// <summary>The mean over the last tenth of the steps, at least one; not a number where there is none.</summary>
    /// <param name="weight">What a step holds, such as its tokens in the loss; null: all weigh the same.</param>
    public static double Of<T>(IReadOnlyList<T> steps, Func<T, double> value, Func<T, double>? weight = null)
    {
        var last = steps.Skip(steps.Count - Math.Max(1, steps.Count / 10)).ToList();
        var weights = last.Sum(step => weight?.Invoke(step) ?? 1);
        return weights > 0 ? last.Sum(step => value(step) * (weight?.Invoke(step) ?? 1)) / weights : double.NaN;
    }
}
