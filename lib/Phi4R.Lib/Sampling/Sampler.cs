using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Draws many answers at once: for rollouts, for evaluation, for a teacher that is a model.</summary>
public static class Sampler
{
    private const int ReportEvery = 64;

    /// <summary>Draws every answer of every request, with an <see cref="Engine"/> of its own.</summary>
    /// <param name="stopIds">Tokens after which an answer is over.</param>
    /// <param name="progress">Told how many answers are finished.</param>
    /// <returns>For each request its answers, in the order of their streams.</returns>
    /// <exception cref="ArgumentException">A prompt is empty, or a prompt and MaxTokens do not fit the model; the message names it.</exception>
    public static Sample[][] Draw(
        LanguageModel model,
        IReadOnlyList<SampleRequest> requests,
        SamplingConfig config,
        IReadOnlyList<int> stopIds,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        Check(model, requests, config);
        if (requests.Count == 0)
        {
            return [];
        }

        var finished = 0;
        Action<SampledToken>? told = progress is null ? null : token =>
        {
            if (token.Finish is not null && Interlocked.Increment(ref finished) is var count && count % ReportEvery == 0)
            {
                progress.Report(count);
            }
        };
        using var engine = new Engine(model);
        Task<Sample[]>[] answers = [.. requests.Select(request => engine.Draw(request, config, stopIds, told, cancel))];
        return Task.WhenAll(answers).GetAwaiter().GetResult();
    }

    private static void Check(LanguageModel model, IReadOnlyList<SampleRequest> requests, SamplingConfig config)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            var prompt = requests[i].Prompt;
            if (prompt.Length == 0)
            {
                throw new ArgumentException($"Prompt {i} is empty; a model needs at least one token to go on from.");
            }

            if (prompt.Length + config.MaxTokens > model.Config.MaxPositions)
            {
                throw new ArgumentException($"Prompt {i} has {prompt.Length} tokens and MaxTokens is {config.MaxTokens}; the model holds {model.Config.MaxPositions}. Shorten one of them.");
            }

            if (prompt.Where(id => id < 0 || id >= model.Config.VocabularySize).Take(1).ToArray() is [var bad])
            {
                throw new ArgumentException($"Prompt {i} holds the id {bad}; the model's are 0 to {model.Config.VocabularySize - 1}.");
            }
        }
    }
}
