using Phi4R.Native;

namespace Phi4R.Model;

/// <summary>Whole passes over plain lists of ids.</summary>
public static class ForwardPass
{
    // Rows of logits in memory at a time: at V = 200,064 each takes 0.8 MB.
    private const int Chunk = 64;

    /// <summary>Checks that ids can be read by a model of these sizes.</summary>
    /// <exception cref="ArgumentException">
    /// There are no ids, too many, or one that the vocabulary does not have.
    /// </exception>
    public static void Check(ModelConfig config, ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty)
        {
            throw new ArgumentException("There are no ids; a model needs at least one.");
        }

        if (ids.Length > config.MaxPositions)
        {
            throw new ArgumentException($"There are {ids.Length} ids; the model holds {config.MaxPositions}.");
        }

        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] < 0 || ids[i] >= config.VocabularySize)
            {
                throw new ArgumentException($"The id at place {i} is {ids[i]}; the model's are 0 to "
                    + $"{config.VocabularySize - 1}.");
            }
        }
    }

    /// <summary>Unnormalized scores of the token after each id, each id seeing those before it.</summary>
    /// <returns>T rows of V scores, a part of them in memory at a time.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Check"/>.</exception>
    public static IEnumerable<float[]> Logits(LanguageModel model, int[] ids)
    {
        Check(model.Config, ids);
        return Rows(model, ids);
    }

    private static IEnumerable<float[]> Rows(LanguageModel model, int[] ids)
    {
        using var hidden = Hidden(model, ids);
        for (var start = 0; start < ids.Length; start += Chunk)
        {
            foreach (var row in Part(model, hidden, start, Math.Min(Chunk, ids.Length - start)))
            {
                yield return row;
            }
        }
    }

    // [T, D].
    private static Tensor Hidden(LanguageModel model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var input = tensor(ids.Select(id => (long)id).ToArray(), device: model.Device).unsqueeze(0); // [1, T]
        return model.HiddenStates(input).squeeze(0).DetachFromDisposeScope();
    }

    private static float[][] Part(LanguageModel model, Tensor hidden, int start, int count)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        // [count, V]
        var logits = model.Logits(hidden.narrow(0, start, count)).to_type(ScalarType.Float32).cpu().contiguous();
        return [.. NativeData.Floats(logits).ToArray().Chunk(model.Config.VocabularySize)];
    }
}
