namespace Phi4R.Training;

/// <summary>How an answer's reward is compared with its group's.</summary>
public enum AdvantageKind
{
    /// <summary>Reward less the group's mean.</summary>
    Centered,

    /// <summary>The same, divided by the group's standard deviation.</summary>
    Standardized,
}

/// <summary>Group-relative advantages.</summary>
/// <remarks>Source: Shao et al. 2024, arXiv 2402.03300; without the division: Liu et al. 2025, arXiv 2503.20783.</remarks>
public static class Advantages
{
    /// <summary>How much better each answer is than its group; all zero where every reward is the same.</summary>
    /// <param name="rewards">One for each answer of a group.</param>
    public static double[] Of(IReadOnlyList<double> rewards, AdvantageKind kind)
    {
        // Equality is decided on the rewards, which are discrete, and not on a deviation that rounding may leave above zero.
        if (rewards.All(reward => reward == rewards[0]))
        {
            return new double[rewards.Count];
        }

        var mean = rewards.Average();
        var deviation = kind == AdvantageKind.Standardized ? Math.Sqrt(rewards.Average(reward => (reward - mean) * (reward - mean))) : 1;
        return [.. rewards.Select(reward => (reward - mean) / deviation)];
    }
}
