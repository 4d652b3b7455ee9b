using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Inference;

/// <summary>One prompt and how many answers to draw to it.</summary>
/// <param name="Prompt">Token ids.</param>
/// <param name="Streams">One stream of random numbers for each answer.</param>
public sealed record SampleRequest(int[] Prompt, IReadOnlyList<RandomStream> Streams)
{
    /// <summary>Likeliest tokens that are told beside each sampled one.</summary>
    public int Alternatives { get; init => field = Require.NotNegative(value); }

    /// <exception cref="ArgumentException">
    /// The prompt is empty, holds ids that the model has not, or leaves no place for an answer.
    /// </exception>
    internal void Check(ModelConfig config)
    {
        if (Prompt.Length == 0)
        {
            throw new ArgumentException("The prompt is empty; a model needs at least one token to go on from.");
        }

        if (Prompt.FirstOrDefault(id => id < 0 || id >= config.VocabularySize, 0) is var bad && bad != 0)
        {
            throw new ArgumentException($"The prompt holds the id {bad}; the model's are 0 to "
                + $"{config.VocabularySize - 1}.");
        }

        if (Prompt.Length >= config.MaxPositions)
        {
            throw new ArgumentException($"The prompt has {Prompt.Length} tokens; the model holds "
                + $"{config.MaxPositions}, the answer included. Shorten it.");
        }
    }
}
