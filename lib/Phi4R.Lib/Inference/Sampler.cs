using Phi4R.Checkpoints;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Inference.Local;
using Phi4R.Model;

namespace Phi4R.Inference;

/// <summary>Asks a generator for many completions at once, and keeps in a journal what is finished.</summary>
public static class Sampler
{
    private const int ReportEvery = 64;

    /// <summary>Samples every completion of every request.</summary>
    /// <param name="journal">
    /// Keeps completions as they are finished, and has those that were finished before a stop.
    /// </param>
    /// <param name="progress">Is called with how many completions are finished: now and then, and when all are.</param>
    /// <returns>For each request its completions, in the order of their seeds.</returns>
    /// <exception cref="ArgumentException">
    /// A prompt is empty, or a prompt and MaxTokens do not fit the model; the message names it.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// Not one completion came, so that there is nothing to go on with.
    /// </exception>
    public static IReadOnlyList<Completion>[] Draw(
        IGenerator generator,
        IReadOnlyList<GenerationRequest> requests,
        CompletionJournal? journal = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default) =>
        DrawPart(generator, requests, journal, progress, enough: null, cancel.OrHosts())();

    /// <summary>Samples the requests, or where several ranks share them this one's part.</summary>
    /// <param name="enough">
    /// Requests that are waited for: when so many have all their completions, the others are given up, and get none.
    /// Null for all.
    /// </param>
    /// <returns>
    /// Tells the completions of all requests; where ranks share them it is called on the thread on which they talk.
    /// </returns>
    internal static Func<IReadOnlyList<Completion>[]> DrawPart(
        IGenerator generator, IReadOnlyList<GenerationRequest> requests, CompletionJournal? journal,
        IProgress<int>? progress, int? enough, CancellationToken cancel)
    {
        if (requests.Count == 0)
        {
            return () => [];
        }

        var info = generator.Info;
        Check(info, requests);
        if (generator is SharedGenerator shared)
        {
            return shared.DrawPart(requests, journal, progress, enough, cancel);
        }

        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var whole = 0;
        var all = requests.Sum(request => request.Seeds.Count);
        var (taken, finished) = (0, 0);
        IDisposable? held = null;
        Task<IReadOnlyList<Completion>>[] answers;
        try
        {
            answers = [.. requests.Select(Answers)];
        }
        finally
        {
            held?.Dispose();
        }

        journal?.Tell(taken, all);
        var completions = Task.WhenAll(answers).GetAwaiter().GetResult();
        return all == 0 || completions.Any(group => group.Any(completion => completion.Finish != FinishReason.Failed))
            ? () => completions
            : throw new InvalidOperationException($"None of {all} completions came from {info.Engine}. Is it still "
                + "there? What was done is kept; go on when it answers.");

        // What the journal has is taken; what it lacks is sampled, all completions of a prompt together.
        Task<IReadOnlyList<Completion>> Answers(GenerationRequest request)
        {
            var keys = journal is null ? [] : CompletionJournal.Keys(info.Identity, request);
            var samples = keys.Select(key => journal!.Find(key))
                .Concat(new Completion?[request.Seeds.Count - keys.Length])
                .Select(completion => completion is null
                    ? null
                    : completion with { WeightsVersion = info.WeightsVersion }).ToArray();
            var lacking = Enumerable.Range(0, samples.Length).Where(i => samples[i] is null).ToList();
            taken += samples.Length - lacking.Count;
            Tell(samples.Length - lacking.Count);
            held ??= lacking.Count == 0 ? null : (generator as LocalGenerator)?.Hold();
            return lacking.Count == 0
                ? Task.FromResult(Counted(samples!))
                : Together(samples, lacking,
                    generator.GenerateAsync(request with { Seeds = [.. lacking.Select(i => request.Seeds[i])] },
                        Finished, rest.Token));

            void Finished(int place, Completion completion)
            {
                if (completion.Finish != FinishReason.Failed)
                {
                    journal?.Append(keys[lacking[place]], completion);
                }

                Tell(1);
            }
        }

        async Task<IReadOnlyList<Completion>> Together(
            Completion?[] samples, List<int> lacking, Task<IReadOnlyList<Completion>> sampled)
        {
            try
            {
                foreach (var (place, completion) in (await sampled.ConfigureAwait(false)).Index())
                {
                    samples[lacking[place]] = completion;
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested && IsEnough())
            {
                return [];
            }

            return Counted(samples!);
        }

        // Those that end while the others are being given up are given up, too: how many there are is what was asked.
        IReadOnlyList<Completion> Counted(Completion[] samples)
        {
            if (enough is null || samples.All(completion => completion.Finish == FinishReason.Failed))
            {
                return samples;
            }

            var place = Interlocked.Increment(ref whole);
            if (place == enough)
            {
                rest.Cancel();
            }

            return place <= enough ? samples : [];
        }

        bool IsEnough() => Volatile.Read(ref whole) >= enough;

        void Tell(int more)
        {
            var count = Interlocked.Add(ref finished, more);
            if (count / ReportEvery > (count - more) / ReportEvery || (more > 0 && count == all))
            {
                progress?.Report(count);
            }
        }
    }

    /// <summary>Samples every completion of every request with the engine of this process.</summary>
    /// <param name="stopIds">Tokens after which a completion is over.</param>
    /// <inheritdoc cref="Draw(IGenerator, IReadOnlyList{GenerationRequest}, CompletionJournal?, IProgress{int}?, CancellationToken)"/>
    public static IReadOnlyList<Completion>[] Draw(
        LanguageModel model,
        IReadOnlyList<SampleRequest> requests,
        SamplingConfig config,
        IReadOnlyList<int> stopIds,
        CompletionJournal? journal = null,
        IProgress<int>? progress = null,
        CancellationToken cancel = default)
    {
        var generator = LocalGenerator.Of(model, journal is null ? "" : null);
        try
        {
            return Draw(generator, [.. requests.Select(Of)], journal, progress, cancel);
        }
        finally
        {
            generator.SleepAsync(CancellationToken.None);
        }

        GenerationRequest Of(SampleRequest request) => new()
        {
            PromptIds = request.Prompt,
            Seeds = [.. request.Streams.Select(stream => stream.State)],
            Sampling = config,
            StopIds = stopIds,
        };
    }

    /// <summary>Runs a body while a generator has a policy's weights, and lets it sleep afterwards.</summary>
    /// <remarks>
    /// The weights' hash names them, so that equal weights are never taken for others, nor others for equal.
    /// </remarks>
    public static T With<T>(IPolicyGenerator generator, LanguageModel policy, Func<T> body,
        CancellationToken cancel = default)
    {
        generator.LoadAsync(policy, Weights.Hash(policy), cancel.OrHosts()).GetAwaiter().GetResult();
        try
        {
            return body();
        }
        finally
        {
            generator.SleepAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    private static void Check(GeneratorInfo info, IReadOnlyList<GenerationRequest> requests)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            var (prompt, maxTokens) = (requests[i].PromptIds, requests[i].Sampling.MaxTokens);
            if (prompt.Length == 0)
            {
                throw new ArgumentException($"Prompt {i} is empty; a model needs at least one token to go on from.");
            }

            if (prompt.Length + maxTokens > info.ContextLength)
            {
                throw new ArgumentException($"Prompt {i} has {prompt.Length} tokens and MaxTokens is {maxTokens}; "
                    + $"the model holds {info.ContextLength}. Shorten one of them.");
            }

            if (prompt.Where(id => id < 0 || id >= info.VocabularySize).Take(1).ToArray() is [var bad])
            {
                throw new ArgumentException($"Prompt {i} holds the id {bad}; the model's are 0 to "
                    + $"{info.VocabularySize - 1}.");
            }
        }
    }
}
