using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Which rollouts a curated set is made of.</summary>
public sealed record CurationConfig
{
    /// <summary>Rollouts of the set.</summary>
    public required int Count { get; init => field = Require.Positive(value); }

    /// <summary>Weight of levels 1 to 5, in this order.</summary>
    public required IReadOnlyList<double> LevelWeights { get; init => field = Require.Weights(value, count: 5); }

    /// <summary>Styles that are wanted; null for any.</summary>
    public required IReadOnlyList<string>? Styles { get; init; }
}

/// <summary>Why rollouts are not in a curated set. A rollout is counted once, under the first reason that applies.</summary>
public enum CurationReason
{
    /// <summary>The answer did not come to its end.</summary>
    Unfinished,

    /// <summary>The text runs in circles.</summary>
    Repetitive,

    /// <summary>The verifier was not asked.</summary>
    Unverified,

    /// <summary>The verifier said no.</summary>
    Wrong,

    /// <summary>Another style than those wanted.</summary>
    OtherStyle,

    /// <summary>A level without weight.</summary>
    OtherLevel,

    /// <summary>Another answer to the same problem was drawn.</summary>
    SameProblem,

    /// <summary>Fit, but its level and domain had enough.</summary>
    BeyondQuota,
}

/// <summary>A curated set.</summary>
/// <param name="Kept">In random order.</param>
/// <param name="LeftOut">All reasons with how many were left out for each; with what is kept they sum to what came in.</param>
/// <param name="Missing">How many fewer than asked for, since a level had too few.</param>
public sealed record Curated(IReadOnlyList<Rollout> Kept, IReadOnlyDictionary<CurationReason, int> LeftOut, int Missing);

/// <summary>Selects the small, verified, harder and balanced set that fine-tuning learns from.</summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 2, which names the aims (compact, representative, of all domains and difficulties) and not the rule; the
/// rule is ours: one answer a problem, levels by weight, domains of a level in equal parts as far as they go.
/// </remarks>
public static class Curation
{
    /// <summary>Selects from rollouts that are labeled and verified.</summary>
    /// <param name="stream">Drives every draw.</param>
    public static Curated Select(IReadOnlyCollection<Rollout> rollouts, CurationConfig config, RandomStream stream)
    {
        var leftOut = Enum.GetValues<CurationReason>().ToDictionary(reason => reason, _ => 0);

        // 1. What is unfit whatever else there is.
        List<Rollout> fit = [];
        foreach (var rollout in rollouts)
        {
            if (Unfit(rollout, config) is { } reason)
            {
                leftOut[reason]++;
            }
            else
            {
                fit.Add(rollout);
            }
        }

        // 2. One answer a problem, any of them.
        stream.Shuffle(fit);
        Rollout[] candidates = [.. fit.DistinctBy(rollout => rollout.ProblemId)];
        leftOut[CurationReason.SameProblem] = fit.Count - candidates.Length;

        // 3. Each level its part, and in it each domain an equal one.
        List<Rollout> kept = [];
        var quotas = Quotas(config);
        for (var level = 1; level <= quotas.Length; level++)
        {
            kept.AddRange(TakeEvenly([.. candidates.Where(rollout => rollout.Level == level)], quotas[level - 1]));
        }

        leftOut[CurationReason.BeyondQuota] = candidates.Length - kept.Count;
        stream.Shuffle(kept);
        return new Curated(kept, leftOut, config.Count - kept.Count);
    }

    private static CurationReason? Unfit(Rollout rollout, CurationConfig config) => rollout switch
    {
        { Finished: false } => CurationReason.Unfinished,
        { Repetitive: true } => CurationReason.Repetitive,
        { Correct: null } => CurationReason.Unverified,
        { Correct: false } => CurationReason.Wrong,
        _ when config.Styles is not null && !config.Styles.Contains(rollout.Style) => CurationReason.OtherStyle,
        _ when rollout.Level < 1 || rollout.Level > config.LevelWeights.Count || config.LevelWeights[rollout.Level - 1] == 0 => CurationReason.OtherLevel,
        _ => null,
    };

    // Whole numbers that sum to the count: rounded down, then one more where most was lost.
    private static int[] Quotas(CurationConfig config)
    {
        double[] shares = [.. config.LevelWeights.Select(weight => config.Count * weight / config.LevelWeights.Sum())];
        int[] quotas = [.. shares.Select(share => (int)share)];
        foreach (var level in Enumerable.Range(0, shares.Length).OrderByDescending(level => shares[level] - quotas[level]).Take(config.Count - quotas.Sum()))
        {
            quotas[level]++;
        }

        return quotas;
    }

    // The smallest domain first: what it cannot fill is shared by the others.
    private static IEnumerable<Rollout> TakeEvenly(IReadOnlyList<Rollout> rollouts, int quota)
    {
        var domains = rollouts.GroupBy(rollout => rollout.Domain).OrderBy(domain => domain.Count()).ThenBy(domain => domain.Key, StringComparer.Ordinal).ToList();
        for (var i = 0; i < domains.Count; i++)
        {
            var taken = domains[i].Take(quota / (domains.Count - i)).ToList();
            quota -= taken.Count;
            foreach (var rollout in taken)
            {
                yield return rollout;
            }
        }
    }
}
