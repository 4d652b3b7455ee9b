using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>What became of a task.</summary>
/// <param name="Completion">
/// <see cref="Data.FinishReason.Failed"/> where none could be had; its token ids are there where the server tells them.
/// </param>
/// <param name="Failure">Why there is no completion; null where there is one.</param>
/// <param name="Server">Who answered, or was asked last: model and address.</param>
public sealed record ChatOutcome(ChatTask Task, Completion Completion, string? Failure, string Server)
{
    /// <summary>Whether every server refused it, which says nothing of other tasks.</summary>
    public bool IsRefused { get; init; }
}
