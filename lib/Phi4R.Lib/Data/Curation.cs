using Phi4R.Foundation;
using Phi4R.Verification;

namespace Phi4R.Data;

/// <summary>Selects the small, verified, harder and balanced set that fine-tuning learns from.</summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 2, which names the aims (compact, representative, of all domains and difficulties)
/// and not the rule; the rule is ours: one answer a problem, levels by weight, domains of a level in equal parts as far
/// as they go. Rollouts whose level nobody stated, as in most public sets, are a class with a weight like a level's.
/// </remarks>
public static class Curation
{
    /// <summary>Selects from rollouts that are labeled and verified; they are gone through twice.</summary>
    /// <param name="stream">Drives every draw.</param>
    /// <param name="fits">
    /// Whether a rollout is short enough to be learned from; those that are not take no place in a quota.
    /// </param>
    public static Curated Select(IReadOnlyCollection<Rollout> rollouts, CurationConfig config, RandomStream stream,
        Func<Rollout, bool> fits) =>
        Choose(rollouts, config, stream, (_, rollout) => fits(rollout)).Of(rollouts);

    /// <summary>The same by places: the rollouts are gone through once, and none is kept.</summary>
    /// <param name="rollouts">With their labels; their texts are not looked at.</param>
    /// <param name="fits">Asked of a place and its rollout.</param>
    internal static Chosen Choose(IEnumerable<Rollout> rollouts, CurationConfig config, RandomStream stream,
        Func<int, Rollout, bool> fits)
    {
        var leftOut = Enum.GetValues<CurationReason>().ToDictionary(reason => reason, _ => 0);

        // 1. What is unfit whatever else there is.
        List<Candidate> fit = [];
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        foreach (var (place, rollout) in rollouts.Index())
        {
            if (Unfit(rollout, config, one => fits(place, one)) is { } reason)
            {
                leftOut[reason]++;
            }
            else
            {
                fit.Add(new(place, Once(rollout.ProblemId), config.ClassOf(rollout.Level), Once(rollout.Domain)));
            }
        }

        // 2. One answer a problem, any of them.
        stream.Shuffle(fit);
        Candidate[] candidates = [.. fit.DistinctBy(candidate => candidate.ProblemId)];
        leftOut[CurationReason.SameProblem] = fit.Count - candidates.Length;

        // 3. Each level its part, and in it each domain an equal one.
        List<Candidate> kept = [];
        var classes = candidates.ToLookup(candidate => candidate.Class);
        var asked = Quotas(config.ClassWeights, config.Count);
        var quotas = config.FillFromOthers
            ? Filled(asked, config.ClassWeights, place => classes[place].Count())
            : asked;
        for (var place = 0; place < quotas.Length; place++)
        {
            kept.AddRange(TakeEvenly([.. classes[place]], quotas[place]));
        }

        leftOut[CurationReason.BeyondQuota] = candidates.Length - kept.Count;
        stream.Shuffle(kept);
        return new Chosen([.. kept.Select(candidate => candidate.Place)],
            new Curated([], leftOut, config.Count - kept.Count,
                quotas.Zip(asked, (quota, first) => Math.Max(0, quota - first)).Sum()));

        // Many rollouts have the same name, and each was read as a text of its own.
        string Once(string name) => names.TryGetValue(name, out var known) ? known : names[name] = name;
    }

    private static CurationReason? Unfit(Rollout rollout, CurationConfig config, Func<Rollout, bool> fits) =>
        rollout switch
        {
            { Finished: false } => CurationReason.Unfinished,
            { Repetitive: true } => CurationReason.Repetitive,
            { Outcome: null or Outcome.Unverifiable } when !config.TakeUnverified => CurationReason.Unverified,
            { Outcome: Outcome.Incorrect } when !config.TakeUnverified => CurationReason.Wrong,
            _ when config.Styles is not null && !config.Styles.Contains(rollout.Style) => CurationReason.OtherStyle,
            _ when config.ClassWeights[config.ClassOf(rollout.Level)] == 0 => CurationReason.OtherLevel,
            _ when !fits(rollout) => CurationReason.TooLong,
            _ => null,
        };

    // Whole numbers that sum to the count: rounded down, then one more where most was lost.
    private static int[] Quotas(IReadOnlyList<double> weights, int count)
    {
        double[] shares = [.. weights.Select(weight => count * weight / weights.Sum())];
        int[] quotas = [.. shares.Select(share => (int)share)];
        foreach (var place in Enumerable.Range(0, shares.Length)
            .OrderByDescending(place => shares[place] - quotas[place]).Take(count - quotas.Sum()))
        {
            quotas[place]++;
        }

        return quotas;
    }

    // What a class lacks is shared by those that have more, by their weights, until nothing is lacking or none has
    // more.
    private static int[] Filled(IReadOnlyList<int> asked, IReadOnlyList<double> weights, Func<int, int> available)
    {
        int[] quotas = [.. asked.Select((quota, place) => Math.Min(quota, available(place)))];
        while (true)
        {
            double[] open = [.. weights.Select((weight, place) => quotas[place] < available(place) ? weight : 0)];
            var lacking = asked.Sum() - quotas.Sum();
            if (lacking == 0 || open.Sum() == 0)
            {
                return quotas;
            }

            quotas = [.. Quotas(open, lacking)
                .Select((more, place) => Math.Min(quotas[place] + more, available(place)))];
        }
    }

    // The smallest domain first: what it cannot fill is shared by the others.
    private static IEnumerable<Candidate> TakeEvenly(IReadOnlyList<Candidate> candidates, int quota)
    {
        var domains = candidates.GroupBy(candidate => candidate.Domain, StringComparer.OrdinalIgnoreCase)
            .OrderBy(domain => domain.Count())
            .ThenBy(domain => domain.Key, StringComparer.Ordinal).ToList();
        for (var i = 0; i < domains.Count; i++)
        {
            var taken = domains[i].Take(quota / (domains.Count - i)).ToList();
            quota -= taken.Count;
            foreach (var candidate in taken)
            {
                yield return candidate;
            }
        }
    }

    private readonly record struct Candidate(int Place, string ProblemId, int Class, string Domain);
}
