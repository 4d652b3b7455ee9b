using System.Text.Json.Serialization;
using Phi4R.Data;
using Phi4R.Foundation;
using Phi4R.Model;
using Phi4R.Text;
using Phi4R.Training;

namespace Phi4R.Stages;

/// <summary>How long documents are packed and learned.</summary>
public sealed record MidTrainingConfig
{
    /// <summary>Tokens in a row.</summary>
    public required int SequenceLength { get; init => field = Require.Positive(value); }

    /// <summary>Rows that are filled at the same time: more waste less.</summary>
    public required int OpenRows { get; init => field = Require.Positive(value); }

    /// <summary>Rows in a step.</summary>
    public required int BatchSize { get; init => field = Require.Positive(value); }

    /// <summary>Rows of one forward pass.</summary>
    public required int MicroBatchSize { get; init => field = Require.Positive(value); }

    /// <summary>What a token weighs against those of other steps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TokenWeight TokenWeight { get; init; }

    /// <summary>Times that the data are gone through.</summary>
    public required int Epochs { get; init => field = Require.Positive(value); }

    /// <summary>AdamW and its schedule.</summary>
    public required OptimizerConfig Optimizer { get; init; }
}

/// <summary>Distillation as mid-training: next-token prediction on all verified rollouts, packed.</summary>
/// <remarks>
/// Source: arXiv 2504.21233, stage 1. Open in the paper and decided here: attention and positions begin anew with each
/// document, and prompts are learned too. Pre-training of a base model from nothing is the same loop on other
/// documents.
/// </remarks>
public static class MidTraining
{
    /// <summary>Runs the stage; <paramref name="model"/> is trained in place.</summary>
    /// <param name="documents">All documents of one epoch.</param>
    /// <param name="tokenizer">Names the pad token id, and those that end an answer.</param>
    /// <param name="seed">Drives the order of documents and rows.</param>
    /// <param name="openEnds">
    /// Whether documents may go without a token that ends an answer; by default the first that does stops the stage
    /// before it changes a weight.
    /// </param>
    /// <exception cref="InvalidDataException">
    /// A document does not end; the message names the first and how many there are.
    /// </exception>
    /// <inheritdoc cref="NextTokenTraining.Run"/>
    public static IReadOnlyList<TrainingReport> Run(
        LanguageModel model,
        IReadOnlyList<TrainingExample> documents,
        MidTrainingConfig config,
        ITokenizer tokenizer,
        long seed,
        TrainingCheckpoints? checkpoints = null,
        IProgress<TrainingReport>? progress = null,
        bool openEnds = false,
        CancellationToken cancel = default)
    {
        var steps = Steps(openEnds ? documents : Documents.Ended(documents, tokenizer.StopIds), config, seed);
        var divisor = NextTokenTraining.Divisor(steps, config.TokenWeight);
        return NextTokenTraining.Run(
            model, steps, steps.Count, config.MicroBatchSize, tokenizer.EndOfText, config.Optimizer,
            checkpoints, progress,
            divisor, cancel);
    }

    /// <summary>The rows of each step, from the first.</summary>
    /// <param name="documents">All documents of one epoch.</param>
    /// <param name="seed">Drives the order of documents and rows.</param>
    public static IReadOnlyList<PackedSequence[]> Steps(
        IReadOnlyList<TrainingExample> documents, MidTrainingConfig config, long seed)
    {
        var tokens = TokenDocuments.Of(documents);
        return new PackedSteps(tokens, config.Epochs, epoch =>
        {
            // 1. A fresh order of documents, packed; 2. a fresh order of rows, since the last closed are the emptiest;
            // 3. whole steps.
            var order = Randomness.For(seed, "mid-training order", epoch);
            int[] shuffled = [.. Enumerable.Range(0, tokens.Count)];
            order.Shuffle(shuffled);
            var rows = Packing.Pack(shuffled, tokens.LengthOf, tokens.IdOf, config.SequenceLength, config.OpenRows)
                .Select(row => new PackedSteps.Row([.. row], config.SequenceLength)).ToArray();
            order.Shuffle(rows);
            return [.. rows.Chunk(config.BatchSize)];
        });
    }
}
