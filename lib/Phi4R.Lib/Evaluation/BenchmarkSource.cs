namespace Phi4R.Evaluation;

/// <summary>A benchmark that has a name here.</summary>
public sealed record BenchmarkSource
{
    /// <summary>What it is called, such as math500.</summary>
    public required string Name { get; init; }

    /// <summary>Its file in the folder <c>benchmarks</c> of the project's data, where it is there.</summary>
    public required string File { get; init; }

    /// <summary>The data set on the hub, owner/name, and the file in it where it has several.</summary>
    public required string Hub { get; init; }

    /// <summary>Completions of each problem, unless told otherwise.</summary>
    public required int Samples { get; init; }

    /// <summary>
    /// Tokens of a reasoning model's completion: a rough guess for the estimate before the first completions, and used
    /// for nothing else.
    /// </summary>
    public required int GuessedTokens { get; init; }

    /// <summary>Why it does not ship with the project; null where it does.</summary>
    public string? Missing { get; init; }
}
