using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>How a curated subset is learned, one document a row.</summary>
public sealed record SftConfig
{
    /// <summary>Tokens in a document at the most.</summary>
    public required int MaxTokens { get; init => field = Require.Positive(value); }

    /// <summary>Documents in a step.</summary>
    public required int BatchSize { get; init => field = Require.Positive(value); }

    /// <summary>Documents of one forward pass.</summary>
    public required int MicroBatchSize { get; init => field = Require.Positive(value); }

    /// <summary>
    /// Steps whose documents are sorted by length together, so that little is padded where a pass has many of them;
    /// 1 for steps sampled by chance alone.
    /// </summary>
    public required int StepsPerBucket { get; init => field = Require.Positive(value); }

    /// <summary>What a token weighs against those of other steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TokenWeight TokenWeight { get; init; }

    /// <summary>Times that the data are gone through.</summary>
    public required int Epochs { get; init => field = Require.Positive(value); }

    /// <summary>AdamW and its schedule.</summary>
    public required OptimizerConfig Optimizer { get; init; }
}

/// <summary>
/// Distillation as fine-tuning: a compact, harder, balanced subset, one document a row, loss on the answer; where the
/// model learns to stop.
/// </summary>
/// <remarks>Source: arXiv 2504.21233, stage 2.</remarks>
public static class Sft
{
    /// <summary>Runs the stage; <paramref name="model"/> is trained in place.</summary>
    /// <param name="examples">All examples of one epoch; each is learned from its prompt's end on.</param>
    /// <param name="tokenizer">Names the pad token id, and those that end an answer.</param>
    /// <param name="seed">Drives the order of examples and steps.</param>
    /// <param name="openEnds">
    /// Whether documents may go without a token that ends an answer; by default the first that does stops the stage
    /// before it changes a weight.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// An example is longer than MaxTokens, or does not end; the message names it.
    /// </exception>
    /// <inheritdoc cref="NextTokenTraining.Run"/>
    public static IReadOnlyList<TrainingReport> Run(
        LanguageModel model,
        IReadOnlyList<TrainingExample> examples,
        SftConfig config,
        ITokenizer tokenizer,
        long seed,
        TrainingCheckpoints? checkpoints = null,
        IProgress<TrainingReport>? progress = null,
        bool openEnds = false,
        CancellationToken cancel = default)
    {
        var tokens = TokenDocuments.Of(examples);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens.LengthOf(i) <= config.MaxTokens)
            {
                continue;
            }

            throw new InvalidDataException($"The example of problem {tokens.IdOf(i)} has {tokens.LengthOf(i)} tokens; "
                + $"MaxTokens is {config.MaxTokens}. "
                + "Leave it out when selecting the subset, where that is counted, or raise MaxTokens: a truncated "
                + "answer would teach the model not to stop.");
        }

        var steps = Steps(openEnds ? examples : Documents.Ended(examples, tokenizer.StopIds), config, seed);
        var divisor = NextTokenTraining.Divisor(steps, config.TokenWeight);
        return NextTokenTraining.Run(
            model, steps, steps.Count, config.MicroBatchSize, tokenizer.EndOfText, config.Optimizer, checkpoints,
            progress, divisor, cancel);
    }

    /// <summary>
    /// The rows of each step, from the first; a row is one example, padded to the longest of its forward pass.
    /// </summary>
    /// <param name="examples">All examples of one epoch.</param>
    /// <param name="seed">Drives the order of examples and steps.</param>
    public static IReadOnlyList<PackedSequence[]> Steps(
        IReadOnlyList<TrainingExample> examples, SftConfig config, long seed)
    {
        var tokens = TokenDocuments.Of(examples);
        return new PackedSteps(tokens, config.Epochs, epoch =>
        {
            // 1. A fresh order; 2. within a bucket of steps the short go together; 3. a fresh order of steps.
            var order = Randomness.For(seed, "fine-tuning order", epoch);
            int[] shuffled = [.. Enumerable.Range(0, tokens.Count)];
            order.Shuffle(shuffled);
            var batches = shuffled
                .Chunk(config.BatchSize * config.StepsPerBucket)
                .SelectMany(bucket => bucket.OrderBy(tokens.LengthOf).Chunk(config.BatchSize))
                .ToArray();
            order.Shuffle(batches);
            return [.. batches.Select(batch => batch
                .Chunk(config.MicroBatchSize)
                .SelectMany(pass => pass.Select(example => new PackedSteps.Row([example], pass.Max(tokens.LengthOf))))
                .ToArray())];
        });
    }
}
