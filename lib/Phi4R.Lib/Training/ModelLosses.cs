// B rows, T tokens, N tokens in the loss, E examples.
using Phi4R.Model;
using Phi4R.Native;

namespace Phi4R.Training;

/// <summary>Log-probabilities of a batch's tokens in the loss under a model.</summary>
public static class ModelLosses
{
    /// <summary>Of each token in the loss.</summary>
    /// <param name="temperature">What logits are divided by; the one that the tokens were sampled at, or 1.</param>
    /// <returns>[N] in nats.</returns>
    public static Tensor TokenLogProbs(LanguageModel model, TokenBatch batch, double temperature = 1)
    {
        using var scope = NewDisposeScope();
        return Training.TokenLogProbs.Of(LossStates(model, batch), model.HeadWeight, batch.Targets, temperature)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Of each example: the sum over its tokens in the loss.</summary>
    /// <param name="examples">E.</param>
    /// <returns>[E] in nats.</returns>
    public static Tensor SequenceLogProbs(LanguageModel model, TokenBatch batch, int examples)
    {
        using var scope = NewDisposeScope();
        var owners = tensor(batch.Owners.Select(owner => (long)owner).ToArray(), device: batch.Ids.device);  // [N]
        return zeros([examples], device: batch.Ids.device)
            .index_add(0, owners, TokenLogProbs(model, batch), RootedScalar.Of(1)).MoveToOuterDisposeScope();
    }

    /// <summary>The hidden state before each token in the loss.</summary>
    /// <returns>[N, D].</returns>
    internal static Tensor LossStates(LanguageModel model, TokenBatch batch) =>
        model.HiddenStates(batch.Ids, batch.Positions, batch.Documents, batch.Spans).flatten(0, 1)
            .index_select(0, batch.LossRows);
}
