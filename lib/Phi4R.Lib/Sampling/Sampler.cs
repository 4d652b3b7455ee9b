using Phi4R.Foundation;
using Phi4R.Model;

namespace Phi4R.Sampling;

/// <summary>Draws answers from a model: for rollouts, for evaluation, for a teacher that is a model.</summary>
/// <remarks>
/// Batching is continuous: when an answer ends, the next takes its place. A prompt is computed once for all its answers. On the
/// processor each core runs a batch of its own, and what an answer says depends on its own stream of random numbers alone.
/// </remarks>
public static class Sampler
{
    /// <summary>Draws every answer of every request.</summary>
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
        var samples = requests.Select(request => new Sample[request.Streams.Count]).ToArray();
        var processor = ProcessorWeights.Serve(model);
        var original = model.Config.OriginalMaxPositions;

        // Under the by-length rule a pass over at most the original length has the short factors, and still predicts the token after
        // it. A sequence that is longer is fed again from its beginning with the long factors, as a full forward pass would see it.
        var switches = model.Config is { RopePolicy: RopePolicy.ByLength, LongFactors: not null };
        var pieces = requests.SelectMany((request, r) => request.Streams.Select((stream, s) => new Piece(r, s, request.Prompt, stream, [], []))).ToList();
        var (brief, lengthy) = switches
            ? (pieces.Where(piece => piece.Prompt.Length <= original).ToList(), pieces.Where(piece => piece.Prompt.Length > original).ToList())
            : ([], pieces);
        var finished = new Counter(progress);

        using var weights = processor ? new ProcessorWeights(model) : null;
        if (brief.Count > 0)
        {
            lengthy.AddRange(Run(brief, original + 1, longFactors: false));
        }

        Run(lengthy, model.Config.MaxPositions, longFactors: true);
        return samples;

        List<Piece> Run(List<Piece> work, int end, bool longFactors)
        {
            // A group of answers to one prompt stays together, so that the prompt is computed once.
            var groups = work.GroupBy(piece => piece.Known.Count == 0 ? piece.Request : -1 - piece.Request - (piece.Index * requests.Count)).Select(group => group.ToList()).ToList();
            List<Piece> open = [];
            var places = Math.Min(end, work.Select(piece => requests[piece.Request].Prompt.Length + config.MaxTokens).DefaultIfEmpty(1).Max());
            var next = 0;
            Func<List<Piece>?> take = () => Interlocked.Increment(ref next) - 1 is var i && i < groups.Count ? groups[i] : null;
            Action<Piece, bool> done = (piece, cut) =>
            {
                if (cut && piece.Known.Count < config.MaxTokens)
                {
                    lock (open)
                    {
                        open.Add(piece);
                    }

                    return;
                }

                samples[piece.Request][piece.Index] = new Sample([.. piece.Known], [.. piece.LogProbabilities], cut);
                finished.Add();
            };

            var slots = Math.Min(work.Count, processor ? 64 : 128);
            if (processor)
            {
                Parallel.For(0, Environment.ProcessorCount, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancel }, _ =>
                {
                    using var decoder = new ProcessorDecoder(weights!, slots + Batch.Prompts, places, maxRows: slots + 256, longFactors);
                    new Batch(decoder, model.Config.VocabularySize, config, stopIds, end).Run(take, done, cancel);
                });
            }
            else if (work.Count > 0)
            {
                using var decoder = new TorchDecoder(model, slots + Batch.Prompts, places, longFactors);
                new Batch(decoder, model.Config.VocabularySize, config, stopIds, end).Run(take, done, cancel);
            }

            return open.OrderBy(piece => piece.Request).ThenBy(piece => piece.Index).ToList();
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

    /// <summary>An answer that is being drawn.</summary>
    internal sealed record Piece(int Request, int Index, int[] Prompt, RandomStream Stream, List<int> Known, List<float> LogProbabilities)
    {
        /// <summary>All tokens so far.</summary>
        public int[] Sequence => [.. Prompt, .. Known];
    }

    private sealed class Counter(IProgress<int>? progress)
    {
        private int _count;

        public void Add()
        {
            var count = Interlocked.Increment(ref _count);
            if (count % 64 == 0)
            {
                progress?.Report(count);
            }
        }
    }
}
