namespace Phi4R.Recipes;

/// <summary>What one stage is expected to take.</summary>
/// <param name="LearnedTokens">That go through a forward and a backward pass.</param>
/// <param name="DrawnTokens">That the model writes.</param>
/// <param name="Seconds">On this machine.</param>
/// <param name="StateBytes">Weights, gradients and optimizer state of a training stage; 0 of others.</param>
/// <param name="PeakBytes">Tensors at the most, above what the process holds anyway; null where the device cannot be asked.</param>
/// <param name="CheckpointBytes">Of one checkpoint on the disk; 0 of stages that train nothing.</param>
public sealed record StagePlan(
    string Stage, double LearnedTokens, double DrawnTokens, double Seconds, long StateBytes, long? PeakBytes,
    long CheckpointBytes = 0);

/// <summary>A planned stage beside what it took.</summary>
/// <param name="Took">Seconds; null where the stage has not been made.</param>
public sealed record StageOutcome(string Stage, double Planned, double? Took)
{
    /// <summary>Planned over taken: 1 is right, 2 means that half the time was enough.</summary>
    public double? Ratio => Took is > 0 ? Planned / Took : null;
}
