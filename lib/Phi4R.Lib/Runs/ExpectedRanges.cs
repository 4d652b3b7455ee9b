using Phi4R.Recipes;

namespace Phi4R.Runs;

/// <summary>
/// What a run of the pocket recipe is expected to give, from the runs that were seen. For no other recipe is a range
/// known.
/// </summary>
public static class ExpectedRanges
{
    /// <summary>
    /// pass@1 on all problems, in percent, after mid-training, SFT, Rollout-DPO and RL: one row a run.
    /// </summary>
    /// <remarks>
    /// Runs differ by their seed, which draws weights, data and answers anew, and by the processor, whose rounding
    /// parts them from the first step on. These are of an AMD EPYC (family 26); a run on another machine belongs here
    /// as a further row.
    /// </remarks>
    private static readonly double[][] Runs =
    [
        [78.3, 84.3, 85.2, 87.2], // seed 1
        [86.0, 92.6, 94.1, 95.1], // seed 2
        [83.2, 90.6, 91.6, 92.3], // seed 3
        [77.5, 85.5, 85.9, 86.7], // seed 4
        [80.8, 87.8, 90.6, 91.8], // seed 5
    ];

    /// <summary>
    /// Standard deviations between runs that a range reaches to either side of their mean: from five runs the 95 %
    /// interval for a sixth (Student's t with four degrees of freedom, 2.78, times the root of 1 + 1/5).
    /// </summary>
    private const double Reach = 3;

    private static readonly Dictionary<(string Part, string Value), (double Low, double High)> Pocket = new()
    {
        // Shares of 112,000 rollouts, which no processor changes: those of seeds 1 to 5 within a margin for others.
        [("Rejection sampling", "rollouts kept")] = (77, 83),
        [("Rejection sampling", "right at level 1")] = (84, 91),
        [("Rejection sampling", "right at level 2")] = (79, 86),
        [("Rejection sampling", "right at level 3")] = (72, 80),
        [("Rejection sampling", "right at level 4")] = (65, 74),
        [("Rejection sampling", "right at level 5")] = (55, 70),
        [("Rejection sampling", "could not be judged")] = (0, 0),

        // What follows the luck of a training, measured in few runs: twice as wide as those needed.
        [("Mid-training", "loss of the first step")] = (3, 5),
        [("Mid-training", "loss of the last tenth")] = (0.3, 0.6),
        [("Mid-training", "pass@1 of the base")] = (3, 11),
        [("Mid-training", "pass@1 after")] = After(0),
        [("Mid-training", "padding")] = (1, 4),
        [("Fine-tuning", "loss of the last tenth")] = (0.02, 0.12),
        [("Fine-tuning", "pass@1 after")] = After(1),
        [("Fine-tuning", "gain")] = GainOf(1),
        [("Fine-tuning", "answers truncated by the limit")] = (0, 1),
        [("Rollout-DPO", "pass@1 after")] = After(2),
        [("Rollout-DPO", "gain")] = GainOf(2),
        [("Rollout-DPO", "margin of the last tenth")] = (0.3, 2.5),
        [("Rollout-DPO", "chosen less rejected, length")] = (0, 0),
        [("Reinforcement", "pass@1 after")] = After(3),
        [("Reinforcement", "gain")] = GainOf(3),
        [("Reinforcement", "problems used of a step")] = (15, 60),
        [("Reinforcement", "largest gap of sampling and training")] = (0, 1e-3),
        [("pass@1 on all problems", "base")] = (3, 11),
        [("pass@1 on all problems", "mid-training")] = After(0),
        [("pass@1 on all problems", "SFT")] = After(1),
        [("pass@1 on all problems", "Rollout-DPO")] = After(2),
        [("pass@1 on all problems", "RL")] = After(3),
    };

    /// <summary>
    /// The range of a value that a notebook shows; null where the recipe is not the pocket's, to the last number.
    /// </summary>
    /// <param name="part">What the notebook is about, such as "Fine-tuning".</param>
    /// <param name="value">What was measured, such as "gain".</param>
    /// <exception cref="ArgumentException">There is no such value; the message lists those there are.</exception>
    public static (double Low, double High)? Of(Recipe recipe, string part, string value) =>
        !Pocket.TryGetValue((part, value), out var range)
            ? throw new ArgumentException($"No range is kept for '{part}: {value}'; there are "
                + $"{string.Join(", ", Pocket.Keys.Select(key => $"'{key.Part}: {key.Value}'"))}.")
            : RecipeFile.Same(recipe, Recipes.Pocket.Recipe) ? range : null;

    // A share ends at 100 %.
    private static (double Low, double High) After(int stage)
    {
        var (low, high) = Around([.. Runs.Select(run => run[stage])]);
        return (low, Math.Min(100, high));
    }

    private static (double Low, double High) GainOf(int stage) =>
        Around([.. Runs.Select(run => run[stage] - run[stage - 1])]);

    private static (double Low, double High) Around(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
        return (Math.Round(mean - (Reach * deviation), 1), Math.Round(mean + (Reach * deviation), 1));
    }
}
