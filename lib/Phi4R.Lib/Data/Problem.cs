using System.Text.Json.Serialization;

namespace Phi4R.Data;

/// <summary>One question whose answer can be checked.</summary>
public sealed record Problem
{
    /// <summary>The domain of a problem where nobody stated one; it is a class of its own.</summary>
    public const string UnknownDomain = "unknown";

    /// <summary>Unique within its data set, and stable: a hash of the question for generated problems.</summary>
    public required string Id { get; init; }

    /// <summary>What the user asks, without any chat markers.</summary>
    public required string Question { get; init; }

    /// <summary>The reference answer, as it would stand in a box.</summary>
    public required string Answer { get; init; }

    /// <summary>Field of mathematics, such as "algebra".</summary>
    public required string Domain { get; init; }

    /// <summary>Difficulty, 1 (easiest) to 5; any other number where nobody stated it.</summary>
    public required int Level { get; init; }

    /// <summary>
    /// The share of some model's answers that were right, as its data set states it; null where none does.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? SolveRate { get; init; }

    /// <summary>The options of a multiple-choice problem in the order asked, or null for an open answer.</summary>
    public IReadOnlyList<string>? Choices { get; init; }
}
