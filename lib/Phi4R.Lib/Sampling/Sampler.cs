using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Draws many answers at once: for rollouts, for evaluation, for a teacher that is a model.</summary>
public static class Sampler
{
    private const int ReportEvery = 64;

    /// <summary>Draws every answer of every request, with an <see cref="Engine"/> of its own.</summary>
    /// <param name="stopIds">Tokens after which an answer is over.</param>
    /// <param name="journal">Keeps answers as they are finished, and has those that were finished before a stop.</param>
    /// <param name="progress">Told how many answers are finished: now and then, and when all are.</param>
    /// <returns>For each request its answers, in the order of their streams.</returns>
    /// <exception cref="ArgumentException">A prompt is empty, or a prompt and MaxTokens do not fit the model; the message names it.</exception>
    public static Sample[][] Draw(
        LanguageModel model,
        IReadOnlyList<SampleRequest> requests,
        SamplingConfig config,
        IReadOnlyList<int> stopIds,
        SampleJournal? journal = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        cancel = cancel.OrHosts();
        Check(model, requests, config);
        if (requests.Count == 0)
        {
            return [];
        }

        var origin = journal is null ? "" : SampleJournal.Origin(model, config, stopIds);
        var all = requests.Sum(request => request.Streams.Count);
        var (taken, finished) = (0, 0);
        using var engine = new Engine(model);
        Task<Sample[]>[] answers = [.. requests.Select(Answers)];
        journal?.Tell(taken, all);
        return Task.WhenAll(answers).GetAwaiter().GetResult();

        // What the journal has is taken; what it lacks is drawn, all answers to a prompt together.
        Task<Sample[]> Answers(SampleRequest request)
        {
            var keys = journal is null ? [] : SampleJournal.Keys(origin, request);
            var samples = keys.Select(key => journal!.Find(key)).Concat(new Sample?[request.Streams.Count - keys.Length]).ToArray();
            var lacking = Enumerable.Range(0, samples.Length).Where(i => samples[i] is null).ToList();
            taken += samples.Length - lacking.Count;
            Tell(samples.Length - lacking.Count);
            return Together(samples, lacking, engine.Draw(request with { Streams = [.. lacking.Select(i => request.Streams[i])] }, config, stopIds, finished: Finished, cancel: cancel));

            void Finished(int place, Sample sample)
            {
                journal?.Append(keys[lacking[place]], sample);
                Tell(1);
            }
        }

        static async Task<Sample[]> Together(Sample?[] samples, List<int> lacking, Task<Sample[]> drawn)
        {
            foreach (var (place, sample) in (await drawn.ConfigureAwait(false)).Index())
            {
                samples[lacking[place]] = sample;
            }

            return samples!;
        }

        void Tell(int more)
        {
            var count = Interlocked.Add(ref finished, more);
            if (count / ReportEvery > (count - more) / ReportEvery || (more > 0 && count == all))
            {
                progress?.Report(count);
            }
        }
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
