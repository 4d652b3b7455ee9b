namespace Phi4R.Data;

/// <summary>A curated set by the places of its rollouts.</summary>
/// <param name="Places">In random order.</param>
/// <param name="Counts">What was left out and what is missing; its rollouts are those of the places.</param>
internal sealed record Chosen(int[] Places, Curated Counts)
{
    /// <summary>The set with its rollouts, which are gone through once.</summary>
    public Curated Of(IEnumerable<Rollout> rollouts)
    {
        var orders = Places.Index().ToDictionary(place => place.Item, place => place.Index);
        var kept = new Rollout[Places.Length];
        foreach (var (place, rollout) in rollouts.Index())
        {
            if (orders.TryGetValue(place, out var order))
            {
                kept[order] = rollout;
            }
        }

        return Counts with { Kept = kept };
    }

    /// <summary>The same set, if it is about as large as asked for.</summary>
    /// <inheritdoc cref="Curated.Checked(CurationConfig)"/>
    public Chosen Checked(CurationConfig config)
    {
        _ = Counts.Checked(config, Places.Length);
        return this;
    }
}
