namespace Phi4R.Training;

/// <summary>How an answer's reward is compared with its group's.</summary>
public enum AdvantageKind
{
    /// <summary>Reward less the group's mean.</summary>
    Centered,

    /// <summary>The same, divided by the group's standard deviation.</summary>
    Standardized,
}

/// <summary>How much better each reward of a group is than the group's.</summary>
/// <remarks>
/// Source: Shao et al. 2024, arXiv 2402.03300; without the division: Liu et al. 2025, arXiv 2503.20783.
/// </remarks>
public static class Advantages
{
    // Rewards of one outcome may be sums that were rounded on different ways; outcomes differ by far more than this
    // share of the largest.
    private const double Rounding = 1e-9;

    /// <summary>
    /// How much better each answer is than its group; all zero where every reward is the same but for rounding.
    /// </summary>
    /// <param name="rewards">One for each answer of a group, finite.</param>
    /// <exception cref="ArgumentException">A reward is not a finite number; the message names the first.</exception>
    public static double[] Of(IReadOnlyList<double> rewards, AdvantageKind kind)
    {
        for (var i = 0; i < rewards.Count; i++)
        {
            if (!double.IsFinite(rewards[i]))
            {
                throw new ArgumentException($"Reward {i} of the group's {rewards.Count} is {rewards[i]}; "
                    + "a reward is a finite number. Look at what gives the rewards.");
            }
        }

        // Equality is decided on the rewards, and not on a deviation that rounding may leave above zero.
        if (rewards.Count == 0 || rewards.Max() - rewards.Min() <= Rounding * rewards.Max(reward => Math.Abs(reward)))
        {
            return new double[rewards.Count];
        }

        var mean = rewards.Average();
        var deviation = kind == AdvantageKind.Standardized
            ? Math.Sqrt(rewards.Average(reward => (reward - mean) * (reward - mean)))
            : 1;
        return [.. rewards.Select(reward => (reward - mean) / deviation)];
    }
}
