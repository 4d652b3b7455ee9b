namespace Phi4R.Data;

/// <summary>A curated set.</summary>
/// <param name="Kept">In random order.</param>
/// <param name="LeftOut">
/// All reasons with how many were left out for each; with what is kept they sum to what came in.
/// </param>
/// <param name="Missing">How many fewer than asked for, since a level had too few.</param>
/// <param name="FromOthers">How many of those kept are in the place of ones that another level lacked.</param>
public sealed record Curated(IReadOnlyList<Rollout> Kept, IReadOnlyDictionary<CurationReason, int> LeftOut, int Missing,
    int FromOthers)
{
    /// <summary>The same set, if it is about as large as asked for.</summary>
    /// <exception cref="InvalidDataException">
    /// More is missing than the settings allow; the message says what was left out, and what to do.
    /// </exception>
    public Curated Checked(CurationConfig config) => Checked(config, Kept.Count);

    internal Curated Checked(CurationConfig config, int kept)
    {
        if (Missing <= config.MissingAllowed * config.Count)
        {
            return this;
        }

        var reasons = string.Join(", ", LeftOut.Where(pair => pair.Value > 0).OrderByDescending(pair => pair.Value)
            .Select(pair => $"{pair.Value} {pair.Key}"));
        throw new InvalidDataException(
            $"{config.Count} rollouts are asked for (Curation.Count) and {kept} are there; "
                + $"{100 * config.MissingAllowed:0.#} % of them may be missing "
            + $"(MissingAllowed). Left out: {(reasons.Length > 0 ? reasons : "none, since there were none")}. Ask "
            + "for fewer, give weight to the levels that there "
            + "are (LevelWeights, and UnknownLevelWeight for those that nobody stated), take of other levels what one "
            + "lacks (FillFromOthers), or allow it.");
    }
}
