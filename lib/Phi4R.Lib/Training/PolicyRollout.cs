// N tokens in the loss, D width.
using Phi4R.Data;

namespace Phi4R.Training;

/// <summary>A completion to learn from, and how much better it is than its group.</summary>
/// <param name="PromptIds">Token ids of the prompt.</param>
/// <param name="Completion">As it was sampled, with its log-probabilities.</param>
/// <param name="Advantage">Of its reward over those of its group.</param>
public sealed record PolicyRollout(int[] PromptIds, Completion Completion, double Advantage)
{
    /// <summary>Tokens of the completion, which are the ones learned from.</summary>
    internal int Length => Completion.TokenIds.Length;

    /// <summary>Prompt and completion as a document.</summary>
    internal TrainingExample Document(string name) =>
        new(name, [.. PromptIds, .. Completion.TokenIds], PromptIds.Length);

    /// <exception cref="InvalidOperationException">There are none, or not one for each token.</exception>
    internal float[] LogProbs => Completion.LogProbs is { } told && told.Length == Length
        ? told
        : throw new InvalidOperationException(
        $"A completion of {Length} tokens comes with {(Completion.LogProbs is { } few ? $"{few.Length}" : "no")} "
            + "log-probabilities of the distribution "
        + "that it was sampled from, and the policy gradient needs one for each. Of a server ask for those of "
        + "processed logits.");
}
