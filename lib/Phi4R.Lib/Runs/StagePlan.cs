namespace Phi4R.Runs;

/// <summary>What one stage is expected to take.</summary>
public sealed record StagePlan
{
    /// <summary>The name of the stage.</summary>
    public required string Stage { get; init; }

    /// <summary>That go through a forward and a backward pass.</summary>
    public required double LearnedTokens { get; init; }

    /// <summary>That the model writes.</summary>
    public required double DrawnTokens { get; init; }

    /// <summary>On this machine.</summary>
    public required double Seconds { get; init; }

    /// <summary>Weights, gradients and optimizer state of a training stage; 0 of others.</summary>
    public required long StateBytes { get; init; }

    /// <summary>
    /// Tensors at the most, above what the process holds anyway; null where the device cannot be asked.
    /// </summary>
    public required long? PeakBytes { get; init; }

    /// <summary>Of one checkpoint on the disk; 0 of stages that train nothing.</summary>
    public long CheckpointBytes { get; init; }
}

/// <summary>A planned stage beside what it took.</summary>
/// <param name="Took">Seconds; null where the stage has not been made.</param>
public sealed record StageOutcome(string Stage, double Planned, double? Took)
{
    /// <summary>Planned over taken: 1 is right, 2 means that half the time was enough.</summary>
    public double? Ratio => Took is > 0 ? Planned / Took : null;
}
