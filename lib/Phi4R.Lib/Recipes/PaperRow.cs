using Phi4R.Evaluation;

namespace Phi4R.Recipes;

/// <summary>A row of a published table.</summary>
public sealed record PaperRow
{
    /// <summary>The model as the paper calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Other names that it goes by, such as those on the hub without their owner.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>The paper's numbers, by benchmark; it does not say of how many completions each is the mean.</summary>
    public required IReadOnlyDictionary<string, PublishedShare> Paper { get; init; }

    /// <summary>The group's own later numbers, by benchmark; empty where there are none.</summary>
    public required IReadOnlyDictionary<string, PublishedShare> Remeasured { get; init; }
}
