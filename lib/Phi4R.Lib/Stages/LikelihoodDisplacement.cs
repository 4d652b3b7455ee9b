namespace Phi4R.Stages;

/// <summary>
/// Tells when preference learning makes the right answers less likely while it drives the pairs apart.
/// </summary>
/// <remarks>
/// The loss sees differences only, so both sides may fall together, the wrong one faster: the margin looks well and the
/// model forgets what it should prefer. Source: Razin et al. 2024, arXiv 2410.08847 ("likelihood displacement"); seen
/// first in the open in direct-preference-optimization's issue 36.
/// </remarks>
public static class LikelihoodDisplacement
{
    // Steps of each of the two windows that are compared; a step's own pairs differ too much to tell.
    private const int Window = 8;

    /// <summary>A warning about the last of these steps, or null.</summary>
    /// <param name="steps">All so far, from the first.</param>
    public static string? Of(IReadOnlyList<DpoReport> steps)
    {
        if (steps.Count < 2 * Window)
        {
            return null;
        }

        var (before, now) = (steps.Skip(steps.Count - (2 * Window)).Take(Window).ToList(),
            steps.Skip(steps.Count - Window).ToList());
        var (chosenBefore, chosenNow) = (before.Average(step => step.ChosenChange),
            now.Average(step => step.ChosenChange));
        var (marginBefore, marginNow) = (before.Average(step => step.Margin), now.Average(step => step.Margin));
        return chosenNow < 0 && chosenNow < chosenBefore && marginNow > marginBefore
            ? $"The right answers have become less likely than under the reference ({chosenNow:0.00} nats, "
                + $"{chosenBefore:0.00} before) while the margin grows ({marginBefore:0.00} to {marginNow:0.00}): "
                + "both sides fall, the wrong one faster. "
                + "Raise Beta, lower the rate, or give the right answers a NllWeight."
            : null;
    }
}
