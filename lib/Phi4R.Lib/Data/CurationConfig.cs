using System.Text.Json.Serialization;
using Phi4R.Foundation;

namespace Phi4R.Data;

/// <summary>Which rollouts a curated set is made of.</summary>
public sealed record CurationConfig
{
    /// <summary>Rollouts of the set.</summary>
    public required int Count { get; init => field = Require.Positive(value); }

    /// <summary>Weight of levels 1 to 5, in this order.</summary>
    public required IReadOnlyList<double> LevelWeights { get; init => field = Require.Weights(value, count: 5); }

    /// <summary>
    /// Weight of rollouts whose level nobody stated, a class of its own beside the five levels; 0 leaves them out.
    /// </summary>
    public required double UnknownLevelWeight { get; init => field = Require.NotNegative(value); }

    /// <summary>
    /// Whether what a class lacks is taken of the others, by their weights, as long as they have any. Otherwise classes
    /// keep their shares, and the set is smaller than asked for.
    /// </summary>
    public required bool FillFromOthers { get; init; }

    /// <summary>Share of <see cref="Count"/> that may be missing in the end; where more is, the stage stops.</summary>
    public required double MissingAllowed { get; init => field = Require.Fraction(value); }

    /// <summary>Styles that are wanted; null for any.</summary>
    public required IReadOnlyList<string>? Styles { get; init; }

    /// <summary>
    /// Whether rollouts are taken whatever their verdict is, or without one: for sets whose makers chose each rollout
    /// and learn from all, right or wrong.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TakeUnverified { get; init; }

    /// <summary>Weights of levels 1 to 5, and at last of those that nobody stated.</summary>
    internal double[] ClassWeights => [.. LevelWeights, UnknownLevelWeight];

    /// <summary>The class of a level: its place among <see cref="ClassWeights"/>.</summary>
    internal int ClassOf(int level) => level >= 1 && level <= LevelWeights.Count ? level - 1 : LevelWeights.Count;
}
