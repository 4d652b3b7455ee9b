using Microsoft.Extensions.AI;
using Phi4R.Data;

namespace Phi4R.Inference.Remote;

/// <summary>One completion that is to be had of a pool of servers.</summary>
/// <param name="Key">Names it to the caller; the pool only hands it on.</param>
/// <param name="Messages">What the model is to answer.</param>
/// <param name="Sampling">Temperature, top-k, top-p and the length limit.</param>
/// <param name="Seed">Of this completion's own; equal seeds give equal answers where the server keeps to them.</param>
public sealed record ChatTask(string Key, IReadOnlyList<ChatMessage> Messages, SamplingConfig Sampling, ulong Seed);

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
